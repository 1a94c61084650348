"""Who may do what is read from the table of roles, in memory; FAB asks the database once for each permission.

The signed-in user, his roles and the versions of all caches come with one statement.
"""

import json
from functools import cache

from flask import current_app, g
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import Group
from flask_appbuilder.security.views import RoleModelView, UserDBModelView, UserGroupModelView
from flask_login import current_user
from sqlalchemy import Text, bindparam, cast, func, select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.kernel.records import Actor, act_as
from app.kernel.versions import Version

FAB_SCREENS = {"Security": "UserDBModelView", "List Users": "UserDBModelView", "List Roles": "RoleModelView"}


@cache
def _reader_statement(on_sqlite):
    """The user `pk` with his roles, and all versions as text: a row that is made unique may hold no dictionary."""
    gather = func.json_group_object if on_sqlite else func.json_object_agg
    versions = select(cast(gather(Version.name, Version.count), Text)).scalar_subquery()
    return (
        select(User, versions)
        .where(User.id == bindparam("pk"))
        .options(joinedload(User.roles), joinedload(User.groups).joinedload(Group.roles))
    )


class NoTokens(SecurityApi):
    """FAB's API gives a token for a name and a password alone; nobody here asks for one."""

    include_route_methods = set()


# FAB's routes for acts answer an unknown act with a fault, before they ask who is there.
for _screen in (UserDBModelView, RoleModelView, UserGroupModelView):
    _screen.exclude_route_methods = {"action", "action_post", "delete", "download"}


class RegisterSecurity(SecurityManager):
    """FAB's security manager, with the table of roles as the one truth about permissions."""

    userstatschartview = None  # FAB's chart loads its code from another host
    security_api = NoTokens

    def load_user(self, pk):
        statement = _reader_statement(self.session.get_bind().dialect.name == "sqlite")
        row = self.session.execute(statement, {"pk": int(pk)}).unique().one_or_none()
        if row is None or not row[0].is_active:
            return None
        user, counts = row
        g.versions = json.loads(counts or "{}")
        act_as(self.session, Actor(user.id, user.unit_code))
        return user

    @property
    def grants(self):
        return current_app.extensions["ecrime.grants"]

    def has_access(self, permission_name, view_name):
        return self.held_by_reader().may(permission_name, view_name)

    def held_by_reader(self):
        """What the reader of this request may do, looked up once: a page asks dozens of times."""
        user = current_user._get_current_object()
        known = g.get("held")
        if known is None or known[0] is not user:  # nobody becomes somebody in the request that signs in
            g.held = known = (user, self._held_by(user))
        return known[1]

    def _held_by(self, user):
        if not user.is_authenticated or not user.is_active:
            return self.grants.held_by_everybody()
        return self.grants.held_by(frozenset(role.name for role in self.get_user_roles(user)))

    def get_user_menu_access(self, menu_names=None):
        # FAB's own menu items have names that are not those of their screens.
        return {
            name for name in menu_names or () if self.has_access("menu_access", FAB_SCREENS.get(name, name))
        }

    def is_item_public(self, permission_name, view_name):
        return self.grants.held_by_everybody().may(permission_name, view_name)
