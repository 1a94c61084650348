"""Check of every flush: it may change accounts and roles only as far as the actor's rights allow.

`before_flush` applies the same rules as the views to every path: our forms, FAB's forms, the API and scripts with a
user as actor. The system (the operator's commands) may do everything. No user may change roles or groups themselves.
Bulk statements, which bypass the session's objects, are refused.
"""

from flask_appbuilder.security.sqla.models import Group, PermissionView, Role
from flask_babel import lazy_gettext as _
from sqlalchemy import inspect
from sqlalchemy.orm.attributes import PASSIVE_OFF, get_history

from app.accounts import delegation as acts
from app.accounts.admin_scope import (
    find_subordinate_units,
    get_admin_profile,
    get_delegation,
    get_role_names,
    is_national,
)
from app.accounts.models import User
from app.accounts.staff_models import DONE, StaffRequest
from app.kernel.actor import UNRESTRICTED, actor_of
from app.kernel.database.sqlalchemy_patches import written_columns
from app.kernel.schema.rules import Problem, RuleViolation
from app.reference.models import Unit

GUARDED_TABLES = {
    "ab_user", "ab_user_role", "ab_user_group", "ab_group", "ab_group_role", "ab_role", "ab_permission_view_role",
    "staff_request",
}  # fmt: skip
COUNTER_COLUMNS = {"login_count", "fail_login_count", "last_login"}
IMMUTABLE_COLUMNS = {"username", "email"}  # a sign-in finds the account by these
NOT_SELF_EDITABLE = {
    "name_km",
    "rank",
    "phone",
    "unit_code",
    "active",
    "active_since",
    "closed_at",
    "close_reason",
}
REFUSAL = _("You do not have permission to do this with this account.")


def refuse_bulk_statements(state):
    if state.is_select or not hasattr(state.statement, "table"):
        return
    table = getattr(state.statement.table, "name", "")
    if table not in GUARDED_TABLES or actor_of(state.session).scope == UNRESTRICTED:
        return
    written = written_columns(state.statement)
    if not (state.is_update and table == "ab_user" and written and written <= COUNTER_COLUMNS):
        raise RuleViolation([Problem("", REFUSAL)])


def check_account_changes(session, _context, _instances):
    if actor_of(session).scope == UNRESTRICTED:
        return
    watched = (User, Role, Group, PermissionView, StaffRequest)
    touched = [one for one in (*session.new, *session.dirty, *session.deleted) if isinstance(one, watched)]
    if not touched:
        return
    with session.no_autoflush:
        check = _FlushCheck(session)
        if not all(check.is_allowed(one) for one in touched):
            raise RuleViolation([Problem("", REFUSAL)])


