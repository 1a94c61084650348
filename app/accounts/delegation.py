"""Rules of delegated administration: who may do what with which account. Views and the session apply them.

Three rules apply to every administrator. They cannot change their own account. They cannot act outside their units.
They cannot act on an account with a role that they may not grant. Two administrators are needed to grant access to
another province or to appoint an administrator.
"""

from dataclasses import dataclass, field

ALONE, SECOND = "alone", "second"

SEE, ADD, CHANGE, CLOSE, REMOVE = "see", "add", "change", "close", "remove"
ASSIGN, PASSWORD, FACTOR, REOPEN = "assign", "password", "factor", "reopen"
TWO_PERSON_ACTS = (ASSIGN, PASSWORD, FACTOR, REOPEN)  # these may need a second administrator


@dataclass(frozen=True)
class AdminProfile:
    """The facts about a user on which the rules depend: roles, unit and managed units.

    `managed_units` holds the codes of the units that the user administers (None: every unit). `is_national` is true if
    the user's unit has no area of its own, so that they see records of every province.
    """

    user_id: int | None
    roles: frozenset = frozenset()
    unit: str | None = None
    is_national: bool = False
    managed_units: frozenset | None = field(default=frozenset(), compare=False)

    def manages_unit(self, unit):
        return self.managed_units is None or unit in self.managed_units


class Delegation:
    """The rules, based on the table `grants`: role → {role that its holder may grant: ALONE or SECOND}."""

    def __init__(self, grants, exclusive_roles=()):
        self.grants, self.exclusive_roles = grants, frozenset(exclusive_roles)

    def get_grantable_roles(self, role_names):
        """Return role → ALONE or SECOND for every role that the holder of these roles may grant."""
        found = {}
        for role in role_names:
            for grantable, mode in self.grants.get(role, {}).items():
                found[grantable] = ALONE if ALONE in (mode, found.get(grantable)) else SECOND
        return found

    def can_manage_accounts(self, role_names):
        return any(role in self.grants for role in role_names)

    def can_manage_all_units(self, role_names):
        """Return whether the holder administers every unit, because they may grant every role."""
        return any(set(self.grants) <= set(self.grants.get(role, ())) for role in role_names)

    def may(self, granter, act, target, role=None):
        """Return whether `granter` may do this, alone or with a second administrator (`needs_second`)."""
        grantable = self.get_grantable_roles(granter.roles)
        if not grantable or not granter.manages_unit(target.unit):
            return False
        if act == SEE:
            return True
        is_self = target.user_id is not None and target.user_id == granter.user_id
        if is_self or not target.roles <= grantable.keys():
            return False
        if act == ASSIGN:
            return role in grantable and self.can_combine({*target.roles, role})
        return role in target.roles if act == REMOVE else True

    def can_combine(self, role_names):
        """Return whether one user may hold these roles: administrators and auditors hold no other role."""
        return len(role_names) < 2 or self.exclusive_roles.isdisjoint(role_names)

    def needs_second(self, granter, act, target, role=None):
        """Return whether the act needs the approval of another administrator."""
        if act == ASSIGN:
            nationwide = granter.managed_units is None and target.is_national
            return self.get_grantable_roles(granter.roles).get(role) != ALONE or nationwide
        if act in (PASSWORD, FACTOR, REOPEN):
            return any(
                self.needs_second(granter, ASSIGN, target, current_role) for current_role in target.roles
            )
        return False

    def may_move(self, granter, target, new, narrower):
        """Return whether `granter` may move `target`, with its roles, to the unit of `new`.

        `narrower` is true if the new unit is below the old one.
        """
        if not self.may(granter, CHANGE, target) or not granter.manages_unit(new.unit):
            return False
        return narrower or not any(
            self.needs_second(granter, ASSIGN, new, current_role) for current_role in target.roles
        )
