"""Requests for a second administrator: made by one, decided by another."""

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.accounts import staff_actions
from app.accounts import staff_queries as people
from app.accounts.reauthentication import require_fresh_sign_in
from app.accounts.staff_models import REQUESTED, StaffRequest
from app.accounts.staff_views import NOT_YOURS, commit_or_abort, get_template_helpers


class StaffRequestView(BaseView):
    """The list of requests and the decision on one of them."""

    route_base = "/staff-requests"
    default_view = "list"
    class_permission_name = "StaffRequest"
    method_permission_name = {"list": "list", "decide": "edit"}

    @expose("/list/")
    @has_access
    def list(self):
        me = people.get_granter()
        waiting = people.list_pending_requests()
        return self.render_template(
            "accounts/staff_requests.html",
            title=gettext("Waiting for a second administrator"),
            waiting=waiting,
            decidable={one.id for one in waiting if staff_actions.may_decide(me, one)},
            own={one.id for one in waiting if one.requested_by_id == me.user_id},
            decided=people.list_requests(StaffRequest.state != REQUESTED)[:20],
            **get_template_helpers(),
        )

    @expose("/decide/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def decide(self, pk):
        found = people.list_requests(StaffRequest.id == pk) or abort(404)
        approved = request.form.get("decision") == "yes"
        if request.form.get("decision") not in ("yes", "no"):
            abort(400)
        done, password = commit_or_abort(
            lambda: staff_actions.decide_request(people.get_granter(), found[0], approved)
        )
        if not done:
            abort(403, str(NOT_YOURS))
        if password:
            return self.render_template(
                "accounts/staff_password.html",
                title=gettext("One-time password"),
                user=found[0].user,
                password=password,
            )
        flash(gettext("Approved and applied.") if approved else gettext("Refused."), "success")
        return redirect(url_for(".list"))
