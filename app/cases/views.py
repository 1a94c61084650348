"""Screens of cases and what belongs to them. The entry page has its own file, `entry_views`."""

from datetime import timedelta

from flask import g
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import selectinload

from app.cases import queries
from app.cases.entry import missing
from app.cases.history import history_of
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement, Supplement
from app.cases.rules import CaseFacts
from app.kernel import dates, passed
from app.kernel.display import said
from app.kernel.views import RecordView
from app.people.models import Person

OPEN = timedelta(hours=48)  # as long a clerk may add to what was registered


def _case_facts(case):
    return queries.facts(case, g.user.unit)


class CaseOffenceView(RecordView):
    datamodel = SQLAInterface(CaseOffence)
    class_permission_name = "CaseOffence"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = (
        _("Offences in cases"),
        _("Offence in a case"),
        _("Change an offence in a case"),
    )
    list_columns = ["offence", "case", "attempt", "offence_class", "way"]
    cell_kinds = {"offence": "lead", "case": "id"}

    def facts(self, record):
        return _case_facts(record.case)


class InvolvementView(RecordView):
    datamodel = SQLAInterface(Involvement)
    class_permission_name = "Involvement"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = (
        _("People in cases"),
        _("Person in a case"),
        _("Change a person in a case"),
    )
    list_columns = ["person", "case", "happened", "role", "age", "minor", "injury"]
    label_columns = {"happened": _("Happened")}
    related_title = _("Cases")
    cell_kinds = {"person": "lead", "role": "short", "case": "id", "age": "short", "happened": "id"}

    def cell(self, record, name):
        if name == "happened":
            return said(record.case.occurred_from.date())
        return super().cell(record, name)

    def facts(self, record):
        return _case_facts(record.case)


class ExhibitView(RecordView):
    datamodel = SQLAInterface(Exhibit)
    class_permission_name = "Exhibit"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Exhibits"), _("Exhibit"), _("Change an exhibit")
    list_columns = ["kind", "description", "case", "property_role", "quantity", "measure", "plate", "state"]
    cell_kinds = {"kind": "lead", "case": "id", "plate": "id"}

    def facts(self, record):
        return _case_facts(record.case)


class CaseFileView(RecordView):
    datamodel = SQLAInterface(CaseFile)
    class_permission_name = "CaseFile"
    base_permissions = ["can_list", "can_show"]
    list_title, show_title = _("Files of cases"), _("File of a case")


class SupplementView(RecordView):
    datamodel = SQLAInterface(Supplement)
    class_permission_name = "Supplement"
    base_permissions = ["can_list", "can_show", "can_add"]
    list_title, show_title, add_title = _("Supplements"), _("Supplement"), _("Add a supplement")
    list_columns = ["case", "learned_on", "text"]
    add_columns = ["case", "learned_on", "text"]
    cell_kinds = {"case": "lead"}

    def facts(self, record):
        return CaseFacts(now=dates.now())


class CaseView(RecordView):
    datamodel = SQLAInterface(Case)
    class_permission_name = "Case"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Cases"), _("Case"), _("Change a case")
    base_order = ("occurred_from", "desc")
    list_columns = ["number", "occurred_from", "place", "status", "reported_at", "late"]
    cell_kinds = {
        "number": "lead",
        "status": "short",
        "late": "short",
        "occurred_from": "id",
        "reported_at": "id",
    }
    show_template = "cases/case.html"

    def facts(self, record):
        return _case_facts(record)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        case = self.find(pk)
        return self.render_template(
            self.show_template,
            title=case.number,
            case=case,
            missing=list(missing(case)),
            still_open=dates.now() - case.recorded_at < OPEN,
            passed=passed.of(case, *case.involvements, *case.offences, *case.exhibits),
            history=history_of(case),
        )

    def _joins(self):
        # One statement for each kind of row; the rows of a case are few.
        person = selectinload(Case.involvements).joinedload(Involvement.person)
        return [
            selectinload(Case.offences),
            selectinload(Case.exhibits),
            selectinload(Case.files),
            selectinload(Case.supplements),
            person.selectinload(Person.photos),
            person.selectinload(Person.documents),
        ]
