"""The open sessions of somebody whom one looks after, to be ended, and his name to be opened after wrong tries."""

from flask import abort, flash, redirect, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.accounts import delegation as acts
from app.accounts import lockout, sessions
from app.accounts import staff_queries as people
from app.accounts.admin_scope import rules, standing
from app.accounts.audit_events import note
from app.accounts.models import SignIn
from app.extensions import db


class PeopleSessionsView(BaseView):
    """Beside the page of one's people (`StaffView`), with its rights."""

    route_base = "/staff-sessions"
    default_view = "page"
    class_permission_name = "Staff"
    method_permission_name = {"page": "show", "end": "edit", "open_name": "edit"}

    def _found(self, pk, changes=True):
        """The user, where the reader looks after him; 404 or 403 otherwise."""
        me, user = people.granter(), people.found(people.granter(), pk)
        if changes and not rules().may(me, acts.CHANGE, standing(user)):
            abort(403)
        return user

    @expose("/<int(max=2147483647):pk>")
    @has_access
    def page(self, pk):
        user = self._found(pk, changes=False)
        return self.render_template(
            "accounts/people_sessions.html",
            title=gettext("Open sessions"),
            user=user,
            rows=sessions.open_of(user.id),
            is_locked=lockout.is_locked(user.username, address=False),
        )

    @expose("/<int(max=2147483647):pk>/end", methods=["POST"])
    @has_access
    def end(self, pk):
        """All sessions of that user."""
        user = self._found(pk)
        count = sessions.end("administrator", SignIn.user_id == user.id, by=people.granter().user_id)
        note(db.session(), "session.ended", user, count=count)
        db.session.commit()
        flash(gettext("The sessions have ended."), "success")
        return redirect(url_for(".page", pk=pk))

    @expose("/<int(max=2147483647):pk>/open", methods=["POST"])
    @has_access
    def open_name(self, pk):
        user = self._found(pk)
        lockout.open_again(user.username)
        note(db.session(), "signin.opened", user)
        db.session.commit()
        flash(gettext("The name is open again."), "success")
        return redirect(url_for(".page", pk=pk))
