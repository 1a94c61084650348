"""Who may do what is read from the table of roles, in memory; FAB asks the database once for each permission.

The signed-in user, his roles and the versions of all caches come with one statement.
"""

import json
from functools import cache

from flask import current_app, g, request
from flask_appbuilder.const import AUTH_DB, AUTH_LDAP
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import Group
from flask_appbuilder.security.views import RoleModelView, UserDBModelView, UserGroupModelView
from flask_login import current_user
from sqlalchemy import Text, bindparam, cast, func, select
from sqlalchemy.orm import joinedload

from app.accounts import (  # noqa: F401  (one listens)
    access_purpose,
    api_tokens,
    authentication,
    passwords,
    revoke_on_change,
    sessions,
    user_scope,
)
from app.accounts.account_views import AccountView, OwnPasswordView
from app.accounts.ldap import Directory
from app.accounts.models import ApiToken, SignIn, User
from app.accounts.permission_table import READ
from app.accounts.role_views import RoleScreen
from app.accounts.sign_in_views import (
    FreshSignInView,
    SecondStepView,
    SignInView,
)
from app.accounts.sso_views import OAuthView, RemoteUserView
from app.accounts.staff_session_views import PeopleSessionsView
from app.kernel.access.row_filter import kept
from app.kernel.actor import Actor, act_as
from app.kernel.database.versioned_cache import Version
from app.kernel.text import dates

# Past the proxy: a page asks dozens of times what its reader may do.
_here = g._get_current_object
FAB_SCREENS = {"Security": "UserDBModelView", "List Users": "UserDBModelView", "List Roles": "RoleModelView"}


@cache
def _reader_statement(on_sqlite, key, named):
    """The row of `key` that is `named`, its user with his roles, and all versions as text.

    Text, since a row that is made unique may hold no dictionary. `key` is SignIn or ApiToken.
    """
    gather = func.json_group_object if on_sqlite else func.json_object_agg
    versions = select(cast(gather(Version.name, Version.count), Text)).scalar_subquery()
    return kept(
        select(User, key, versions, user_scope.opened_for_reader(on_sqlite))
        .join(key, key.user_id == User.id)
        .where(getattr(key, named) == bindparam("named"), key.ended_at.is_(None))
        .options(joinedload(User.roles), joinedload(User.groups).joinedload(Group.roles))
    )


class NoTokens(SecurityApi):
    """FAB's API gives a token for a name and a password alone; nobody here asks for one."""

    include_route_methods = set()


# FAB's routes for acts answer an unknown act with a fault, before they ask who is there.
for _screen in (UserDBModelView, RoleModelView, UserGroupModelView):
    _screen.exclude_route_methods = {"action", "action_post", "delete", "download"}


class RegisterSecurity(Directory, SecurityManager):
    """FAB's security manager, with the table of roles as the one truth about permissions."""

    userstatschartview = None  # FAB's chart loads its code from another host
    security_api = NoTokens
    authdbview, authldapview, authoauthview, authremoteuserview = (
        SignInView,
        SignInView,
        OAuthView,
        RemoteUserView,
    )
    resetmypasswordview = OwnPasswordView
    rolemodelview = RoleScreen

    def register_views(self):
        super().register_views()
        for view in (SecondStepView, FreshSignInView, AccountView, PeopleSessionsView):
            self.appbuilder.add_view_no_menu(view)

    def auth_user_db(self, username, password):
        return authentication.by_password(username, password)

    auth_user_ldap = auth_user_db

    def auth_user_oauth(self, userinfo):
        return authentication.asked_elsewhere(userinfo.get("preferred_username"))

    def auth_user_remote_user(self, username):
        return authentication.asked_elsewhere(username)

    @property
    def keeps_passwords(self):
        """Whether the register itself knows the passwords; else a directory or another server does."""
        return self.auth_type == AUTH_DB

    def is_password_of(self, user, password):
        """Whether that is the password of `user`, who may be None; raises NoAnswer where nobody can say it."""
        if self.auth_type == AUTH_LDAP:
            return self.directory_knows(user, password)
        return passwords.is_right(user, password)

    def update_user_auth_stat(self, user, success=True):
        """Nothing: who has come in is counted by `signing_in.arrived`, past the lockout and the second step."""

    def reset_password(self, userid, password):
        passwords.give(self.get_user_by_id(userid), password)
        self.session.commit()

    def create_login_manager(self, app):
        made = super().create_login_manager(app)
        made.id_attribute = "begin_sign_in"  # every door of FAB's opens a session of ours
        made.request_loader(self.load_program)
        return made

    def load_user(self, token):
        """The user of the session whose token the cookie holds; None where it ended, or waits for a code."""
        user, row = self._bearer(SignIn, "token_hash", sessions.hash_of(str(token)))
        if user is None or row.waits_for_code:
            return None
        if sessions.is_over(row):
            g.sign_in_is_over = True
            return None
        sessions.seen(row)
        self.acts(user, row.mark)
        return user

    def load_program(self, asked):
        """The user in whose name a program asks the API with a token; None where it has no good one."""
        token = api_tokens.bearer(asked)
        if token is None:
            return None
        user, row = self._bearer(ApiToken, "mark", token.mark)
        if not api_tokens.is_good(row, token):
            return None
        g.api_token = row
        self.acts(user, row.mark)
        return user

    def _bearer(self, key, named, value):
        statement = _reader_statement(self.session.get_bind().dialect.name == "sqlite", key, named)
        found = self.session.execute(statement, {"named": value, "now": dates.now()}).unique().one_or_none()
        if found is None or not found[0].is_active:
            return None, None
        user, row, counts, g.opened = found
        g.versions = json.loads(counts or "{}")
        return user, row

    def acts(self, user, mark):
        """What this request reads and writes from now on is done by `user`."""
        purpose = access_purpose.of_request()
        g.purpose, g.purpose_note = purpose, purpose.note
        act_as(
            self.session,
            Actor(
                user.id,
                user.unit_code,
                scope=user_scope.scope_of(user, g.get("opened")),
                roles=frozenset(role.name for role in self.get_user_roles(user)),
                session_mark=mark,
                address=request.remote_addr or "",
                purpose=purpose.code,
                case_number=purpose.case_number,
            ),
        )

    @property
    def grants(self):
        return current_app.extensions["ecrime.grants"]

    def has_access(self, permission_name, view_name):
        token = _here().get("api_token")
        if token is not None and not token.writes and permission_name not in READ:
            return False
        return self.held_by_reader().may(permission_name, view_name)

    def held_by_reader(self):
        """What the reader of this request may do, looked up once: a page asks dozens of times."""
        user, here = current_user._get_current_object(), _here()
        known = here.get("held")
        if known is None or known[0] is not user:  # nobody becomes somebody in the request that signs in
            here.held = known = (user, self._held_by(user))
        return known[1]

    def _held_by(self, user):
        if not user.is_authenticated or not user.is_active:
            return self.grants.held_by_strangers()
        return self.grants.held_by(frozenset(role.name for role in self.get_user_roles(user)))

    def get_user_menu_access(self, menu_names=None):
        # FAB's own menu items have names that are not those of their screens.
        return {
            name for name in menu_names or () if self.has_access("menu_access", FAB_SCREENS.get(name, name))
        }

    def is_item_public(self, permission_name, view_name):
        return self.grants.held_by_strangers().may(permission_name, view_name)
