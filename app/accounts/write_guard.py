"""Check of every flush: it may change accounts, roles, who sees what and the words of statuses only as far as the actor's
rights allow.

`before_flush` applies the same rules as the views to every path: our forms, FAB's forms, the API and scripts with a
user as actor. The system (the operator's commands) may do everything. No user may change roles or groups themselves.
What needs a second person is written only in the flush that approves the request, and exactly as requested. Bulk
statements, which bypass the session's objects, are refused.
"""

from dataclasses import replace

from flask_appbuilder.security.sqla.models import Group, PermissionView, Role
from flask_babel import lazy_gettext as _
from sqlalchemy import inspect, select
from sqlalchemy.orm.attributes import PASSIVE_OFF, get_history

from app.accounts import delegation as acts
from app.accounts import second_person
from app.accounts.account_functions import parse_functions
from app.accounts.admin_scope import (
    get_admin_profile,
    get_delegation,
    get_role_names,
    is_national,
)
from app.accounts.identity_traits import hides_match, share_identity
from app.accounts.models import Passkey, SecondFactor, User
from app.accounts.scope_columns import find_field, find_scope_changes, find_scope_model, scope_models
from app.accounts.staff_models import DONE, REFUSED, REQUESTED, StaffRequest
from app.kernel.actor import UNRESTRICTED, actor_of
from app.kernel.database.sqlalchemy_patches import written_columns
from app.kernel.schema.code_lists import Code
from app.kernel.schema.rules import Problem, RuleViolation
from app.reference.models import Unit
from app.reference.periods import has_ended
from app.reference.status_lists import is_status_list

GUARDED_TABLES = {
    "ab_user", "ab_user_role", "ab_user_group", "ab_group", "ab_group_role", "ab_role", "ab_permission_view_role",
    "staff_request", "second_factor", "passkey",
}  # fmt: skip
COUNTER_COLUMNS = {"login_count", "fail_login_count", "last_login"}
SECOND_FACTORS = SecondFactor, Passkey
# The columns that a bulk UPDATE may set: counters of sign-ins, and the last use of a second factor.
BULK_UPDATES = {
    "ab_user": COUNTER_COLUMNS,
    "second_factor": {"last_step", "secret"},
    "passkey": {"sign_count", "used_at"},
}
PASSWORD_COLUMNS = {"password", "must_change_password"}
STATE_COLUMNS = {"active", "active_since", "closed_at", "close_reason"}
IMMUTABLE_COLUMNS = {"username", "email"}  # a sign-in finds the account by these
NOT_SELF_EDITABLE = {"name_km", "rank", "phone", "unit_code", "functions", *STATE_COLUMNS}
DECISION_COLUMNS = {"state", "decided_by_id", "decided_at", "note", "open_key", "version"}
REFUSAL = _("You do not have permission to do this with this account.")
FIXED_WORDS = _(
    "This list states facts about people, orders and cases. Only an update of E-Crime changes its values."
)
NEEDS_SECOND_PERSON = _("A change of this value needs a request and the approval of an administrator.")


def refuse_bulk_statements(state):
    """Refuse bulk changes of accounts."""
    if state.is_select or not hasattr(state.statement, "table"):
        return
    table = getattr(state.statement.table, "name", "")
    if actor_of(state.session).scope == UNRESTRICTED:
        return
    written = written_columns(state.statement) if state.is_update else set()
    if table in GUARDED_TABLES and not (written and written <= BULK_UPDATES.get(table, set())):
        raise RuleViolation([Problem("", REFUSAL)])
    model = find_scope_model(table)
    if model is not None and not state.is_insert:
        changed = written & {*model.__scope_columns__} if state.is_update else {""}
        if changed:
            raise RuleViolation([Problem(name, NEEDS_SECOND_PERSON) for name in sorted(changed)])


