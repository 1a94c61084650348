"""The screens and APIs of reports of people and property, their ends and their matches."""

from flask import abort, g, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select

from app.confirmations.views import ConfirmedView, build_decide_actions
from app.extensions import db
from app.inbox.record_links import find_record_url
from app.kernel.api.record_api import RecordApi
from app.kernel.audit import access_log
from app.kernel.schema import code_lists
from app.kernel.screens.action_problems import read_text
from app.kernel.screens.list_filters import due_filter
from app.kernel.screens.record_view import RecordView
from app.missing import answers, notices, sides
from app.missing.models import (
    CONFIRMED,
    OTHER,
    PERSON,
    WAITING,
    WITHDRAWN,
    PersonReport,
    PropertyReport,
    ReportEnd,
    ReportMatch,
)
from app.printouts.views import RecordPrintoutView
from app.reference.list_filters import unit_filter

MAX_REASON = 400
MOST_MATCHES = 50  # on the page of a report, the newest


class ReportEndView(ConfirmedView):
    """The end of a report. A second officer confirms who was identified, found dead, or received property."""

    datamodel = SQLAInterface(ReportEnd)
    class_permission_name = "ReportEnd"
    resource_name = "report-ends"
    list_title, show_title, add_title = _("Ends of reports"), _("End of a report"), _("End the report")
    list_columns = ["outcome", "person_report", "property_report", "ended_on", "document_no", "confirmation"]
    add_columns = [
        "person_report", "property_report", "outcome", "ended_on", "document_no", "document_date", "receiver", "note",
    ]  # fmt: skip
    omitted_columns = {"unit": "the unit of the report"}
    rule_required = ("person_report", "document_no", "document_date")
    cell_kinds = {"outcome": "lead"}
    base_order = ("id", "desc")


class ReportEndApi(RecordApi):
    view, resource_name = ReportEndView, "report-ends"
    api_actions = build_decide_actions()


class ReportView(RecordView):
    """View of reports: with their matches and ends. A search ends by two officers, so no author withdraws a report."""

    related_views = [ReportEndView]
    show_template = "missing/report.html"
    order_columns = ["happened_on"]
    base_order = ("happened_on", "desc")
    omitted_columns = {"unit": "the unit of the officer who enters it"}

    def show_context(self, record, extra_rows):
        sides_of_match = (
            (ReportMatch.missing_id, ReportMatch.body_id)
            if isinstance(record, PersonReport)
            else (ReportMatch.lost_id, ReportMatch.found_id)
        )
        found = select(ReportMatch).where(or_(*(column == record.id for column in sides_of_match)))
        return super().show_context(record, extra_rows) | {
            "matches": db.session.scalars(found.order_by(ReportMatch.id.desc()).limit(MOST_MATCHES))
            .unique()
            .all(),
        }


class PersonReportView(ReportView):
    datamodel = SQLAInterface(PersonReport)
    class_permission_name = "PersonReport"
    resource_name, icon = "person-reports", "eye"
    needs_purpose = frozenset((access_log.LIST,))
    list_title, show_title = _("Missing persons and bodies"), _("Report of a person")
    add_title, edit_title = _("Report a missing person or a body"), _("Edit the report")
    empty_text = _("Add a missing person, a body, or a person found who cannot say who they are.")
    list_columns = ["number", "kind", "name", "sex", "age_from", "age_to", "place", "happened_on", "state"]
    optional_columns = ("unit",)
    label_columns = {"number": _("Number of the report")}
    add_columns = [
        "kind", "happened_on", "place", "place_text", "name", "sex", "age_from", "age_to", "height_from", "height_to",
        "mark_kind", "body_part", "marks", "clothes", "reporter", "reporter_phone", "case", "note",
    ]  # fmt: skip
    edit_columns = add_columns
    rule_required = ("age_from",)
    cell_kinds = {"number": "lead", "state": "short", "sex": "short"}
    list_filters = {"unit": unit_filter(PersonReport.unit_code)}


