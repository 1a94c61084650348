"""A scan is attached at the page of the record whose paper it shows."""

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.extensions import db
from app.kernel.files import store


class Scanning:
    """The part of a view whose records carry scans. A scan may come at any time: the paper does not change by it."""

    def scan_of(self, record, columns):
        """The row of the scan of a record, from the `columns` of the stored file."""
        raise NotImplementedError

    @expose("/scan/<pk>", methods=["POST"])
    @has_access
    def scan(self, pk):
        record, sent = self.find(pk), request.files.get("scan")
        if sent is None or not sent.filename:
            flash(gettext("No file came along. Choose a file and send it again."), "warning")
        else:
            try:
                stored = store.store(sent.stream, "")
            except store.FileRefused as refusal:
                flash(str(refusal), "danger")
            else:
                db.session.add(self.scan_of(record, stored.columns))
                db.session.commit()
                flash(gettext("Saved."), "success")
        return redirect(self.address_of(record.id))
