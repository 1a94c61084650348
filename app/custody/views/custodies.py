"""Screens of arrests, custodies and what is done in them."""

from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.custody import clocks
from app.custody.models import Arrest, Custody, CustodyStep
from app.custody.rules.custodies import classes_of
from app.custody.views.held import HeldView, StepView


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


class CustodyView(HeldView):
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
    related_views = [CustodyStepView]
    related_title = _("Custodies")
    show_template = "custody/custody.html"

    def cell(self, record, name):
        return record.number if name == "number" else super().cell(record, name)

    def begin(self, form):
        """What follows from the arrest is filled in, to be compared."""
        super().begin(form)
        arrest = form.arrest.data
        if arrest is not None:
            form.held_by.data = arrest.by_unit
            known = classes_of(arrest.case)
            form.offence_class.data = next(
                (one for one in ("felony", "misdemeanour", "petty") if one in known), None
            )

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        custody = self.find(pk)
        return self.render_template(
            self.show_template,
            pk=pk,
            title=custody.number,
            heading=str(custody.person or custody.number),
            subtitle=f"{self.show_title} · {custody.number}",
            widgets={"show": self.show_of(custody), "related_views": self.related_of(custody)},
            related_views=self.related,
            record=custody,
            clock=clocks.of_custody(custody),
            limit=clocks.limit_of(custody),
            steps=clocks.waiting_steps(custody),
        )


class ArrestView(HeldView):
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
    related_views = [CustodyView]

    def cell(self, record, name):
        return record.number if name == "number" else super().cell(record, name)
