"""Screens of cases and what belongs to them. The entry page has its own file, `entry_views`."""

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement, Supplement
from app.kernel.views import RecordView


class CaseOffenceView(RecordView):
    datamodel = SQLAInterface(CaseOffence)
    class_permission_name = "CaseOffence"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Offences in cases"), _("Offence in a case"), _("Change an offence in a case")


class InvolvementView(RecordView):
    datamodel = SQLAInterface(Involvement)
    class_permission_name = "Involvement"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("People in cases"), _("Person in a case"), _("Change a person in a case")


class ExhibitView(RecordView):
    datamodel = SQLAInterface(Exhibit)
    class_permission_name = "Exhibit"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Exhibits"), _("Exhibit"), _("Change an exhibit")


class CaseFileView(RecordView):
    datamodel = SQLAInterface(CaseFile)
    class_permission_name = "CaseFile"
    list_title, show_title = _("Files of cases"), _("File of a case")


class SupplementView(RecordView):
    datamodel = SQLAInterface(Supplement)
    class_permission_name = "Supplement"
    base_permissions = ["can_list", "can_show", "can_add"]
    list_title, show_title, add_title = _("Supplements"), _("Supplement"), _("Add a supplement")


class CaseView(RecordView):
    datamodel = SQLAInterface(Case)
    class_permission_name = "Case"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Cases"), _("Case"), _("Change a case")
    base_order = ("occurred_from", "desc")
    cell_kinds = {"number": "lead"}
    related_views = [CaseOffenceView, InvolvementView, ExhibitView, CaseFileView, SupplementView]
