"""Screens of cases and what belongs to them. The entry page has its own file, `entry_views`."""

from flask import g
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.cases import aggregate, deadlines, offence_summary, queries
from app.cases.entry import missing
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement, Supplement
from app.cases.rules import CaseFacts
from app.kernel.audit import access_log
from app.kernel.schema import code_lists, record_lock
from app.kernel.schema.display import said, shown
from app.kernel.schema.fields import declared
from app.kernel.screens import related_rows
from app.kernel.screens.record_view import RecordView
from app.kernel.screens.related_rows import Kind
from app.kernel.text import dates
from app.kernel.validation import aggregates, warning_overrides
from app.people import status
from app.people.models import PersonDocument, PersonPhoto
from app.people.status_badges import mark_of


def _case_facts(case):
    return queries.facts(case, g.user.unit)


def _offences_of(case):
    """What it is about, as far as the reader sees it."""
    told = declared(CaseOffence)["offence"]
    return " · ".join(shown(one, "offence", told) for one in case.offences if one.voided_at is None)


class CaseRowView(aggregates.AskedWithItsWhole, RecordView):
    """A row of a case."""

    def facts(self, record):
        return _case_facts(record.case)


class CaseOffenceView(CaseRowView):
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


class InvolvementView(CaseRowView):
    datamodel = SQLAInterface(Involvement)
    class_permission_name = "Involvement"
    needs_purpose = frozenset((access_log.LIST,))
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = (
        _("People in cases"),
        _("Person in a case"),
        _("Change a person in a case"),
    )
    list_columns = ["person", "case", "happened", "role", "age", "minor", "injury"]
    label_columns = {"happened": _("Happened"), "offences": _("Offences"), "status": _("State of the case")}
    related_title = _("Cases")
    related_columns = ("case", "offences", "happened", "role", "status", "age")  # those of one person
    related_along = ("case.offences",)
    cell_kinds = {"person": "lead", "role": "short", "case": "id", "age": "short", "happened": "id"}
    OF_THE_CASE = {
        "happened": lambda case: said(case.occurred_from.date()),
        "offences": _offences_of,
        "status": lambda case: code_lists.label("case_status", case.status),
    }

    def cell(self, record, name):
        if name in self.OF_THE_CASE:  # a break-glass shows the involvement, not the case
            return self.OF_THE_CASE[name](record.case) if record.case is not None else ""
        if name == "person":
            return str(record)
        return super().cell(record, name)


class ExhibitView(CaseRowView):
    datamodel = SQLAInterface(Exhibit)
    class_permission_name = "Exhibit"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Exhibits"), _("Exhibit"), _("Change an exhibit")
    list_columns = ["kind", "description", "case", "property_role", "quantity", "measure", "plate", "state"]
    cell_kinds = {"kind": "lead", "case": "id", "plate": "id"}


class CaseFileView(CaseRowView):
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
    cell_kinds = {"case": "id"}

    def facts(self, record):
        return CaseFacts(now=dates.now())


class CaseView(RecordView):
    datamodel = SQLAInterface(Case)
    class_permission_name = "Case"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Cases"), _("Case"), _("Change a case")
    base_order = ("occurred_from", "desc")
    list_columns = ["number", "occurred_from", "called", "place", "status", "reported_at", "clock"]
    extra_columns = ("recorded_at", "origin", "late")
    label_columns = {"called": _("Offences"), "clock": _("Open for changes")}
    cell_kinds = {
        "number": "id",
        "status": "short",
    }
    list_template = "cases/cases.html"
    show_template = "cases/case.html"

    def cell(self, record, name):
        if name == "reported_at" and record.late:
            late = super().cell(record, "late")
            return Markup('{}<br><span class="tag amber">{}</span>').format(super().cell(record, name), late)
        return deadlines.told(record) if name == "clock" else super().cell(record, name)

    def told_of(self, keys):
        return {"called": offence_summary.offences_of(keys)}

    def facts(self, record):
        return _case_facts(record)

    def problems(self, record):
        """What its own rules say at its own boxes, and the errors that the change makes anywhere else in the case.

        What stood in a row before (a birth corrected elsewhere, an import) cannot be put right here.
        """
        ((case, light_facts),) = aggregate.in_whole(Case.id == record.id)
        told = [problem for problem in super().problems(case) if self._has_a_box(problem)]
        made = [
            problem for problem in aggregates.made_by(case, case, light_facts) if not self._has_a_box(problem)
        ]
        return [*told, *aggregates.of_rows(made)]

    def _has_a_box(self, problem):
        return problem.row is None and problem.field in self.edit_columns

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        case = self.find(pk, reads=_rows_of)
        people = [row.person for row in case.involvements if row.person is not None]
        return self.render_template(
            self.show_template,
            title=case.number,
            case=case,
            standings={person.id: mark_of(person.standing) for person in people},
            wanted=[
                person for person in people if person.standing and person.standing.status == status.WANTED
            ],
            missing=list(missing(case)),
            still_open=not record_lock.is_shut(case),
            clocks=list(deadlines.clocks_of(case)),
            passed=warning_overrides.of(case, *case.involvements, *case.offences, *case.exhibits),
        )


ROWS = (
    Kind(CaseOffence, "case"),
    Kind(Involvement, "case", along=("person.standing",)),
    Kind(Exhibit, "case"),
    Kind(CaseFile, "case"),
    Kind(Supplement, "case"),
)
OF_PEOPLE = (Kind(PersonPhoto, "person"), Kind(PersonDocument, "person"))


def _rows_of(case):
    """Its rows and what its page shows of its people: two statements."""
    related_rows.read_along([case], *ROWS)
    related_rows.read_along([row.person for row in case.involvements if row.person is not None], *OF_PEOPLE)
