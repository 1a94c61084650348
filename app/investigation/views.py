"""The screens of an investigation: the team of a case, its acts, and the cases of an officer."""

from flask import abort, g, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.accounts.unit_choice import find_chosen_unit
from app.cases.models import CaseFile
from app.cases.rules import CaseFacts
from app.cases.rules.people import HARMED_ROLES
from app.extensions import db
from app.investigation import actions, queries, reviews
from app.investigation.models import (
    ActExhibit,
    CaseAssignment,
    CaseReview,
    Charge,
    InvestigationAct,
    OutcomeNotice,
)
from app.investigation.rules import LEAD, REQUESTS, RETURNED, WAITING
from app.kernel.api.withdrawal import WithdrawableView
from app.kernel.audit import access_log
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_field
from app.kernel.schema.fields import field_groups
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.screens.action_problems import read_text
from app.kernel.screens.list_filters import ListFilter, due_filter, make_due_filter
from app.kernel.screens.record_view import RecordView
from app.kernel.screens.scans import ScanUploadMixin
from app.kernel.text import dates
from app.reference.list_filters import unit_filter

SHOWN_ACTS = 5  # newest acts on the page of a case
RECORD = "record"  # the type of a file that is added to an act
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
        "unit": unit_filter(CaseAssignment.unit_code),
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


class ActExhibitView(WithdrawableView):
    datamodel = SQLAInterface(ActExhibit)
    class_permission_name = "InvestigationAct"
    route_base, resource_name = "/actexhibit", "act-exhibits"
    base_permissions = ["can_list", "can_show", "can_add"]
    method_permission_name = WithdrawableView.method_permission_name | {"withdraw": "add"}
    list_title, show_title = _("Exhibits of acts"), _("Exhibit of an act")
    add_title = _("Add an exhibit to the act")
    related_title = _("Exhibits and acts")
    list_columns = ["exhibit", "act", "case", "note"]
    related_columns = ["exhibit", "act", "note"]
    cell_kinds = {"exhibit": "lead", "case": "id"}

    def format_cell(self, record, name):
        if name == "act" and record.act is not None:
            return f"{record.act} · {format_field(record.act, 'begun_at')}"
        if name == "exhibit" and record.exhibit is not None:
            return f"{record.exhibit} · {record.exhibit.code}"
        return super().format_cell(record, name)

    def url_after_save(self, pk):
        return url_for("InvestigationActView.show", pk=db.session.get(ActExhibit, int(pk)).act_id)


