"""REST API for court orders, their events, their scans and their matches."""
# commits: the answer to a match and the link of an arrest by the API

from functools import cached_property

from flask import abort
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app.confirmations.views import build_decide_actions
from app.court_orders import match_answers, verification, views
from app.court_orders.action_views import ACTION_VIEWS
from app.court_orders.arrest_link_views import link_arrest
from app.court_orders.models import OrderMatch
from app.extensions import db
from app.kernel.api.actions import AddRowAction, ApiAction, parse_form
from app.kernel.api.create import rejected_response
from app.kernel.api.problem_details import problem_response
from app.kernel.api.record_api import RecordApi, make_api
from app.kernel.api.request_body import BodyForm
from app.kernel.api.serialization import json_response
from app.kernel.api.uploads import ScanAction
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import CONFLICT
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.forms.inputs import IntegerField
from app.kernel.forms.validators import Required
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.screens.record_view import RecordView


class CheckBody(verification.CheckFields, BodyForm):
    """Request body of the check."""

    def populate(self, record, formdata):
        record.note = self.note.data  # `fill_row` sets the person, after the checks


class CheckAction(AddRowAction):
    """Check by a second officer. It can register the person named in the order."""

    form = CheckBody

    def fill_row(self, pk, model, row, form):
        row.kind = "checked"
        return verification.fill_check(row, db.session.get(model, pk), form)


class ArrestLinkBody(BodyForm):
    """Request body of a link: the id of the arrest."""

    arrest = IntegerField(_("Arrest"), [Required()])


class ArrestLinkAction(ApiAction):
    """Link of a saved arrest, which then has executed the order."""

    right, form, fixed = ("can_post", "OrderEvent"), ArrestLinkBody, {}

    def respond(self, api, pk):
        order, form = api.find(pk), parse_form(self.form)
        try:
            with unit_of_work(where="ArrestLinkAction"):
                if link_arrest(order, form.arrest.data) is None:
                    text = gettext("This arrest cannot be linked to the order.")
                    raise RuleViolation([Problem("arrest", text, "V081")])
        except SaveRejected as rejection:
            return rejected_response(rejection, form)
        return json_response({"result": api.to_json(pk)})


OrderFileApi = make_api(views.OrderFileView)


class OrderEventApi(RecordApi):
    view, resource_name = views.OrderEventView, views.OrderEventView.resource_name
    api_actions = build_decide_actions()


def _action_name(view):
    return view.route_base.removeprefix("/order-")


class CourtOrderApi(RecordApi):
    view, resource_name = views.CourtOrderView, "court-orders"
    api_actions = (
        CheckAction("check", OrderEventApi, "order", (), {"kind": "checked"}),
        *(
            AddRowAction(
                _action_name(one), OrderEventApi, one.parent_link, one.add_columns, {"kind": one.kind}
            )
            for one in ACTION_VIEWS
        ),
        ArrestLinkAction("arrest"),
        ScanAction("scan", OrderFileApi, "order", "CourtOrder"),
    )


class OrderMatchRecordView(RecordView):
    """Matches as records for the API. Their pages are in `match_views`."""

    datamodel = SQLAInterface(OrderMatch)
    class_permission_name = "OrderMatch"
    base_permissions = ["can_list", "can_show"]
    search_columns = ["state"]
    needs_purpose = frozenset((access_log.OPEN,))


class AnswerBody(match_answers.AnswerFields, BodyForm):
    """Request body of an answer."""


class AnswerAction(ApiAction):
    """One of the three answers to a match."""

    right = ("can_answer", "OrderMatch")

    def __init__(self, name, kind):
        super().__init__(name)
        self.kind = kind

    @cached_property
    def form(self):
        return AnswerBody

    def respond(self, api, pk):
        match = api.find(pk)
        form = parse_form(self.form)
        if not match_answers.may_answer(current_user, match):
            abort(403)
        try:
            with unit_of_work(where="AnswerAction"):
                match_answers.record_answer(
                    db.session, match, self.kind, form.reason.data, form.minutes.data, form.compared.data
                )
        except SaveRejected as rejection:
            if isinstance(rejection.__cause__, match_answers.AlreadyAnswered):
                return problem_response(CONFLICT, rejection.message)
            return rejected_response(rejection, form)
        return json_response({"result": api.to_json(pk)})


class OrderMatchApi(RecordApi):
    view, resource_name = OrderMatchRecordView, "matches"
    additional_columns = ("order_id", "case_id")
    api_actions = (
        AnswerAction("confirm", "match_confirmed"),
        AnswerAction("reject", "match_denied"),
        AnswerAction("extend", "match_extended"),
    )


APIS = (CourtOrderApi, OrderEventApi, OrderMatchApi)
