"""Views of the reference data."""

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.kernel.schema.code_lists import Code
from app.kernel.schema.rules import check_rules
from app.kernel.screens.record_view import RecordView
from app.reference import rules
from app.reference.models import (
    Court,
    Law,
    LetterTemplate,
    Offence,
    Place,
    Prison,
    RetentionPeriod,
    TimeLimit,
    Unit,
)


class NamedView(RecordView):
    """View of records with a name in two languages, in Khmer dictionary order."""

    base_order = ("name_km", "asc")
    order_columns = ["name_km", "code"]
    order_by = {"name_km": "name_sort"}
    cell_kinds = {"name_km": "lead", "code": "id"}


class PlaceView(NamedView):
    datamodel = SQLAInterface(Place)
    class_permission_name = "Place"
    resource_name = "places"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Places"), _("Place"), _("Edit a place")
    list_columns = ["name_km", "name_en", "kind", "parent", "code"]


class UnitView(NamedView):
    datamodel = SQLAInterface(Unit)
    class_permission_name = "Unit"
    resource_name = "units"
    omitted_columns = {"area": "on the page of the unit"}
    list_title, show_title, add_title, edit_title = _("Units"), _("Unit"), _("Add a unit"), _("Edit a unit")
    list_columns = ["name_km", "name_en", "kind", "parent", "valid_to", "code"]


class CourtView(NamedView):
    datamodel = SQLAInterface(Court)
    class_permission_name = "Court"
    resource_name = "courts"
    list_title, show_title, add_title, edit_title = (
        _("Courts"),
        _("Court"),
        _("Add a court"),
        _("Edit a court"),
    )
    list_columns = ["name_km", "name_en", "level", "appeal", "valid_to", "code"]


class PrisonView(NamedView):
    datamodel = SQLAInterface(Prison)
    class_permission_name = "Prison"
    resource_name = "prisons"
    list_title, show_title, add_title, edit_title = (
        _("Prisons"),
        _("Prison"),
        _("Add a prison"),
        _("Edit a prison"),
    )
    list_columns = ["name_km", "name_en", "kind", "province", "code"]


class OffenceView(NamedView):
    datamodel = SQLAInterface(Offence)
    class_permission_name = "Offence"
    resource_name = "offences"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Offences"), _("Offence"), _("Edit an offence of the law")
    list_columns = ["name_km", "article", "offence_class", "family", "law"]
    omitted_columns = dict.fromkeys(("name_en", "valid_from", "valid_to"), "on the page of the offence")


class LawView(NamedView):
    datamodel = SQLAInterface(Law)
    class_permission_name = "Law"
    resource_name = "laws"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Laws"), _("Law"), _("Edit a law")
    list_columns = ["name_km", "name_en", "royal_kram", "valid_from", "valid_to"]
    omitted_columns = {"code": "an internal key"}
    related_views = [OffenceView]


class CodeView(RecordView):
    datamodel = SQLAInterface(Code)
    class_permission_name = "Code"
    resource_name = "codes"
    list_title, show_title, add_title, edit_title = (
        _("Code lists"),
        _("Code list value"),
        _("Add a value"),
        _("Edit a value"),
    )
    base_order = ("id", "asc")
    cell_kinds = {"name_km": "lead", "key": "id"}

    def problems(self, record):
        return check_rules((rules.period_ends_after_it_begins,), record, None)


class TimeLimitView(NamedView):
    """View of the time limits: amount, basis, and whether they are confirmed."""

    datamodel = SQLAInterface(TimeLimit)
    class_permission_name = "TimeLimit"
    resource_name = "time-limits"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = (
        _("Legal time limits"),
        _("Time limit"),
        _("Edit a time limit"),
    )
    base_order = ("code", "asc")
    list_columns = ["name_km", "amount", "measure", "basis", "to_confirm"]
    omitted_columns = {"code": "an internal key"}
    cell_kinds = {"name_km": "lead", "amount": "num", "measure": "short"}


class RetentionPeriodView(NamedView):
    """View of the retention periods: event, amount, proposal and basis, and whether they are confirmed."""

    datamodel = SQLAInterface(RetentionPeriod)
    class_permission_name = "RetentionPeriod"
    resource_name = "retention-periods"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = (
        _("Retention periods"),
        _("Retention period"),
        _("Edit a retention period"),
    )
    base_order = ("code", "asc")
    list_columns = ["name_km", "trigger", "amount", "measure", "proposal", "basis", "to_confirm"]
    omitted_columns = {"code": "an internal key"}
    cell_kinds = {"name_km": "lead", "amount": "num", "measure": "short"}


class LetterTemplateView(NamedView):
    """View of the templates of letters between units."""

    datamodel = SQLAInterface(LetterTemplate)
    class_permission_name = "LetterTemplate"
    resource_name = "letter-templates"
    list_title, show_title, add_title, edit_title = (
        _("Letter templates"),
        _("Letter template"),
        _("Add a letter template"),
        _("Edit a letter template"),
    )
    list_columns = ["name_km", "kind", "days", "to_confirm"]
    omitted_columns = {"code": "an internal key", "name_en": "on the page of the template"}
    cell_kinds = {"name_km": "lead", "kind": "short", "days": "num"}