class PropertyReportView(ReportView):
    datamodel = SQLAInterface(PropertyReport)
    class_permission_name = "PropertyReport"
    resource_name, icon = "property-reports", "package"
    list_title, show_title = _("Lost and found property"), _("Report of property")
    add_title, edit_title = _("Report lost or found property"), _("Edit the report")
    empty_text = _("Add property that a person lost, or that was found.")
    list_columns = ["number", "side", "kind", "description", "place", "happened_on", "state"]
    optional_columns = ("unit",)
    label_columns = {"number": _("Number of the report")}
    add_columns = [
        "side", "kind", "happened_on", "description", "place", "place_text", "make", "model", "colour", "plate",
        "frame_no", "engine_no", "imei", "serial", "document_no", "phone", "reporter", "reporter_phone", "kept_at",
        "case", "note",
    ]  # fmt: skip
    edit_columns = add_columns
    cell_kinds = {"number": "lead", "state": "short"}
    list_filters = {"unit": unit_filter(PropertyReport.unit_code)}


class ReportMatchView(RecordView):
    """The pairs that the nightly job found: the work list of both units."""

    datamodel = SQLAInterface(ReportMatch)
    class_permission_name = "ReportMatch"
    resource_name, icon = "report-matches", "siren"
    base_permissions = ["can_list", "can_show", "can_answer"]
    method_permission_name = RecordView.method_permission_name | {"answer": "answer"}
    list_title, show_title = _("Matches of reports"), _("Match of two reports")
    empty_text = _(
        "Each night, missing persons are compared with bodies, and found property with lost and stolen property."
    )
    list_columns = ["number", "kind", "first_unit", "second_unit", "raised_at", "due_at", "state"]
    label_columns = {"number": _("Number of the match")}
    order_columns = ["due_at"]
    base_order = ("due_at", "desc")
    cell_kinds = {"number": "lead", "state": "short"}
    list_filters = {
        "unit": unit_filter(ReportMatch.first_unit_code, ReportMatch.second_unit_code),
        "due": due_filter(ReportMatch.due_at, ReportMatch.state == WAITING),
    }
    show_template = "missing/match.html"

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        match = self.find(pk)
        may_write = not g.get("read_only") and self.may_do("answer")
        return self.render_template(
            self.show_template, title=self.show_title, heading=str(match), subtitle=self.show_title, record=match,
            pk=match.id, widgets={"show": self.build_show_widget(match)}, rows=sides.compare_sides(match),
            reports=[(str(one), find_record_url(one.__tablename__, one.id)) for one in sides.find_own_reports(match)],
            most=MAX_REASON, evidence=code_lists.choices("identification_evidence"),
            needs_evidence=match.kind == PERSON,
            may_confirm=may_write and answers.find_side(g.user, match) is not None,
            may_deny=may_write and answers.find_side(g.user, match, OTHER) is not None,
            may_take_back=may_write and answers.find_side(g.user, match, WITHDRAWN) is not None,
            is_disputed=match.state == CONFIRMED and bool(match.list_answers(OTHER)),
            is_reconsidered=match.is_undone and bool(match.list_answers(WITHDRAWN)),
        )  # fmt: skip

    @expose("/answer/<int:pk>", methods=["POST"])
    @has_access
    def answer(self, pk):
        match, decision = self.find(str(pk)), request.form.get("decision")
        if decision not in answers.DECISIONS:
            abort(400)

        def act():
            evidence, reason = request.form.get("evidence", ""), read_text(most=MAX_REASON)
            answers.record_answer(db.session, g.user, match, decision, evidence, reason)
            text = gettext("Your answer was saved. Both units are notified of the result.")
            return text, self.record_url(pk)

        return self.take_action(str(pk), act)


class ReportNoticeView(RecordPrintoutView):
    name, title, class_permission_name = "notice", _("Print the notice"), "ReportNotice"
    model, module, page = PersonReport, notices.NOTICE, "PersonReportView.show"


class PropertyReceiptView(RecordPrintoutView):
    name, title, class_permission_name = "property-receipt", _("Print the receipt"), "ReportNotice"
    model, module, page = PropertyReport, notices.RECEIPT, "PropertyReportView.show"
