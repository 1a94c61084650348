"""Scans of the papers about whoever is held: they are attached at the page of the record, and shown there."""

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.custody.models import HeldFile
from app.custody.views.custody_view import HeldView
from app.kernel.files import store
from app.kernel.files.scans import Scanning
from app.kernel.screens import table_html
from app.kernel.screens.record_view import RecordView


class HeldFileView(RecordView):
    datamodel = SQLAInterface(HeldFile)
    class_permission_name = "HeldFile"
    base_permissions = ["can_list", "can_show"]
    list_title, show_title = _("Scans of papers"), _("Scan of a paper")
    list_columns = ["scan", "recorded_at", "person", "note"]
    label_columns = {"scan": _("Paper")}
    cell_kinds = {"scan": "lead", "recorded_at": "id"}

    def cell(self, record, name):
        if name != "scan":
            return super().cell(record, name)
        word = gettext("PDF of the paper") if record.mime == store.PDF else gettext("Photo of the paper")
        url = url_for("FileView.open", kind="held-file", pk=record.id, size="full")
        return table_html.Named.of(Markup('<a class="name" href="{}">{}</a>').format(url, word), word)


class ScannedView(Scanning, HeldView):
    """A record whose paper may be attached."""

    method_permission_name = HeldView.method_permission_name | {"scan": "edit"}
    show_template = "custody/record.html"
    scans = ""  # the link of a scan to this kind of record

    def scan_of(self, record, columns):
        return HeldFile(**{self.scans: record}, **columns)
