"""Uploading scans on the page of the record that they document."""

from collections.abc import Callable
from typing import Any

from flask import flash, make_response, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.extensions import db
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.files import store
from app.kernel.files.views import clean_filename


class ScanUploadMixin:
    """View mixin for records with scans. A scan may be added at any time, because it does not change the document."""

    # Defined by RecordView.
    find: Callable[..., Any]
    record_url: Callable[..., str]
    show: Callable[..., Any]

    def build_scan(self, record, columns):
        """Return the scan row of a record, from the `columns` of the stored file. Raise FileRefused to refuse it."""
        raise NotImplementedError

    @expose("/scan/<pk>", methods=["POST"])
    @has_access
    def scan(self, pk):
        """Store the uploaded scan and return to the page of the record."""
        record, sent = self.find(pk), request.files.get("scan")
        if sent is None or not sent.filename:
            flash(gettext("No file was received. Choose a file and send it again."), "warning")
        else:
            try:
                with unit_of_work(where=type(self).__name__):
                    stored = store.save_file(sent.stream, clean_filename(sent.filename))
                    db.session.add(self.build_scan(record, stored.columns))
            except store.FileRefused as refusal:
                flash(str(refusal), "danger")
            except SaveRejected as rejection:
                flash(rejection.message, "danger")
                return make_response(self.show(pk), rejection.status)
            else:
                flash(gettext("Saved."), "success")
        return redirect(self.record_url(record.id))
