"""Screens of arrests, custodies and what is done in them."""

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.custody import deadline_display, queries
from app.custody.models import Arrest, Custody, CustodyStep
from app.custody.rules.custodies import classes_of
from app.custody.views.custody_view import StepView
from app.custody.views.scans import HeldFileView, ScannedView


class CustodyStepView(StepView):
    datamodel = SQLAInterface(CustodyStep)
    class_permission_name = "CustodyStep"
    list_title, show_title, add_title, edit_title = (
        _("Steps of custodies"),
        _("Step of a custody"),
        _("Enter a step of a custody"),
        _("Change a step of a custody"),
    )
    list_columns = ["kind", "custody", "at", "outcome", "who", "paper_no", "hours"]
    add_columns = ["custody", "kind", "at", "outcome", "who", "paper_no", "hours", "note"]
    cell_kinds = {"kind": "lead", "custody": "id", "at": "id"}
    related_title = _("What was done")
    always = ("custody", "at")
    hangs_on = "custody"
    spoken = ("outcome", "hours")
    boxes_of = {
        "rights": (),
        "family": (),
        "lawyer": ("who",),
        "doctor": ("who",),
        "guardian": ("who",),
        "extension": ("who", "paper_no", "hours"),
        "end": ("outcome", "paper_no"),
    }
    needs = {"extension": ("who", "paper_no", "hours"), "end": ("outcome",)}


class CustodyView(ScannedView):
    datamodel = SQLAInterface(Custody)
    class_permission_name = "Custody"
    list_title, show_title, add_title, edit_title = (
        _("Custodies"),
        _("Police custody"),
        _("Enter a custody"),
        _("Change a custody"),
    )
    list_columns = ["person", "number", "held_by", "arrived_at", "ended_at", "outcome"]
    show_columns = ["person", "case", "arrest", "held_by", "arrived_at", "offence_class", "limit_at", "ended_at",
                    "outcome", "recorded_at"]  # fmt: skip
    add_columns = ["arrest", "held_by", "arrived_at", "offence_class"]
    edit_columns = ["held_by", "arrived_at", "offence_class"]
    label_columns = {"number": _("Record number")}
    extra_columns = ("limit_code",)
    base_order = ("arrived_at", "desc")
    cell_kinds = {"person": "lead", "number": "id"}
    related_views = [CustodyStepView, HeldFileView]
    scans = "custody"
    related_title = _("Custodies")
    show_template = "custody/custody.html"

    def cell(self, record, name):
        return record.number if name == "number" else super().cell(record, name)

    def begin(self, form):
        """A custody starts from its arrest, of a person from his last one; what follows from it is filled in, to be
        compared."""
        super().begin(form)
        arrest = form.arrest.data = form.arrest.data or queries.arrest_of(request.args.get("person", ""))
        if arrest is not None:
            form.held_by.data = arrest.by_unit
            known = classes_of(arrest.case)
            form.offence_class.data = next(
                (one for one in ("felony", "misdemeanour", "petty") if one in known), None
            )

    def show_extras(self, record, beside):
        return {
            "clock": deadline_display.of_custody(record),
            "limit": deadline_display.limit_of(record),
            "steps": deadline_display.waiting_steps(record),
        }


class ArrestView(ScannedView):
    datamodel = SQLAInterface(Arrest)
    class_permission_name = "Arrest"
    list_title, show_title, add_title, edit_title = (
        _("Arrests"),
        _("Arrest"),
        _("Enter an arrest"),
        _("Change an arrest"),
    )
    list_columns = ["person", "number", "at", "ground", "by_unit", "case"]
    label_columns = {"number": _("Record number")}
    add_columns = ["involvement", "order", "at", "ground", "paper_no", "by_unit", "place", "place_text", "officers", "force_used",
                   "force_text", "hit_reason"]  # fmt: skip
    base_order = ("at", "desc")
    cell_kinds = {"person": "lead", "number": "id", "at": "id", "case": "id"}
    spoken = ("involvement",)
    related_views = [CustodyView, HeldFileView]
    scans = "arrest"

    def cell(self, record, name):
        return record.number if name == "number" else super().cell(record, name)
