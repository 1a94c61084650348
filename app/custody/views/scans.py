"""Scanned documents of custody records: users attach and see them on the page of the record."""

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.custody.models import CustodyDocument
from app.custody.views.custody_view import CustodyRecordView
from app.kernel.audit import access_log
from app.kernel.files import store
from app.kernel.screens import table_html
from app.kernel.screens.record_view import RecordView
from app.kernel.screens.scans import ScanUploadMixin


class CustodyDocumentView(RecordView):
    datamodel = SQLAInterface(CustodyDocument)
    class_permission_name = "CustodyDocument"
    resource_name = "custody-documents"
    needs_purpose = frozenset((access_log.LIST,))
    base_permissions = ["can_list", "can_show"]
    list_title, show_title = _("Scanned documents"), _("Scanned document")
    list_columns = ["scan", "recorded_at", "person", "note"]
    omitted_columns = {"case": "a list names the person", "mime": "the scan is shown"}
    label_columns = {"scan": _("Printed document")}
    cell_kinds = {"scan": "lead", "recorded_at": "id"}

    def format_cell(self, record, name):
        if name != "scan":
            return super().format_cell(record, name)
        text = (
            gettext("PDF of the document") if record.mime == store.PDF else gettext("Photo of the document")
        )
        url = url_for("FileView.open", kind="custody-document", pk=record.id, size="full")
        return table_html.NameCell.from_html(
            Markup('<a class="name" href="{}">{}</a>').format(url, text), text
        )


class ScannedView(ScanUploadMixin, CustodyRecordView):
    """A record with scanned documents."""

    method_permission_name = CustodyRecordView.method_permission_name | {"scan": "edit"}
    scans = ""  # relationship from a scan to this kind of record

    def build_scan(self, record, columns):
        return CustodyDocument(**{self.scans: record}, **columns)
