"""Screens of arrests, custodies and custody steps."""

from flask import g, request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.accounts.lookups import officer_filter
from app.cases.list_filters import offence_filters
from app.custody import deadline_display, queries
from app.custody.models import Arrest, Custody, CustodyStep
from app.custody.rules.arrests import WARRANT
from app.custody.rules.custodies import list_offence_classes
from app.custody.views.custody_view import CustodyRecordView, CustodyStepFormView, is_open, open_filter
from app.custody.views.scans import CustodyDocumentView, ScannedView
from app.kernel.screens.list_filters import due_filter
from app.reference.list_filters import area_filter, unit_filter


class CustodyStepView(CustodyStepFormView):
    datamodel = SQLAInterface(CustodyStep)
    class_permission_name = "CustodyStep"
    resource_name = "custody-steps"
    list_title, show_title, add_title, edit_title = (
        _("Custody steps"),
        _("Custody step"),
        _("Enter a custody step"),
        _("Edit a step of a custody"),
    )
    list_columns = ["kind", "custody", "at", "outcome", "who", "document_no", "hours"]
    add_columns = ["custody", "kind", "at", "outcome", "who", "document_no", "hours", "note"]
    cell_kinds = {"kind": "lead", "custody": "id", "at": "id"}
    related_title = _("Action taken")
    common_fields = ("custody", "at")
    parent_link = "custody"
    rule_required = ("outcome", "hours")
    kind_fields = {
        "rights": (),
        "family": (),
        "lawyer": ("who",),
        "doctor": ("who",),
        "guardian": ("who",),
        "extension": ("who", "document_no", "hours"),
        "end": ("outcome", "document_no"),
    }
    required_fields = {"extension": ("who", "document_no", "hours"), "end": ("outcome",)}


class CustodyView(ScannedView):
    datamodel = SQLAInterface(Custody)
    class_permission_name = "Custody"
    resource_name, icon = "custodies", "deadline"
    list_title, show_title, add_title, edit_title = (
        _("Custody records"),
        _("Police custody"),
        _("Enter a custody record"),
        _("Edit a custody"),
    )
    list_columns = ["person", "number", "held_by", "arrived_at", "ended_at", "outcome"]
    omitted_columns = CustodyRecordView.omitted_columns | {
        "limit_at": "the deadline in the list of people in custody",
        "voided_at": "the note of the lock",
        "void_reason": "the note of the lock",
    }
    show_columns = ["person", "case", "arrest", "held_by", "arrived_at", "offence_class", "counts_from", "limit_at", "ended_at",
                    "outcome", "recorded_at"]  # fmt: skip
    add_columns = ["arrest", "held_by", "arrived_at", "offence_class"]
    edit_columns = ["held_by", "arrived_at", "offence_class"]
    label_columns = {"number": _("Record number")}
    extra_columns = ("limit_code", "limit_at")
    list_filters = {
        "open": open_filter(Custody, Custody.ended_at),
        "due": due_filter(Custody.limit_at, is_open(Custody, Custody.ended_at)),
        "area": area_filter(Custody, label=_("Area of the unit")),
        "unit": unit_filter(Custody.held_by_code, _("Holding unit and units below it")),
        "officer": officer_filter(Custody.recorded_by_id),
        **offence_filters(Custody.case_id),
    }
    base_order = ("arrived_at", "desc")
    cell_kinds = {"person": "lead", "number": "id"}
    related_views = [CustodyStepView, CustodyDocumentView]
    scans = "custody"
    related_title = _("Custody records")

    def format_cell(self, record, name):
        return record.number if name == "number" else super().format_cell(record, name)

    def prefill(self, form):
        """Start a custody from the arrest, or from the person's last arrest, and prefill the data to compare."""
        super().prefill(form)
        arrest = form.arrest.data = form.arrest.data or queries.find_last_arrest(
            request.args.get("person", "")
        )
        if arrest is not None:
            form.held_by.data = arrest.by_unit
            known = list_offence_classes(arrest.case)
            form.offence_class.data = next(
                (one for one in ("felony", "misdemeanour", "petty") if one in known), None
            )

    def show_context(self, record, extra):
        return super().show_context(record, extra) | {
            "deadline": deadline_display.build_deadline(record),
            "limit": deadline_display.get_limit(record),
        }


class ArrestView(ScannedView):
    datamodel = SQLAInterface(Arrest)
    class_permission_name = "Arrest"
    resource_name, icon = "arrests", "hand"
    list_title, show_title, add_title, edit_title = (
        _("Arrests"),
        _("Arrest"),
        _("Enter an arrest"),
        _("Edit an arrest"),
    )
    list_columns = ["person", "number", "at", "ground", "by_unit", "case"]
    optional_columns = ("document_no", "force_used", "recorded_at")
    extra_columns = ("awaits_custody",)
    label_columns = {"number": _("Record number")}
    list_filters = {
        "area": area_filter(Arrest, lambda code: Arrest.place_code == code, _("Area of the unit")),
        "unit": unit_filter(Arrest.by_unit_code, _("Arresting unit and units below it")),
        "officer": officer_filter(Arrest.recorded_by_id),
        **offence_filters(Arrest.case_id),
    }
    add_columns = ["involvement", "order", "at", "ground", "document_no", "by_unit", "place", "place_text", "officers", "force_used",
                   "force_text", "match_reason"]  # fmt: skip
    base_order = ("at", "desc")
    cell_kinds = {"person": "lead", "number": "id", "at": "id", "case": "id"}
    rule_required = ("involvement",)
    related_views = [CustodyView, CustodyDocumentView]
    scans = "arrest"

    def prefill(self, form):
        """Copy from the order what the arrest on it needs."""
        super().prefill(form)
        order = form.order.data
        if order is not None:
            form.ground.data, form.document_no.data = WARRANT, order.number
            form.by_unit.data = g.user.unit
            form.involvement.data = queries.find_involvement(order)

    def format_cell(self, record, name):
        return record.number if name == "number" else super().format_cell(record, name)

    def show_context(self, record, extra):
        waits = record.awaits_custody and not record.voided_at
        deadline = deadline_display.build_arrest_deadline(record) if waits else None
        return super().show_context(record, extra) | {"deadline": deadline}
