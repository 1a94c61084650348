"""The acknowledgement of an export: its form for the receiver, and the upload of the filled-in form."""

import hashlib
import tempfile
from pathlib import Path

from flask import abort, flash, g, redirect, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.exports import actions
from app.exports.models import EXCHANGE, Export
from app.extensions import db
from app.imports.acknowledgements import AcknowledgementRefused, read_form, write_form
from app.imports.outcome_report import TYPES, XLSX
from app.imports.rejected_views import MAX_ID
from app.kernel.concurrency.unit_of_work import unit_of_work
from app.kernel.files.views import HEADERS


class AcknowledgementView(BaseView):
    """For the officer who exported the file."""

    route_base, class_permission_name, default_view = "/acknowledgement", "Export", "form"
    method_permission_name = {"form": "export", "upload": "export"}

    @expose("/form/<int:pk>", methods=["GET"])
    @has_access
    def form(self, pk):
        """Return the form with the serial number, the hash and the number of rows of the export."""
        export = _get_own(pk)
        file = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115  (it goes with the answer)
        write_form(file.name, export.serial, export.sha256, [(export.title, export.rows, None)])
        name = f"{export.serial}-answer.xlsx"
        response = send_file(file, mimetype=TYPES[XLSX], as_attachment=True, download_name=name)
        response.headers.update(HEADERS)
        return response

    @expose("/upload/<int:pk>", methods=["POST"])
    @has_access
    def upload(self, pk):
        export, upload = _get_own(pk), request.files.get("file")
        if upload is None or not upload.filename:
            flash(gettext("Choose the filled-in form."), "warning")
            return redirect(url_for("ExportView.show", pk=pk))
        with tempfile.NamedTemporaryFile() as file:
            upload.save(file.name)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            try:
                answer = read_form(Path(file.name), export.serial, export.sha256)
            except AcknowledgementRefused as refusal:
                flash(str(refusal), "warning")
                return redirect(url_for("ExportView.show", pk=pk))
        with unit_of_work(where="AcknowledgementView"):
            actions.record_answer(export, g.user, answer.received, answer.accepted, answer.rejected, sha256)
        flash(gettext("The acknowledgement was saved."), "success")
        return redirect(url_for("ExportView.show", pk=pk))


def _get_own(pk):
    """Return an exchange export of the user that is written, or end with 404."""
    export = db.session.get(Export, pk) if pk < MAX_ID else None
    if export is None or export.requested_by_id != g.user.id:
        abort(404)
    return export if export.subject == EXCHANGE and export.sha256 is not None else abort(404)
