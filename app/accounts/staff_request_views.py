"""Requests for a second person: made by one, decided by another."""

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.accounts import second_person, staff_requests
from app.accounts import staff_queries as people
from app.accounts.reauthentication import require_fresh_sign_in
from app.accounts.scope_texts import describe_changes, find_scope_row
from app.accounts.staff_models import REQUESTED, StaffRequest
from app.accounts.staff_views import NOT_YOURS, commit_or_abort, get_template_helpers, read_reason


class StaffRequestView(BaseView):
    """The list of requests, the page of one, and its decision."""

    route_base = "/staff-requests"
    default_view = "list"
    class_permission_name = "StaffRequest"
    method_permission_name = {"list": "list", "show": "list", "decide": "decide"}

    @expose("/list/")
    @has_access
    def list(self):
        return self._page(people.list_pending_requests(g.user), people.list_decided_requests(g.user))

    def _page(self, requests, decided=(), problem=""):
        waiting = [one for one in requests if one.state == REQUESTED]
        return self.render_template(
            "accounts/staff_requests.html",
            title=gettext("Waiting for a second person"),
            waiting=waiting,
            decided=decided,
            decidable={one.id for one in waiting if second_person.may_decide(g.user, one)},
            describe_changes=describe_changes,
            find_scope_row=find_scope_row,
            problem=problem,
            **get_template_helpers(),
        )

    @expose("/show/<int(max=2147483647):pk>")
    @has_access
    def show(self, pk):
        found = self._find(pk)
        return self._page([found], [found] if found.state != REQUESTED else [])

    def _find(self, pk):
        """Return the request if the reader may decide it, made or decided it, or administers all units."""
        found = next(iter(people.list_requests(StaffRequest.id == pk)), None) or abort(404)
        is_involved = g.user.id in (found.requested_by_id, found.decided_by_id)
        is_visible = is_involved or people.get_granter().managed_units is None
        return found if is_visible or second_person.may_decide(g.user, found) else abort(404)

    @expose("/decide/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def decide(self, pk):
        found, note = self._find(pk), read_reason("note")
        approved = request.form.get("decision") == "yes"
        if request.form.get("decision") not in ("yes", "no"):
            abort(400)
        if found.state != REQUESTED:
            abort(409, gettext("This request was already decided."))
        if not second_person.may_decide(g.user, found):
            abort(403, str(NOT_YOURS))
        obstacle = second_person.find_obstacle(found) if approved else None
        if obstacle is not None:
            abort(409, str(obstacle))
        if not note:
            return self._page([found], problem=gettext("Enter the reason for the decision.")), 422
        user = found.user
        password = commit_or_abort(lambda: staff_requests.decide_request(g.user.id, found, approved, note))
        if password:
            return self.render_template(
                "accounts/staff_password.html",
                title=gettext("One-time password"),
                user=user,
                password=password,
            )
        flash(gettext("Approved and applied.") if approved else gettext("Refused."), "success")
        return redirect(url_for(".list"))
