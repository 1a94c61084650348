"""The security manager: permissions come from the permission table in memory, not from FAB's tables.

FAB queries the database for each permission. Here one statement loads the signed-in user, their roles and the
versions of all caches.
"""
# unrestricted: sets the actor of a request at sign-in

import json
from functools import cache

from flask import current_app, g, request
from flask_appbuilder.const import AUTH_DB, AUTH_LDAP
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import Group
from flask_appbuilder.security.views import RoleModelView, UserDBModelView, UserGroupModelView
from flask_login import current_user
from sqlalchemy import Text, bindparam, cast, func, null, select
from sqlalchemy.orm import joinedload

from app.accounts import (
    access_purpose,
    api_tokens,
    authentication,
    entry_right,
    passwords,
    sessions,
    user_scope,
)
from app.accounts.account_functions import get_functions
from app.accounts.account_views import AccountView, OwnPasswordView
from app.accounts.disabled_fab_views import disable_fab_views
from app.accounts.ldap import LdapMixin
from app.accounts.models import ApiToken, LoginSession, User
from app.accounts.permission_table import READ
from app.accounts.role_views import RoleView
from app.accounts.sign_in_views import (
    ReauthenticationView,
    SecondFactorView,
    SignInView,
)
from app.accounts.sso_views import OAuthView
from app.accounts.staff_session_views import StaffSessionsView
from app.kernel.access.row_filter import cacheable
from app.kernel.actor import Actor, act_as
from app.kernel.database.versioned_cache import CacheVersion
from app.kernel.text import dates

# Without the proxy, because a page checks dozens of permissions.
_get_current_g = g._get_current_object
FAB_VIEWS = {"Security": "UserDBModelView", "List Users": "UserDBModelView", "List Roles": "RoleModelView"}


@cache
def _build_reader_statement(on_sqlite, key, named, asks_certificate):
    """Return the SELECT of a session or token, its user with roles, and all cache versions as JSON text.

    With `asks_certificate` also until when the certificate of the user is valid.

    `key` is the model of the session or token, `named` its column that identifies the row. The versions are text
    because `unique()` needs hashable values.
    """
    gather = func.json_group_object if on_sqlite else func.json_object_agg
    versions = select(cast(gather(CacheVersion.name, CacheVersion.count), Text)).scalar_subquery()
    valid_until = entry_right.select_valid_until() if asks_certificate else null()
    return cacheable(
        select(User, key, versions, user_scope.select_reader_grants(on_sqlite), valid_until)
        .join(key, key.user_id == User.id)
        .where(getattr(key, named) == bindparam("named"), key.ended_at.is_(None))
        .options(joinedload(User.roles), joinedload(User.groups).joinedload(Group.roles))
    )


class DisabledSecurityApi(SecurityApi):
    """FAB's security API without routes: it would give a token for a name and a password alone."""

    include_route_methods = set()


# FAB's action routes fail on an unknown action before they check permissions.
for _view in (UserDBModelView, RoleModelView, UserGroupModelView):
    _view.exclude_route_methods = {"action", "action_post", "delete", "download"}


