"""Below the views: no flush gives, takes, opens or closes more than the one who acts may.

Whatever door was used, a form of ours, one of FAB's, the API or a script in a user's name, `before_flush` asks the same
rules as the screens. The register itself (the operator's commands) may do all of it; nobody else may touch roles as such
or groups, and statements that would pass the session's objects by are refused.
"""

from flask_appbuilder.security.sqla.models import Group, PermissionView, Role
from flask_babel import lazy_gettext as _
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import PASSIVE_OFF, get_history

from app.accounts import delegation as acts
from app.accounts.admin_scope import below, is_nation, role_names, rules, standing
from app.accounts.models import User
from app.accounts.staff_models import DONE, StaffRequest
from app.kernel.actor import EVERYTHING, actor_of
from app.kernel.schema.rules import Problem, RuleBroken
from app.reference.models import Unit

FENCED = {
    "ab_user", "ab_user_role", "ab_user_group", "ab_group", "ab_group_role", "ab_role", "ab_permission_view_role",
    "staff_request",
}  # fmt: skip
COUNTERS = {"login_count", "fail_login_count", "last_login"}
NEVER = {"username", "email"}  # by these a sign-in finds the account
NOT_HIS_OWN = {"name_km", "rank", "phone", "unit_code", "active", "opened_at", "closed_at", "closed_because"}
REFUSED = _("No right to do this with this account.")


@event.listens_for(Session, "do_orm_execute")
def _no_way_past_the_objects(state):
    if state.is_select or not hasattr(state.statement, "table"):
        return
    table = getattr(state.statement.table, "name", "")
    if table not in FENCED or actor_of(state.session).scope == EVERYTHING:
        return
    written = {getattr(column, "key", column) for column in state.statement._values or {}}
    if not (state.is_update and table == "ab_user" and written and written <= COUNTERS):
        raise RuleBroken([Problem("", REFUSED)])


@event.listens_for(Session, "before_flush")
def _no_more_than_one_may(session, _context, _instances):
    if actor_of(session).scope == EVERYTHING:
        return
    watched = (User, Role, Group, PermissionView, StaffRequest)
    touched = [one for one in (*session.new, *session.dirty, *session.deleted) if isinstance(one, watched)]
    if not touched:
        return
    with session.no_autoflush:
        flush = _Flush(session)
        if not all(flush.allows(one) for one in touched):
            raise RuleBroken([Problem("", REFUSED)])


