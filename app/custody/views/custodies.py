"""Screens of arrests, custodies and custody steps."""

from dataclasses import replace

from flask import g, request, url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.lookups import officer_filter
from app.cases.list_filters import offence_filters
from app.custody import deadline_display, queries
from app.custody.models import Arrest, Custody, CustodyStep
from app.custody.models.custody_record import valid_rows
from app.custody.rules.arrests import WARRANT, list_possible_charges
from app.custody.rules.custodies import list_offence_classes
from app.custody.views.custody_view import CustodyRecordView, CustodyStepFormView, is_open, open_filter
from app.custody.views.scans import CustodyDocumentView, ScannedView
from app.extensions import db
from app.kernel.concurrency.edit_conflicts import drop_fields
from app.kernel.forms.record_form import RecordForm, RowForm, fields_by_name, is_submitted, make_form_class
from app.kernel.schema.rules import Problem, check_rules
from app.kernel.screens.list_filters import due_filter
from app.reference.list_filters import area_filter, unit_filter

CLASSES = ("felony", "misdemeanour", "petty")  # the most serious first
# The fields of the arrival in police custody on the form of an arrest.
ARRIVAL = ("arrived_at", "held_by", "offence_class", "health", "property_taken")
REQUIRED = _("Enter a value.")


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
    list_columns = ["kind", "custody", "at", "outcome", "who", "handed_to", "to_unit", "document_no", "hours"]
    add_columns = [
        "custody",
        "kind",
        "at",
        "outcome",
        "who",
        "handed_to",
        "to_unit",
        "document_no",
        "hours",
        "note",
    ]
    cell_kinds = {"kind": "lead", "custody": "id", "at": "id"}
    related_title = _("Action taken")
    common_fields = ("custody", "at")
    parent_link, sets_free = "custody", True
    rule_required = ("outcome", "hours")
    kind_fields = {
        "rights": (),
        "family": (),
        "lawyer": ("who",),
        "doctor": ("who",),
        "guardian": ("who",),
        "extension": ("who", "document_no", "hours"),
        "end": ("outcome", "to_unit", "handed_to", "document_no"),
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
    list_columns = ["person", "number", "held_by", "arrived_at", "limit_at", "ended_at", "outcome"]
    omitted_columns = CustodyRecordView.omitted_columns | {
        **dict.fromkeys(("time_unknown", "end_time_unknown"), "then the date has no time"),
        "voided_at": "the note of the lock",
        "void_reason": "the note of the lock",
    }
    show_columns = ["person", "case", "arrest", "held_by", "arrived_at", "offence_class", "health", "property_taken", "counts_from",
                    "limit_at", "ended_at", "outcome", "recorded_at"]  # fmt: skip
    add_columns = ["arrest", "held_by", "arrived_at", "offence_class", "health", "property_taken"]
    edit_columns = ["held_by", "arrived_at", "offence_class", "health", "property_taken"]
    label_columns = {"number": _("Record number")}
    extra_columns = ("limit_code", "limit_at")
    list_filters = {
        "open": open_filter(Custody, Custody.ended_at),
        "due": due_filter(Custody.limit_at, is_open(Custody, Custody.ended_at)),
        "area": area_filter(Custody, label=_("Area of the unit")),
        "unit": unit_filter(Custody.held_by_code, label=_("Holding unit and units below it")),
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
            form.held_by.data = arrest.receiving_unit or arrest.by_unit
            known = [one.offence_class for one in valid_rows(arrest.custodies)]
            form.offence_class.data = find_worst_class(arrest.case) or (known[-1] if known else None)

    def show_context(self, record, extra):
        return super().show_context(record, extra) | {
            "deadline": deadline_display.build_deadline(record),
            "limit": deadline_display.get_limit(record),
        }


def _find_arrival_problems(custody, known):
    """Return the problems of a custody that is entered with its arrest. The form asks each question once."""
    missing = [
        Problem(name, REQUIRED, row=custody)
        for name in ("arrived_at", "held_by", "offence_class")
        if getattr(custody, name) is None
    ]
    if missing:
        return missing
    custody.update_derived()
    found = check_rules(custody.__rules__, custody, queries.load_facts(custody))
    asked = {one.rule for one in known}
    return [
        replace(one, row=custody, field="arrived_at" if one.field == "arrest" else one.field)
        for one in found
        if one.field != "arrest" or one.rule not in asked
    ]


def find_worst_class(case):
    """Return the most serious class of the offences of a case, or None if none is known."""
    known = list_offence_classes(case)
    return next((one for one in CLASSES if one in known), None)


class ArrestForm(RecordForm):
    """The form of an arrest, with the fields of the arrival in police custody.

    The arresting unit holds the person, and the case gives the class of the offence, unless the form says otherwise.
    """

    arrival = None  # the custody that the submitted form describes

    def populate(self, record, formdata):
        super().populate(record, drop_fields(formdata, ARRIVAL))
        fields = fields_by_name(self)
        given = {name: fields[name].data for name in ARRIVAL if is_submitted(fields[name], formdata)}
        if any(given.get(name) for name in ("arrived_at", "health", "property_taken")):
            record.update_derived()  # its case gives the class, if the form does not
            unit, offence_class = given.get("held_by"), given.get("offence_class")
            self.arrival = Custody(**given | {"arrest": record, "held_by": unit or record.by_unit})
            self.arrival.time_unknown = bool(self._find_days_without_time(("arrived_at",)))
            self.arrival.offence_class = offence_class or find_worst_class(record.case)
            self.times = (*self.times, *Custody.__times__)


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
        "unit": unit_filter(Arrest.by_unit_code, label=_("Arresting unit and units below it")),
        "officer": officer_filter(Arrest.recorded_by_id),
        **offence_filters(Arrest.case_id),
    }
    add_columns = ["involvement", "order", "at", "ground", "document_no", "charges", "by_unit", "place", "place_text", "officers", "force_used",
                   "force_text", "match_reason"]  # fmt: skip
    base_order = ("at", "desc")
    cell_kinds = {"person": "lead", "number": "id", "at": "id", "case": "id"}
    rule_required = ("involvement",)
    related_views = [CustodyView, CustodyDocumentView]
    scans = "arrest"

    def _init_forms(self):
        arrest = make_form_class(Arrest, self.add_columns, ArrestForm, rule_required=self.rule_required)
        arrival = make_form_class(Custody, ARRIVAL, RowForm, optional=ARRIVAL)
        meanings = {"meanings": arrival.meanings | arrest.meanings}
        self.add_form = type("ArrestAndArrivalForm", (arrest, arrival), meanings)
        self.add_fieldsets = [
            (None, {"fields": self.add_columns}),
            (_("Arrival in police custody"), {"fields": list(ARRIVAL)}),
        ]
        super()._init_forms()

    def prefill(self, form):
        """Copy from the order what the arrest on it and the arrival need."""
        super().prefill(form)
        order = form.order.data
        if order is not None:
            form.ground.data, form.document_no.data = WARRANT, order.number
            form.by_unit.data = form.held_by.data = g.user.unit
            form.involvement.data = queries.find_involvement(order)
        if form.involvement.data is not None:
            form.offence_class.data = find_worst_class(form.involvement.data.case)

    def _check_rules(self, form, record, submitted):
        with db.session.no_autoflush:
            form.populate(record, submitted)
            problems = self.find_fixable_problems(record)
            if getattr(form, "arrival", None) is not None:
                problems += _find_arrival_problems(form.arrival, problems)
            return form.show_problems(problems, submitted)

    def _render_form(self, screen, form, status=200, record=None):
        """Render the form with the offences of the case only."""
        involvement = form.involvement.data if screen == "add" else None
        case = involvement.case if involvement is not None else getattr(record, "case", None)
        order = form.order.data if screen == "add" else record.order
        form.charges.narrowed = list_possible_charges(case, order)
        return super()._render_form(screen, form, status, record)

    def url_after_save(self, pk):
        """Return the page of the arrest, or of the custody that began with it: its next step is the rights."""
        if request.endpoint == f"{self.endpoint}.add" and request.form.get("arrived_at"):
            begun = db.session.scalar(select(Custody.id).where(Custody.arrest_id == int(pk)).limit(1))
            if begun is not None:
                return url_for("CustodyView.show", pk=begun)
        return super().url_after_save(pk)

    def format_cell(self, record, name):
        return record.number if name == "number" else super().format_cell(record, name)

    def show_context(self, record, extra):
        waits = record.awaits_custody and not record.voided_at
        deadline = deadline_display.build_arrest_deadline(record) if waits else None
        return super().show_context(record, extra) | {"deadline": deadline}