class EcrimeSecurityManager(LdapMixin, SecurityManager):
    """FAB's security manager, with the permission table as the only source of permissions."""

    userstatschartview = None  # FAB's chart loads a script from another host
    security_api = DisabledSecurityApi
    authdbview, authldapview, authoauthview = SignInView, SignInView, OAuthView
    resetmypasswordview = OwnPasswordView
    rolemodelview = RoleView

    def register_views(self):
        disable_fab_views()
        super().register_views()
        for view in (SecondFactorView, ReauthenticationView, AccountView, StaffSessionsView):
            self.appbuilder.add_view_no_menu(view)

    def auth_user_db(self, username, password):
        return authentication.authenticate_password(username, password)

    auth_user_ldap = auth_user_db

    def auth_user_oauth(self, userinfo):
        return authentication.authenticate_external(userinfo.get("preferred_username"))

    @property
    def stores_passwords(self):
        """Return whether this system stores the passwords, not a directory or another server."""
        return self.auth_type == AUTH_DB

    def is_password_correct(self, user, password):
        """Return whether the password of `user` (or None) is right.

        Raise PasswordServerError if the directory does not answer.
        """
        if self.auth_type == AUTH_LDAP:
            return self.is_ldap_password(user, password)
        return passwords.is_password_correct(user, password)

    def update_user_auth_stat(self, user, success=True):
        """Do nothing: `authentication.complete_sign_in` counts sign-ins, after the second factor."""

    def reset_password(self, userid, password):
        passwords.set_password(self.get_user_by_id(userid), password)
        self.session.commit()  # commits: FAB saves the password itself

    def create_login_manager(self, app):
        manager = super().create_login_manager(app)
        manager.id_attribute = "begin_sign_in"  # every sign-in view of FAB begins a stored session
        manager.request_loader(self.load_token_user)
        return manager

    def load_user(self, token):
        """Return the user of the session token in the cookie, or None if it ended or waits for a code."""
        user, row = self._load_bearer(LoginSession, "token_hash", sessions.hash_token(str(token)))
        if user is None or row.awaits_second_factor:
            return None
        if sessions.is_session_expired(row):
            return None
        sessions.mark_session_seen(row)
        self.set_actor(user, row.session_ref)
        return user

    def load_token_user(self, api_request):
        """Return the user of the request's API token, or None without a valid token."""
        token = api_tokens.read_bearer_token(api_request)
        if token is None:
            return None
        user, row = self._load_bearer(ApiToken, "public_id", token.public_id)
        if not api_tokens.is_token_valid(row, token):
            return None
        g.api_token = row
        self.set_actor(user, row.public_id)
        return user

    def _load_bearer(self, key, named, value):
        asks = entry_right.get_mode() != entry_right.OFF
        on_sqlite = self.session.get_bind().dialect.name == "sqlite"
        statement = _build_reader_statement(on_sqlite, key, named, asks)
        found = self.session.execute(statement, {"named": value, "now": dates.now()}).unique().one_or_none()
        if found is None or not found[0].is_active:
            return None, None
        user, row, counts, g.opened, valid_until = found
        g.entry_right = entry_right.find_right(user, valid_until) if asks else None
        g.versions = json.loads(counts or "{}")
        return user, row

    def set_actor(self, user, session_ref):
        """Make `user` the actor of this request, with their scope, roles and purpose."""
        purpose = access_purpose.get_request_purpose()
        g.purpose, g.purpose_note = purpose, purpose.note
        act_as(
            self.session,
            Actor(
                user.id,
                user.unit_code,
                scope=user_scope.build_user_scope(user, g.get("opened")),
                roles=frozenset(role.name for role in self.get_user_roles(user)),
                session_ref=session_ref,
                address=request.remote_addr or "",
                purpose=purpose.code,
                case_number=purpose.case_number,
                is_case_unknown=purpose.is_case_unknown,
                may_enter=entry_right.may_enter(g.get("entry_right")),
            ),
        )

    @property
    def permission_table(self):
        return current_app.extensions["ecrime.permission_table"]

    def has_access(self, permission_name, view_name):
        token = _get_current_g().get("api_token")
        if token is not None and not token.writes and permission_name not in READ:
            return False
        return self.get_reader_permissions().may(permission_name, view_name)

    def get_reader_permissions(self):
        """Return the permissions of the reader, looked up once in a request."""
        user, here = current_user._get_current_object(), _get_current_g()
        known = here.get("reader_permissions")
        if known is None or known[0] is not user:  # the user changes in the request that signs in
            here.reader_permissions = known = (user, self._find_permissions(user))
        return known[1]

    def _find_permissions(self, user):
        if not user.is_authenticated or not user.is_active:
            return self.permission_table.get_anonymous_permissions()
        return self.permission_table.get_permissions(
            frozenset(role.name for role in self.get_user_roles(user)) | get_functions(user),
            entry_right.may_enter(_get_current_g().get("entry_right")),
        )

    def get_user_menu_access(self, menu_names=None):
        # FAB's own menu items and their views have different names.
        return {
            name for name in menu_names or () if self.has_access("menu_access", FAB_VIEWS.get(name, name))
        }

    def is_item_public(self, permission_name, view_name):
        return self.permission_table.get_anonymous_permissions().may(permission_name, view_name)
