"""Pages of saved profiles: list, versions, name, deletion, and files for other systems."""

from flask import abort, flash, g, make_response, redirect, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.extensions import db
from app.imports import empty_files, profiles, saved_profiles
from app.imports.models import ImportProfile
from app.imports.rejected_views import MAX_ID, XLSX_TYPE
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.files.views import HEADERS


class ImportProfileView(BaseView):
    """Saved profiles of imports."""

    route_base = "/import-profiles"
    default_view = "list"
    class_permission_name = "Import"
    base_permissions = ["can_list", "can_show", "can_add", "can_approve"]
    method_permission_name = {
        "list": "list", "show": "show", "download": "show", "empty": "show",
        "upload": "add", "rename": "add", "restore": "add", "delete": "add",
    }  # fmt: skip

    @expose("/list/")
    @has_access
    def list(self, status=200, message=""):
        page = self.render_template(
            "imports/profiles.html",
            title=_("Import profiles"),
            profiles=saved_profiles.list_all(),
            shipped=profiles.load_shipped().values(),
            message=message,
        )
        return make_response(page, status)

    @expose("/show/<int:pk>")
    @has_access
    def show(self, pk, status=200, message=""):
        profile = _get_or_404(pk)
        page = self.render_template(
            "imports/profile.html",
            title=profile.name,
            profile=profile,
            versions=saved_profiles.list_versions(profile),
            message=message,
        )
        return make_response(page, status)

    @expose("/download/<int:pk>")
    @has_access
    def download(self, pk):
        """Return the profile as a file, which another system reads."""
        response = make_response(saved_profiles.write_file(_get_or_404(pk)))
        response.headers["Content-Type"] = "application/json"
        response.headers["Content-Disposition"] = f'attachment; filename="import-profile-{pk}.json"'
        return response

    @expose("/empty/<string(maxlength=40):key>")
    @has_access
    def empty(self, key):
        """Return an empty file in the layout of a supplied profile, for those who fill it in."""
        profile = profiles.load_shipped().get(key) or abort(404)
        response = send_file(
            empty_files.write_file(profile),
            mimetype=XLSX_TYPE,
            as_attachment=True,
            download_name=f"{key}.xlsx",
        )
        response.headers.update(HEADERS)
        return response

    @expose("/upload", methods=["POST"])
    @has_access
    def upload(self):
        upload = request.files.get("file")
        content = upload.stream.read(saved_profiles.MAX_FILE_BYTES) if upload is not None else b""
        return self._change(lambda: saved_profiles.read_file(content, g.user.id), self.list)

    @expose("/rename/<int:pk>", methods=["POST"])
    @has_access
    def rename(self, pk):
        profile, name = _get_or_404(pk), request.form.get("name", "")
        return self._change(
            lambda: saved_profiles.rename(profile, name), lambda *error: self.show(pk, *error)
        )

    @expose("/restore/<int:pk>", methods=["POST"])
    @has_access
    def restore(self, pk):
        """Make an earlier version the newest one."""
        profile, number = _get_or_404(pk), request.form.get("number", "")
        number = int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0
        return self._change(
            lambda: saved_profiles.restore(profile, number, g.user.id), lambda *error: self.show(pk, *error)
        )

    @expose("/delete/<int:pk>", methods=["POST"])
    @has_access
    def delete(self, pk):
        profile = _get_or_404(pk)
        return self._change(lambda: saved_profiles.remove(profile), self.list)

    @staticmethod
    def _change(change, show_error):
        """Carry out the change and return to the list, or show why it is not possible."""
        try:
            with unit_of_work(where="ImportProfileView"):
                change()
        except (saved_profiles.ProfileRefused, SaveRejected) as error:
            text = (
                str(error)
                if isinstance(error, saved_profiles.ProfileRefused)
                else str(saved_profiles.NAME_TAKEN)
            )
            return show_error(UNPROCESSABLE, text)
        flash(gettext("Saved."), "success")
        return redirect(url_for("ImportProfileView.list"))


def _get_or_404(pk):
    return (db.session.get(ImportProfile, pk) if pk < MAX_ID else None) or abort(404)
