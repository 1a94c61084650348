"""The page and the API of the second officer's decision, for every record that needs one."""

from functools import cached_property

from flask import abort, g, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.confirmations.decisions import DECISIONS, may_decide, record_decision
from app.confirmations.models import CONFIRMED, REJECTED
from app.kernel.api.actions import ApiAction, parse_form
from app.kernel.api.create import rejected_response
from app.kernel.api.request_body import BodyForm
from app.kernel.api.serialization import json_response
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.forms.inputs import MultilineField
from app.kernel.forms.validators import MaxLength
from app.kernel.screens.action_problems import MAX_TEXT, read_text
from app.kernel.screens.record_view import RecordView


class ConfirmedView(RecordView):
    """View of a record that a second officer confirms or rejects. It is reported once and never edited."""

    base_permissions = ["can_list", "can_show", "can_add"]
    method_permission_name = RecordView.method_permission_name | {"decide": "add"}
    show_template = "confirmations/record.html"
    decision_joins = None  # load options for what a decision changes with the record

    def show_context(self, record, extra_rows):
        may_write = not g.read_only and self.may_do("add")
        return super().show_context(record, extra_rows) | {
            "may_decide": may_write and may_decide(g.user, record),
            "decide_endpoint": f"{self.endpoint}.decide",
        }

    @expose("/decide/<pk>", methods=["POST"])
    @has_access
    def decide(self, pk):
        record, decision = self.find(pk, joins=self.decision_joins), request.form.get("confirmation", "")
        if decision not in DECISIONS:
            abort(400)
        return self.take_action(pk, lambda: record_decision(record, decision, read_text()))


class DecisionBody(BodyForm):
    """Request body of a decision."""

    reason = MultilineField(_("Reason"), [MaxLength(MAX_TEXT)])


class DecideAction(ApiAction):
    """The confirmation or rejection by the API."""

    def __init__(self, name, decision):
        super().__init__(name)
        self.decision = decision

    def register(self, api):
        self.resource = api.view.class_permission_name
        super().register(api)

    @property
    def right(self):
        return "can_post", self.resource

    @cached_property
    def form(self):
        return DecisionBody

    def respond(self, api, pk):
        record, form = api.find(pk), parse_form(self.form)
        try:
            with unit_of_work(where="DecideAction"):
                record_decision(record, self.decision, form.reason.data)
        except SaveRejected as rejection:
            return rejected_response(rejection, form)
        return json_response({"result": api.to_json(pk)})


def build_decide_actions():
    return DecideAction("confirm", CONFIRMED), DecideAction("reject", REJECTED)
