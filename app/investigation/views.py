"""The screens of an investigation: the team of a case, its acts, and the cases of an officer."""

from flask import g, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.cases.rules import CaseFacts
from app.extensions import db
from app.investigation import actions, queries
from app.investigation.models import CaseAssignment, InvestigationAct
from app.investigation.rules import LEAD, REQUESTS
from app.kernel.api.record_api import RecordApi
from app.kernel.api.withdrawal import WithdrawableView, WithdrawAction
from app.kernel.audit import access_log
from app.kernel.screens.list_filters import ListFilter, due_filter
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates

SHOWN_ACTS = 5  # newest acts on the page of a case
ANSWERS = {"expert_request": "expert_answer", "request": "other"}


class CaseAssignmentView(RecordView):
    datamodel = SQLAInterface(CaseAssignment)
    class_permission_name = "CaseAssignment"
    resource_name, icon = "case-assignments", "users"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_title, show_title = _("Officers of cases"), _("Officer of a case")
    add_title, edit_title = _("Assign an officer to a case"), _("End the assignment")
    related_title = _("Team of the case")
    list_columns = ["officer", "case", "kind", "due_on", "until"]
    add_columns = ["case", "officer", "kind", "due_on", "reason"]
    edit_columns = ["until", "closing_reason"]
    cell_kinds = {"officer": "lead", "case": "id"}
    list_filters = {
        "due": due_filter(CaseAssignment.due_on, CaseAssignment.until.is_(None)),
    }

    def facts(self, record):
        return actions.load_assignment_facts(db.session, record)

    def prefill(self, form):
        super().prefill(form)
        form.kind.data = LEAD

    def url_after_save(self, pk):
        assignment = db.session.get(CaseAssignment, int(pk))
        return url_for("CaseView.show", pk=assignment.case_id)


class InvestigationActView(WithdrawableView):
    datamodel = SQLAInterface(InvestigationAct)
    class_permission_name = "InvestigationAct"
    resource_name, icon = "investigation-acts", "list-checks"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_title, show_title = _("Investigation acts"), _("Investigation act")
    add_title, edit_title = _("Enter an investigation act"), _("Edit the investigation act")
    list_columns = [
        "kind",
        "case",
        "begun_at",
        "officer",
        "involvement",
        "document_no",
        "due_at",
        "answered_at",
    ]
    cell_kinds = {"kind": "lead", "case": "id", "begun_at": "id", "document_no": "id"}
    base_order = ("begun_at", "desc")
    order_columns = ["begun_at"]
    rows_on_record = SHOWN_ACTS
    show_template = "investigation/act.html"
    list_filters = {
        "due": due_filter(InvestigationAct.due_at, InvestigationAct.answered_at.is_(None)),
    }

    def facts(self, record):
        return CaseFacts(now=dates.now())

    def prefill(self, form):
        super().prefill(form)
        request = form.answers.data
        if request is not None:
            form.case.data, form.kind.data = request.case, ANSWERS.get(request.kind)
        if form.officer.data is None:
            form.officer.data = form.officer.lookup.get(str(g.user.id))

    def show_context(self, record, extra_rows):
        may_answer = record.kind in REQUESTS and record.open_deadline is not None
        return super().show_context(record, extra_rows) | {
            "answer_url": url_for("InvestigationActView.add", answers=record.id)
            if may_answer and self.may_do("add") and not g.read_only
            else "",
        }


class InvestigationActApi(RecordApi):
    view, resource_name = InvestigationActView, "investigation-acts"
    api_actions = (WithdrawAction(),)


MINE, UNASSIGNED, OVERDUE = "mine", "unassigned", "overdue"


def team_filter():
    """Return the filter of cases by their officers and deadlines."""
    conditions = {
        MINE: lambda: queries.is_mine(g.user.id),
        UNASSIGNED: lambda: queries.is_unassigned(g.user.unit_code),
        OVERDUE: queries.is_overdue,
    }
    choices = {
        MINE: _("Cases in my charge"), UNASSIGNED: _("No officer in charge"), OVERDUE: _("Overdue investigations"),
    }  # fmt: skip
    return ListFilter(_("Investigation"), choices=choices, build=lambda key: conditions[key]())


class MyCasesView(BaseView):
    """The cases that an officer is assigned to, what is overdue in them, and for a chief the workload of the unit."""

    route_base = "/my-cases"
    default_view = "list"
    class_permission_name = "MyCases"
    method_permission_name = {"list": "list"}

    @expose("/")
    @has_access
    def list(self):
        assignments = queries.list_own_assignments(g.user.id)
        requests = queries.list_overdue_requests(g.user.id)
        may_assign = self.appbuilder.sm.has_access("can_add", "CaseAssignment")
        access_log.log_dashboard([one.case for one in (*assignments, *requests)])
        return self.render_template(
            "investigation/my_cases.html",
            title=_("Cases in my charge"),
            assignments=assignments,
            requests=requests,
            workload=queries.count_workload(g.user.unit_code) if may_assign and g.user.unit_code else (),
            may_assign=may_assign,
            today=dates.now().date(),
        )