class InvestigationActView(ScanUploadMixin, WithdrawableView):
    datamodel = SQLAInterface(InvestigationAct)
    class_permission_name = "InvestigationAct"
    resource_name, icon = "investigation-acts", "list-checks"
    needs_purpose = frozenset((access_log.LIST,))
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    method_permission_name = WithdrawableView.method_permission_name | {"scan": "edit", "choose": "add"}
    related_views = [ActExhibitView]
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
    extra_columns = ("other_involvement_id",)
    _groups = field_groups(
        InvestigationAct,
        "add edit",
        {
            "act": [
                "case", "kind", "begun_at", "ended_at", "officer", "second_officer", "involvement", "other_involvement",
                "place_text", "document_no", "result", "signatures", "support_person", "interpreter",
                "police_interpreter", "helps_suspect",
            ],
            "request": ["due_at", "answers"],
            "search": [
                "authorised_by", "authorised_at", "authorisation", "hour_ground", "owner_present", "first_witness",
                "second_witness", "police_witness",
            ],
        },
    )  # fmt: skip
    add_columns = [name for names in _groups.values() for name in names]
    edit_columns = [name for name in add_columns if name not in ("case", "answers")]
    add_fieldsets = [
        (None, {"fields": _groups["act"]}),
        (_("Request, or answer to a request"), {"fields": _groups["request"]}),
        (_("Search: authorisation, hour and witnesses"), {"fields": _groups["search"]}),
    ]
    edit_fieldsets = [
        (title, {"fields": [name for name in group["fields"] if name not in ("case", "answers")]})
        for title, group in add_fieldsets
    ]
    cell_kinds = {"kind": "lead", "case": "id", "begun_at": "id", "document_no": "id"}
    rule_required = ("result",)
    base_order = ("begun_at", "desc")
    order_columns = ["begun_at"]
    rows_on_record = SHOWN_ACTS
    show_template = "investigation/act.html"
    list_filters = {
        "unit": unit_filter(InvestigationAct.unit_code),
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

    def build_scan(self, record, columns):
        return CaseFile(case=record.case, act=record, kind=RECORD, **columns)

    def show_context(self, record, extra_rows):
        may_answer = record.kind in REQUESTS and record.open_deadline is not None
        may_choose = not record.is_void and self.may_do("add") and not g.read_only
        return super().show_context(record, extra_rows) | {
            "choices": queries.list_exhibits_to_add(record) if may_choose else [],
            "may_add_file": not record.is_void and self.may_do("edit") and not g.read_only,
            "answer_url": url_for("InvestigationActView.add", answers=record.id)
            if may_answer and self.may_do("add") and not g.read_only
            else "",
        }

    @expose("/choose/<pk>", methods=["POST"])
    @has_access
    def choose(self, pk):
        """Add the ticked exhibits of the case to the act, with one purpose."""
        act = self.find(pk)
        chosen = set(request.form.getlist("exhibit"))
        exhibits = [one for one in queries.list_exhibits_to_add(act) if str(one.id) in chosen]

        def add():
            if not exhibits:
                raise RuleViolation([Problem("exhibit", _("Choose at least one exhibit."), row=act)])
            note = read_text("note") or None
            db.session.add_all(ActExhibit(act=act, exhibit=one, note=note) for one in exhibits)

        return self.take_action(pk, add)


class ChargeView(WithdrawableView):
    datamodel = SQLAInterface(Charge)
    class_permission_name = "Charge"
    resource_name, icon = "charges", "gavel"
    needs_purpose = frozenset((access_log.LIST,))
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_title, show_title = _("Charges"), _("Charge")
    add_title, edit_title = _("Ask for a charge"), _("Enter the decision on the charge")
    list_columns = ["involvement", "case_offence", "case", "asked_on", "decision", "document_no"]
    extra_columns = ("changed_to_code",)  # names the charge
    cell_kinds = {"involvement": "lead", "case": "id", "document_no": "id"}
    base_order = ("asked_on", "desc")
    order_columns = ["asked_on"]

    def facts(self, record):
        return CaseFacts(now=dates.now())


class OutcomeNoticeView(WithdrawableView):
    datamodel = SQLAInterface(OutcomeNotice)
    class_permission_name = "OutcomeNotice"
    resource_name = "outcome-notices"
    needs_purpose = frozenset((access_log.LIST,))
    base_permissions = ["can_list", "can_show", "can_add"]
    method_permission_name = WithdrawableView.method_permission_name | {"withdraw": "add"}
    list_title, show_title = _("Notices of the outcome"), _("Notice of the outcome")
    add_title = _("Enter a notice of the outcome")
    list_columns = ["involvement", "case", "disposition", "informed_on", "means"]
    add_columns = ["disposition", "involvement", "informed_on", "means", "note"]
    cell_kinds = {"involvement": "lead", "case": "id"}
    rule_required = ("note",)
    base_order = ("informed_on", "desc")
    order_columns = ["informed_on"]

    def prefill(self, form):
        """Choose the victim of the case if there is only one."""
        super().prefill(form)
        step = form.disposition.data
        harmed = (
            [one for one in step.case.involvements if one.role in HARMED_ROLES and not one.is_void]
            if step
            else []
        )
        if len(harmed) == 1:
            form.involvement.data = form.involvement.lookup.get(str(harmed[0].id))

    def url_after_save(self, pk):
        notice = db.session.get(OutcomeNotice, int(pk))
        return url_for("CaseDispositionView.show", pk=notice.disposition_id)


# Each part of a case that a remark is about → where the page of the case shows it.
PARTS = {
    "facts": "facts", "people": "people", "offences": "offences", "exhibits": "exhibits", "documents": "documents",
    "acts": "InvestigationActView", "charges": "ChargeView", "other": "",
}  # fmt: skip


class CaseReviewView(RecordView):
    datamodel = SQLAInterface(CaseReview)
    class_permission_name = "CaseReview"
    resource_name, icon = "case-reviews", "list-checks"
    base_permissions = ["can_list", "can_show", "can_add"]
    method_permission_name = RecordView.method_permission_name | {"decide": "show", "answer": "add"}
    list_title, show_title, add_title = _("Reviews of cases"), _("Review of a case"), _("Send for review")
    list_columns = ["case", "state", "round", "decided_at"]
    cell_kinds = {"case": "lead"}
    show_template = "investigation/review.html"

    def show_context(self, record, extra_rows):
        may_write = not g.read_only and not record.is_void
        is_waiting, is_returned = record.state == WAITING, record.state == RETURNED
        return super().show_context(record, extra_rows) | {
            "parts": PARTS,
            "part_names": code_lists.choices("review_part"),
            "may_decide_review": may_write and is_waiting and reviews.may_review(db.session, g.user, record),
            "may_answer": may_write and is_returned and self.may_do("add"),
        }

    @expose("/decide/<pk>", methods=["POST"])
    @has_access
    def decide(self, pk):
        """Return the case with remarks, or approve it."""
        record, step = self.find(pk), request.form.get("step")
        if step not in ("return", "approve"):
            abort(400)

        def act():
            if step == "approve":
                return reviews.approve_case(record, g.user)
            texts = {part: read_text(f"remark-{part}") for part in PARTS}
            return reviews.return_case(db.session, record, g.user, texts)

        return self.take_action(pk, act)

    @expose("/answer/<pk>", methods=["POST"])
    @has_access
    def answer(self, pk):
        """Answer the remarks and ask for the next round."""
        record = self.find(pk)

        def act():
            answers = {one.id: read_text(f"answer-{one.id}") for one in record.remarks}
            reviews.answer_remarks(record, g.user, answers)

        return self.take_action(pk, act)


MINE, UNASSIGNED, OVERDUE = "mine", "unassigned", "overdue"


def team_filters():
    """Return the filters of cases by their officers and deadlines."""
    conditions = {
        MINE: lambda: queries.is_mine(g.user.id),
        UNASSIGNED: lambda: queries.is_unassigned(g.user.unit_code),
        OVERDUE: queries.is_overdue,
    }
    choices = {
        MINE: _("Cases in my charge"), UNASSIGNED: _("No officer in charge"), OVERDUE: _("Overdue investigations"),
    }  # fmt: skip
    return {
        "lead": ListFilter(_("Officer in charge"), lookup="officer", build=queries.is_led_by),
        "team": ListFilter(_("Investigation"), choices=choices, build=lambda key: conditions[key]()),
        "due": make_due_filter(queries.is_due),
    }


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
        unit = find_chosen_unit()
        access_log.log_dashboard([one.case for one in (*assignments, *requests)])
        return self.render_template(
            "investigation/my_cases.html",
            title=_("Cases in my charge"),
            assignments=assignments,
            requests=requests,
            workload=queries.count_workload(unit or g.user.unit_code)
            if may_assign and g.user.unit_code
            else (),
            unit=unit,
            may_assign=may_assign,
            today=dates.now().date(),
        )