class _Flush:
    """One flush in the name of one user."""

    def __init__(self, session):
        self.session, self.actor_id = session, actor_of(session).user_id
        self._granter = None

    @property
    def granter(self):
        """Where he stands who acts, by what the database knew before this flush."""
        if self._granter is None:
            user = self.session.get(User, self.actor_id) if self.actor_id else None
            self._granter = standing(user, self.session) if user is not None else acts.Standing(None)
        return self._granter

    def may(self, act, target, role=None, request=None):
        """Alone, or by the request that this very flush decides."""
        rule = rules()
        if not rule.may(self.granter, act, target, role):
            return False
        return not rule.needs_second(self.granter, act, target, role) or self.decided(act, target, role)

    def decided(self, act, target, role):
        return any(
            isinstance(one, StaffRequest)
            and (one.act, one.user_id, one.role, one.state) == (act, target.user_id, role, DONE)
            and one.decided_by_id == self.actor_id != one.asked_by_id
            for one in self.session.dirty
        )

    def allows(self, one):
        if one in self.session.deleted:
            return False
        if isinstance(one, User):
            return self._new(one) if one in self.session.new else self._changed(one)
        if isinstance(one, StaffRequest):
            return self._asked(one) if one in self.session.new else self._decided(one)
        # A role that was given or taken is dirty too: only its bearers differ, and they were asked.
        return one not in self.session.new and not _columns(one) and not _members(one)

    def _new(self, user):
        unit = self._unit(_unit_code(user))
        target = acts.Standing(None, frozenset(), unit.code if unit is not None else None, is_nation(unit))
        roles = role_names(user)
        return (
            not user.groups
            and self.may(acts.ADD, target)
            and all(self.may(acts.GIVE, target, role) for role in roles)
            and rules().go_together(roles)
        )

    def _changed(self, user):
        changed, added, taken = _columns(user), *_moved(user, "roles")
        if any(_moved(user, "groups")) or changed & NEVER:
            return False
        if user.id == self.actor_id:
            return not added and not taken and changed.isdisjoint(NOT_HIS_OWN)
        if changed <= COUNTERS and not added and not taken:
            return True
        before = self._as_it_was(user, added, taken)
        return (
            all(self.may(acts.TAKE, before, role.name) for role in taken)
            and all(self.may(acts.GIVE, before, role.name) for role in added)
            and self._columns_allowed(user, changed, before)
        )

    def _columns_allowed(self, user, changed, before):
        opened = "active" in changed and user.active
        act_of = {
            acts.REOPEN: opened,
            acts.CLOSE: "active" in changed and not user.active,
            acts.PASSWORD: "password" in changed,
            acts.CHANGE: bool(changed - COUNTERS - {"active", "password"}),
        }
        told = [self.may(act, before) for act, is_done in act_of.items() if is_done]
        return all(told) and ("unit_code" not in changed or self._moves(user, before))

    def _moves(self, user, before):
        old, new = self._unit(before.unit), self._unit(_unit_code(user))
        if new is None:
            return False
        after = acts.Standing(user.id, before.roles, new.code, is_nation(new))
        narrower = old is not None and new.code in below(self.session, old)
        return rules().may_move(self.granter, before, after, narrower)

    def _as_it_was(self, user, added, taken):
        roles = (role_names(user) - {role.name for role in added}) | {role.name for role in taken}
        code = inspect(user).attrs.unit_code.history
        unit_code = code.deleted[0] if code.deleted else user.unit_code
        return acts.Standing(user.id, frozenset(roles), unit_code, is_nation(self._unit(unit_code)))

    def _unit(self, code):
        return self.session.get(Unit, code) if code else None

    def _asked(self, request):
        if _linked(request):
            return False
        target = standing(self.session.get(User, request.user_id))
        return (
            request.asked_by_id == self.actor_id
            and request.decided_by_id is None
            and request.act in acts.ASKED
            and rules().may(self.granter, request.act, target, request.role)
        )

    def _decided(self, request):
        history = inspect(request).attrs.state.history
        only = _columns(request) <= {"state", "decided_by_id", "decided_at"} and not _linked(request)
        once = bool(history.deleted) and history.deleted[0] == "asked"
        return (
            only
            and once
            and request.decided_by_id == self.actor_id != request.asked_by_id
            and (rules().everywhere(self.granter.roles) and request.user_id != self.actor_id)
        )


def _columns(one):
    """The names of the columns that this flush would write."""
    attributes = inspect(one).attrs
    columns = one.__mapper__.column_attrs
    found = {column.key for column in columns if attributes[column.key].history.has_changes()}
    if isinstance(one, User) and attributes.unit.history.has_changes():
        found.add("unit_code")  # the flush copies the key of the unit only now
    return found - {"changed_on", "changed_by_fk"}


def _unit_code(user):
    """The unit that this flush would write, be it given by its key or as an object."""
    history = inspect(user).attrs.unit.history
    if history.has_changes():
        return history.added[0].code if history.added and history.added[0] is not None else None
    return user.unit_code


def _linked(request):
    """Whether people of a request were given as objects: they are given by key, so that the rules can read them."""
    attributes = inspect(request).attrs
    return any(attributes[name].history.has_changes() for name in ("user", "asked_by", "decided_by"))


def _moved(one, name):
    """(added, taken) of a collection, also where it was changed from its other end and never loaded."""
    history = get_history(one, name, passive=PASSIVE_OFF)
    return history.added, history.deleted


def _members(one):
    """Whether the rights of a role, or the roles or people of a group, differ."""
    names = {Role: ("permissions", "groups"), Group: ("roles", "users"), PermissionView: ("role",)}
    kind = next(cls for cls in names if isinstance(one, cls))
    there = set(inspect(kind).relationships.keys())
    return any(any(_moved(one, name)) for name in names[kind] if name in there)
