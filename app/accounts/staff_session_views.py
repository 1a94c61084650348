"""Sessions of a managed user, and locked sign-ins: an administrator ends sessions and unlocks names and addresses."""

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.accounts import delegation as acts
from app.accounts import lockout, sessions
from app.accounts import staff_queries as people
from app.accounts.admin_scope import get_admin_profile, get_delegation
from app.accounts.audit_events import queue_event
from app.accounts.models import LoginSession
from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.database.transactions import commit


class StaffSessionsView(BaseView):
    """Pages of one user's sessions, with the permissions of `StaffView`."""

    route_base = "/staff-sessions"
    default_view = "page"
    class_permission_name = "Staff"
    method_permission_name = {
        "page": "show", "end": "edit", "unlock": "edit", "addresses": "show", "unlock_address": "edit",
    }  # fmt: skip

    def _get_user(self, pk, changes=True):
        """Return the user if the reader manages them. Abort with 404 or 403 otherwise."""
        me, user = people.get_granter(), people.get_user_or_404(people.get_granter(), pk)
        if changes and not get_delegation().may(me, acts.CHANGE, get_admin_profile(user)):
            abort(403)
        return user

    @expose("/<int(max=2147483647):pk>")
    @has_access
    def page(self, pk):
        user = self._get_user(pk, changes=False)
        return self.render_template(
            "accounts/staff_sessions.html",
            title=gettext("Active sessions"),
            user=user,
            rows=sessions.list_open_sessions(user.id),
            is_locked=lockout.is_locked(user.username, address=False),
        )

    @expose("/<int(max=2147483647):pk>/end", methods=["POST"])
    @has_access
    def end(self, pk):
        """End all sessions of the user."""
        user = self._get_user(pk)
        count = sessions.end_sessions(
            sessions.ADMINISTRATOR, LoginSession.user_id == user.id, by=people.get_granter().user_id
        )
        queue_event(db.session(), "session.ended", user, count=count)
        commit()
        flash(gettext("The sessions have ended."), "success")
        return redirect(url_for(".page", pk=pk))

    @expose("/<int(max=2147483647):pk>/unlock", methods=["POST"])
    @has_access
    def unlock(self, pk):
        user = self._get_user(pk)
        lockout.unlock_name(user.username)
        queue_event(db.session(), "sign_in.unlocked", user)
        commit()
        flash(gettext("This user name can sign in again."), "success")
        return redirect(url_for(".page", pk=pk))

    @expose("/addresses")
    @has_access
    def addresses(self):
        """List the locked addresses. An address belongs to no unit, so only national administrators see them."""
        self._require_all_units()
        return self.render_template(
            "accounts/locked_addresses.html",
            title=gettext("Locked addresses"),
            rows=lockout.list_locked_addresses(),
        )

    @expose("/addresses/unlock", methods=["POST"])
    @has_access
    def unlock_address(self):
        self._require_all_units()
        address = request.form.get("address", "")[:45]
        if lockout.unlock_address(address):
            recorder.record(db.session, "sign_in.unlocked", "address", address=address)
            commit()
            flash(gettext("Users at this address can sign in again."), "success")
        return redirect(url_for(".addresses"))

    def _require_all_units(self):
        if people.get_granter().managed_units is not None:
            abort(403)