class _FlushCheck:
    """The check of one flush by one user."""

    def __init__(self, session):
        self.session, self.actor_id = session, actor_of(session).user_id
        self._granter = None

    @property
    def granter(self):
        """Return the actor's AdminProfile as it was in the database before this flush."""
        if self._granter is None:
            user = self.session.get(User, self.actor_id) if self.actor_id else None
            self._granter = (
                get_admin_profile(user, self.session) if user is not None else acts.AdminProfile(None)
            )
        return self._granter

    def may(self, act, target, role=None, request=None):
        """Return whether the actor may do this, alone or by the request that this flush approves."""
        rule = get_delegation()
        if not rule.may(self.granter, act, target, role):
            return False
        return not rule.needs_second(self.granter, act, target, role) or self.is_approved(act, target, role)

    def is_approved(self, act, target, role):
        return any(
            isinstance(one, StaffRequest)
            and (one.act, one.user_id, one.role, one.state) == (act, target.user_id, role, DONE)
            and one.decided_by_id == self.actor_id != one.requested_by_id
            for one in self.session.dirty
        )

    def is_allowed(self, one):
        if one in self.session.deleted:
            return False
        if isinstance(one, User):
            return self._may_add(one) if one in self.session.new else self._may_change(one)
        if isinstance(one, StaffRequest):
            return self._may_request(one) if one in self.session.new else self._may_decide(one)
        # A granted or removed role is dirty too. Only its users differ, and they are checked themselves.
        return one not in self.session.new and not _changed_columns(one) and not _has_member_changes(one)

    def _may_add(self, user):
        unit = self._get_unit(_new_unit_code(user))
        target = acts.AdminProfile(
            None, frozenset(), unit.code if unit is not None else None, is_national(unit)
        )
        roles = get_role_names(user)
        return (
            not user.groups
            and self.may(acts.ADD, target)
            and all(self.may(acts.ASSIGN, target, role) for role in roles)
            and get_delegation().can_combine(roles)
        )

    def _may_change(self, user):
        changed, added, removed = _changed_columns(user), *_collection_changes(user, "roles")
        if any(_collection_changes(user, "groups")) or changed & IMMUTABLE_COLUMNS:
            return False
        if user.id == self.actor_id:
            return not added and not removed and changed.isdisjoint(NOT_SELF_EDITABLE)
        if changed <= COUNTER_COLUMNS and not added and not removed:
            return True
        before = self._build_previous_profile(user, added, removed)
        return (
            all(self.may(acts.REMOVE, before, role.name) for role in removed)
            and all(self.may(acts.ASSIGN, before, role.name) for role in added)
            and self._may_change_columns(user, changed, before)
        )

    def _may_change_columns(self, user, changed, before):
        is_reopened = "active" in changed and user.active
        act_of = {
            acts.REOPEN: is_reopened,
            acts.CLOSE: "active" in changed and not user.active,
            acts.PASSWORD: "password" in changed,
            acts.CHANGE: bool(changed - COUNTER_COLUMNS - {"active", "password"}),
        }
        allowed = [self.may(act, before) for act, is_done in act_of.items() if is_done]
        return all(allowed) and ("unit_code" not in changed or self._may_move(user, before))

    def _may_move(self, user, before):
        old, new = self._get_unit(before.unit), self._get_unit(_new_unit_code(user))
        if new is None:
            return False
        after = acts.AdminProfile(user.id, before.roles, new.code, is_national(new))
        narrower = old is not None and new.code in find_subordinate_units(self.session, old)
        return get_delegation().may_move(self.granter, before, after, narrower)

    def _build_previous_profile(self, user, added, removed):
        roles = (get_role_names(user) - {role.name for role in added}) | {role.name for role in removed}
        code = inspect(user).attrs.unit_code.history
        unit_code = code.deleted[0] if code.deleted else user.unit_code
        return acts.AdminProfile(user.id, frozenset(roles), unit_code, is_national(self._get_unit(unit_code)))

    def _get_unit(self, code):
        return self.session.get(Unit, code) if code else None

    def _may_request(self, request):
        if _has_linked_objects(request):
            return False
        target = get_admin_profile(self.session.get(User, request.user_id))
        return (
            request.requested_by_id == self.actor_id
            and request.decided_by_id is None
            and request.act in acts.TWO_PERSON_ACTS
            and get_delegation().may(self.granter, request.act, target, request.role)
        )

    def _may_decide(self, request):
        history = inspect(request).attrs.state.history
        only = _changed_columns(request) <= {
            "state",
            "decided_by_id",
            "decided_at",
        } and not _has_linked_objects(request)
        was_pending = bool(history.deleted) and history.deleted[0] == "requested"
        return (
            only
            and was_pending
            and request.decided_by_id == self.actor_id != request.requested_by_id
            and (
                get_delegation().can_manage_all_units(self.granter.roles) and request.user_id != self.actor_id
            )
        )


def _changed_columns(one):
    """Return the names of the columns that this flush would write."""
    attributes = inspect(one).attrs
    columns = one.__mapper__.column_attrs
    found = {column.key for column in columns if attributes[column.key].history.has_changes()}
    if isinstance(one, User) and attributes.unit.history.has_changes():
        found.add("unit_code")  # the flush copies the key of the unit later
    return found - {"changed_on", "changed_by_fk"}


def _new_unit_code(user):
    """Return the unit code that this flush would write, set by key or by object."""
    history = inspect(user).attrs.unit.history
    if history.has_changes():
        return history.added[0].code if history.added and history.added[0] is not None else None
    return user.unit_code


def _has_linked_objects(request):
    """Return whether the users of a request were set as objects, not by key. The rules read only the keys."""
    attributes = inspect(request).attrs
    return any(attributes[name].history.has_changes() for name in ("user", "requested_by", "decided_by"))


def _collection_changes(one, name):
    """Return (added, removed) of a collection, even if it was changed from its other side and never loaded."""
    history = get_history(one, name, passive=PASSIVE_OFF)
    return history.added, history.deleted


def _has_member_changes(one):
    """Return whether the permissions of a role, or the roles or users of a group, change."""
    names = {Role: ("permissions", "groups"), Group: ("roles", "users"), PermissionView: ("role",)}
    model = next(cls for cls in names if isinstance(one, cls))
    relationships = set(inspect(model).relationships.keys())
    return any(any(_collection_changes(one, name)) for name in names[model] if name in relationships)