def check_account_changes(session, _context, _instances):
    """Refuse roles, units and accounts that the actor may not give or change."""
    if actor_of(session).scope == UNRESTRICTED:
        return
    watched = (
        Code,
        User,
        Role,
        Group,
        PermissionView,
        StaffRequest,
        *SECOND_FACTORS,
        *scope_models().values(),
    )
    touched = [one for one in (*session.new, *session.dirty, *session.deleted) if isinstance(one, watched)]
    if not touched:
        return
    with session.no_autoflush:
        check = _FlushCheck(session)
        problems = [problem for one in touched for problem in check.find_problems(one)]
    if problems:
        raise RuleViolation(problems)


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

    def may(self, act, target, role=None):
        """Return whether the actor may do this, alone or by the request that this flush approves."""
        rule = get_delegation()
        if rule.may(self.granter, act, target, role) and not rule.needs_second(
            self.granter, act, target, role
        ):
            return True
        return any(one.act == act and one.role == role for one in self._find_approvals(target))

    def _find_approvals(self, target):
        """Yield the requests about this user that the flush approves."""
        for one in self.session.dirty:
            is_about = isinstance(one, StaffRequest) and one.user_id == target.user_id is not None
            if is_about and one.state == DONE and self._may_decide(one, target):
                yield one

    def find_problems(self, one):
        """Return the problems of one object of the flush."""
        if type(one) in scope_models().values():
            return self._find_scope_problems(one)
        if isinstance(one, Code):
            is_fixed = is_status_list(one.list) and (one in self.session.new or _changed_columns(one))
            return [Problem("name_km", FIXED_WORDS, row=one)] if is_fixed else []
        return [] if self._is_allowed(one) else [Problem("", REFUSAL)]

    def _find_scope_problems(self, row):
        if row in self.session.new:
            return []  # a new unit has no member, and no record names a new prison
        if row in self.session.deleted:
            return [Problem("", NEEDS_SECOND_PERSON, row=row)]
        changes = find_scope_changes(self.session, row)
        subject = (row.__tablename__, inspect(row).identity[0])
        is_approved = any(
            isinstance(one, StaffRequest)
            and (one.act, one.state, one.entity, one.entity_key, one.changes)
            == (acts.SCOPE, DONE, *subject, changes)
            for one in self.session.dirty
        )  # the request itself is checked like every other object
        if is_approved:
            return []
        return [Problem(find_field(type(row), name), NEEDS_SECOND_PERSON, row=row) for name in changes]

    def _is_allowed(self, one):
        if isinstance(one, SECOND_FACTORS):
            return self._may_change_factor(one)
        if one in self.session.deleted:
            return False
        if isinstance(one, User):
            return self._may_add(one) if one in self.session.new else self._may_change(one)
        if isinstance(one, StaffRequest):
            if one in self.session.new:
                return self._may_request(one)
            return not _changed_columns(one) or self._may_decide(one, self._find_target(one))
        # A granted or removed role is dirty too. Only its users differ, and they are checked themselves.
        return one not in self.session.new and not _changed_columns(one) and not _has_member_changes(one)

    def _may_add(self, user):
        unit = self._get_unit(_new_unit_code(user))
        if unit is not None and has_ended(unit):
            return False
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
        before = self._build_previous_profile(user)
        is_closed = "active" in changed and not user.active
        lost_roles = before.roles if is_closed else {role.name for role in removed}
        return (
            not self._is_last_holder(user, lost_roles)
            and all(self.may(acts.REMOVE, before, role.name) for role in removed)
            and all(self.may(acts.ASSIGN, before, role.name) for role in added)
            and self._may_change_columns(user, changed, before)
        )

    def _is_last_holder(self, user, roles):
        """Return whether no other active account holds one of these roles, if it is the auditor's or administrator's.

        One administrator could otherwise close each account that receives the alerts.
        """
        for role in get_delegation().exclusive_roles.intersection(roles):
            others = User.active.is_(True), User.id != user.id, User.roles.any(Role.name == role)
            if self.session.scalar(select(User.id).where(*others).limit(1)) is None:
                return True
        return False

    def _may_change_columns(self, user, changed, before):
        password = PASSWORD_COLUMNS if "password" in changed else set()
        state = STATE_COLUMNS if "active" in changed else set()
        act_of = {
            acts.REOPEN: bool(state) and user.active,
            acts.CLOSE: bool(state) and not user.active,
            acts.CHANGE: bool(changed - COUNTER_COLUMNS - password - state - {"unit_code", "functions"}),
        }
        return (
            all(self.may(act, before) for act, is_done in act_of.items() if is_done)
            and (not password or self._may_reset(acts.PASSWORD, before))
            and ("unit_code" not in changed or self._may_move(user, before))
            and ("phone" not in changed or self._may_change_phone(user, before))
            and (
                "functions" not in changed or self._may_change_functions(user, before, "unit_code" in changed)
            )
        )

    def _may_change_functions(self, user, before, is_moved):
        """Return whether the change only ends functions, or gives the one that a second person approves."""
        stored = [*(inspect(user).attrs.functions.history.deleted or (None,))][0]
        if parse_functions(user.functions) < parse_functions(stored):
            return self.may(acts.CHANGE, before) or (is_moved and user.functions is None)
        return any(
            one.act == acts.FUNCTION and one.changes["functions"] == [stored, user.functions]
            for one in self._find_approvals(before)
        )

    def _may_change_phone(self, user, before):
        """Return whether the new telephone hides no match with another account, or a second administrator approves it."""
        phones = [*(inspect(user).attrs.phone.history.deleted or (None,)), user.phone]
        with self.session.no_autoflush:
            hides = hides_match(user.id, *phones)
        return not hides or any(
            one.act == acts.PHONE and one.changes["phone"] == phones for one in self._find_approvals(before)
        )

    def _may_reset(self, act, before):
        """Return whether the actor may reset a password or factor. A first role resets both (`staff_actions`)."""
        given = (one for one in self._find_approvals(before) if one.act == acts.ASSIGN)
        return self.may(act, before) or any(given)

    def _may_change_factor(self, factor):
        if factor.user_id == self.actor_id:
            return True
        if factor not in self.session.deleted:
            return not _changed_columns(factor)
        user = self.session.get(User, factor.user_id)
        return self._may_reset(acts.FACTOR, self._build_previous_profile(user))

    def _may_move(self, user, before):
        new = self._get_unit(_new_unit_code(user))
        if new is None or has_ended(new):
            return False
        if any(
            one.act == acts.MOVE and one.changes["unit_code"] == [before.unit, new.code]
            for one in self._find_approvals(before)
        ):
            return True
        after = replace(before, unit=new.code, is_national=is_national(new))
        rule = get_delegation()
        return not rule.needs_second(self.granter, acts.MOVE, after) and rule.may_move(
            self.granter, before, after
        )

    def _build_previous_profile(self, user):
        """Return the profile of a user as stored."""
        added, removed = _collection_changes(user, "roles")
        roles = (get_role_names(user) - {role.name for role in added}) | {role.name for role in removed}
        code = inspect(user).attrs.unit_code.history
        unit_code = code.deleted[0] if code.deleted else user.unit_code
        return acts.AdminProfile(user.id, frozenset(roles), unit_code, is_national(self._get_unit(unit_code)))

    def _find_target(self, request):
        user = self.session.get(User, request.user_id) if request.user_id else None
        return self._build_previous_profile(user) if user is not None else None

    def _get_unit(self, code):
        return self.session.get(Unit, code) if code else None

    def _may_request(self, request):
        is_own = request.requested_by_id == self.actor_id and request.decided_by_id is None
        if _has_linked_objects(request) or not is_own or request.state != REQUESTED:
            return False
        actor = self.session.get(User, self.actor_id)
        if request.act == acts.SCOPE:
            model = find_scope_model(request.entity)
            return (
                model is not None
                and request.changes.keys() <= {*model.__scope_columns__}
                and second_person.may_request_scope(actor, model)
            )
        target = self._find_target(request)
        return (
            request.act in acts.TWO_PERSON_ACTS
            and target is not None
            and get_delegation().may(self.granter, request.act, target, request.role)
            and not share_identity(actor, self.session.get(User, request.user_id))
        )

    def _may_decide(self, request, target):
        """Return whether this flush makes a valid decision: by a second person, on an unchanged request."""
        history = inspect(request).attrs.state.history
        if _changed_columns(request) - DECISION_COLUMNS or _has_linked_objects(request):
            return False
        if not (history.deleted and history.deleted[0] == REQUESTED and request.state in (DONE, REFUSED)):
            return False
        if request.decided_by_id != self.actor_id or not request.note:
            return False
        is_second = second_person.may_decide(self.session.get(User, self.actor_id), request, target)
        return is_second and (
            request.state == REFUSED or second_person.find_obstacle(request, target) is None
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
