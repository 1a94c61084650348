"""Endpoints that save, rename and delete the views of a list."""

from urllib.parse import parse_qsl

from flask import abort, flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.extensions import db
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.schema.display import format_value
from app.kernel.screens import saved_views
from app.kernel.screens.record_view import RecordView
from app.kernel.screens.saved_views import MAX_NAME_LENGTH, MAX_VIEWS, OWN_COLUMNS, SavedView
from app.kernel.screens.urls import add_query
from app.kernel.text import khmer

TAKEN = _("You already have a view with this name. Give it another name.")


class SavedViewView(BaseView):
    """Save the view of a list, or the columns of the user, and rename or delete an own view."""

    route_base = "/list-views"
    default_view = "save"
    class_permission_name = "SavedView"
    method_permission_name = dict.fromkeys(("save", "columns", "change"), "save")

    @expose("/<list_name>/save", methods=["POST"])
    @has_access
    def save(self, list_name):
        view, arguments = self._find_view(list_name), _read_arguments()
        name = read_name()
        if not name:
            flash(gettext("Give the view a name."), "warning")
            return _redirect_to_list(view, arguments)
        shared, columns = request.form.get("shared") == "1", request.form.getlist("column")
        saved = saved_views.save_view(view, name, arguments, columns, shared)
        if saved is None:
            text = gettext(
                "There are already %(n)s saved views. Delete one first.", n=format_value(MAX_VIEWS)
            )
            flash(text, "warning")
            return _redirect_to_list(view, arguments)
        if not commit_saved(TAKEN):
            return _redirect_to_list(view, arguments)
        flash(gettext("The view «%(name)s» was saved.", name=name), "success")
        return _redirect_to_list(view, arguments | {"view": saved.id})

    @expose("/<list_name>/columns", methods=["POST"])
    @has_access
    def columns(self, list_name):
        """Keep the columns that the user chose for this list."""
        view, arguments = self._find_view(list_name), _read_arguments()
        saved_views.save_view(view, OWN_COLUMNS, {}, request.form.getlist("column"))
        commit_saved(TAKEN)
        arguments.pop("view", None)  # a saved view has columns of its own
        return _redirect_to_list(view, arguments)

    @expose("/<int(max=2147483647):pk>/change", methods=["POST"])
    @has_access
    def change(self, pk):
        """Rename or delete an own view, or delete a view of an officer who left the unit. Others are not found."""
        saved, deletes = db.session.get(SavedView, pk), request.form.get("act") == "delete"
        if saved is None or saved.name == OWN_COLUMNS:
            abort(404)
        view, name = self._find_view(saved.list_name), read_name()
        views = saved_views.ListViews(view, {})
        if saved not in views.named or not (views.may_delete(saved) if deletes else saved.is_own):
            abort(404)
        if deletes:
            db.session.delete(saved)
            text = gettext("The view «%(name)s» was deleted.", name=saved.name)
        else:
            saved.name = name or saved.name
            text = gettext("The view is now called «%(name)s».", name=saved.name)
        if commit_saved(TAKEN):
            flash(text, "success")
        return _redirect_to_list(view, {})

    def _find_view(self, list_name):
        """Return the list view of that name. Abort with 404, or 403 if the reader may not list it."""
        views = (view for view in self.appbuilder.baseviews if isinstance(view, RecordView))
        view = next((one for one in views if type(one).__name__ == list_name), None)
        if view is None:
            abort(404)
        return view if self.appbuilder.sm.has_access("can_list", view.class_permission_name) else abort(403)


def commit_saved(text_if_taken):
    """Commit. Return False, with a message, if another request saved a view of the same name."""
    try:
        with unit_of_work(where="SavedView"):
            db.session.flush()
    except SaveRejected as rejected:
        flash(text_if_taken if rejected.is_conflict else rejected.message, "warning")
        return False
    return True


def _read_arguments():
    """Return the arguments of the list from which the form was sent, also its search token."""
    return dict(parse_qsl(request.form.get("arguments", "")[:4000]))


def _redirect_to_list(view, arguments):
    return redirect(add_query(f"{request.script_root}{view.route_base}/list/", arguments))


def read_name():
    """Return the typed name of a saved view, or nothing if it cannot be saved."""
    try:
        return khmer.normalize(request.form.get("name", "")[:MAX_NAME_LENGTH]).strip()
    except khmer.InvalidText:
        return ""
