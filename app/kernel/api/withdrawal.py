"""The page part and the API action with which an author withdraws a row of a case or of a person."""

from functools import cached_property

from flask import flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel.api.actions import ApiAction, parse_form
from app.kernel.api.create import rejected_response
from app.kernel.api.request_body import BodyForm
from app.kernel.api.serialization import json_response
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.forms.inputs import MultilineField
from app.kernel.forms.validators import MaxLength, Required
from app.kernel.schema import record_lock
from app.kernel.screens.record_view import RecordView
from app.kernel.validation.withdrawal import withdraw

MAX_REASON = 400
PERMISSIONS = {"edit": "can_put", "add": "can_post"}  # of the page → of the API


class WithdrawalBody(BodyForm):
    """The reason of a withdrawal, from the page or the API."""

    reason = MultilineField(_("Reason"), [Required(), MaxLength(MAX_REASON)])


class WithdrawAction(ApiAction):
    """The withdrawal of a row by the API, with the permission of its page."""

    def __init__(self):
        super().__init__("withdraw")

    def register(self, api):
        self.resource = api.view.class_permission_name
        self.permission = PERMISSIONS[api.view.method_permission_name["withdraw"]]
        super().register(api)

    @property
    def right(self):
        return self.permission, self.resource

    @cached_property
    def form(self):
        return WithdrawalBody

    def respond(self, api, pk):
        record, form = api.find(pk), parse_form(self.form)
        try:
            with unit_of_work(where="WithdrawAction"):
                withdraw(record, form.reason.data, g.user.id)
        except SaveRejected as rejection:
            return rejected_response(rejection, form)
        return json_response({"result": api.to_json(pk)})


class WithdrawableView(RecordView):
    """View of a row that its author can withdraw within its 48 hours."""

    method_permission_name = RecordView.method_permission_name | {"withdraw": "edit"}
    show_template = "parts/withdrawable_row.html"

    @classmethod
    def make_api_actions(cls):
        return (WithdrawAction(),)

    def show_context(self, record, extra_rows):
        may_write = not record.is_void and self.may_do(self.method_permission_name["withdraw"])
        return super().show_context(record, extra_rows) | {
            "may_withdraw": may_write and record_lock.may_withdraw(record, g.user.id),
            "withdrawal_form": g.get("withdrawal_form") or WithdrawalBody(),
            "locks_at": record_lock.locks_at(record),
            "withdraw_url": url_for(f"{self.endpoint}.withdraw", pk=record.id),
        }

    def note_after_withdrawal(self, record):
        """Return what the author is warned of after the withdrawal, or nothing."""
        return ""

    @expose("/withdraw/<pk>", methods=["POST"])
    @has_access
    def withdraw(self, pk):
        record, form = self.find(pk), WithdrawalBody(request.form)
        parents, g.withdrawal_form = getattr(record, "__parents__", ()), form
        parent = (getattr(record, parents[0]) if parents else None) or record  # its parent may be hidden
        parent_url = self.find_view(parent).record_url(parent.id)
        if not form.validate():
            return make_response(self.show(pk), UNPROCESSABLE)
        try:
            with unit_of_work(where=type(self).__name__):
                withdraw(record, form.reason.data, g.user.id)
        except SaveRejected as rejection:
            form.show_problems(rejection.problems, {})
            flash(rejection.message, "warning")
            return make_response(self.show(pk), rejection.status)
        flash(gettext("Withdrawn. The row stays as void."), "success")
        if note := self.note_after_withdrawal(record):
            flash(str(note), "warning")
        return redirect(parent_url)
