"""Rules of delegated administration: who may do what with which account. Views and the session apply them.

Three rules apply to every administrator. They cannot change their own account. They cannot act outside their units.
They cannot act on an account with a role that they may not grant. A second person decides on every act that gives
access to cases: a role that reads cases, a function, a move with such a role, a reset of a password or second factor,
and the reopening of an account.
"""

from dataclasses import dataclass, field

# The second person of an act, from the weakest rule to the strictest: no one else, the chief of the unit or the next one
# up, another administrator of all units.
ALONE, CHIEF, SECOND = "alone", "chief", "second"
_STRICTNESS = (ALONE, CHIEF, SECOND).index

SEE, ADD, CHANGE, CLOSE, REMOVE = "see", "add", "change", "close", "remove"
ASSIGN, PASSWORD, FACTOR, REOPEN, MOVE = "assign", "password", "factor", "reopen", "move"
FUNCTION = "function"  # a task beside the roles (`account_functions`)
PHONE = "phone"  # another telephone for an account that shares its telephone with another one
RESETS = (PASSWORD, FACTOR)
TWO_PERSON_ACTS = (ASSIGN, *RESETS, REOPEN, MOVE, FUNCTION, PHONE)  # these may need a second person
SCOPE = "scope"  # a change of the reference data that two people make (`scope_columns`)


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
    """The rules, based on the table `grants`: role → {role that its holder may grant: ALONE, CHIEF or SECOND}."""

    def __init__(self, grants, exclusive_roles=()):
        self.grants, self.exclusive_roles = grants, frozenset(exclusive_roles)

    def get_grantable_roles(self, role_names):
        """Return role → ALONE, CHIEF or SECOND for every role that the holder of these roles may grant."""
        found = {}
        for role in role_names:
            for grantable, second in self.grants.get(role, {}).items():
                found[grantable] = min(second, found.get(grantable, SECOND), key=_STRICTNESS)
        return found

    def is_privileged(self, role):
        """Return whether no role may grant this role alone."""
        return all(table.get(role, SECOND) != ALONE for table in self.grants.values())

    def can_manage_accounts(self, role_names):
        return any(role in self.grants for role in role_names)

    def can_manage_all_units(self, role_names):
        """Return whether the holder administers every unit, because they may grant every role."""
        return any(set(self.grants) <= set(self.grants.get(role, ())) for role in role_names)

    def may(self, granter, act, target, role=None):
        """Return whether `granter` may do this, alone or with a second person (`find_second`)."""
        ways = self.get_grantable_roles(granter.roles)
        if not ways or not granter.manages_unit(target.unit):
            return False
        if act == SEE:
            return True
        is_self = target.user_id is not None and target.user_id == granter.user_id
        if is_self or not target.roles <= ways.keys():
            return False
        if act == ASSIGN:
            return role in ways and self.can_combine({*target.roles, role})
        return role in target.roles if act == REMOVE else True

    def can_combine(self, role_names):
        """Return whether one user may hold these roles: administrators and auditors hold no other role."""
        return len(role_names) < 2 or self.exclusive_roles.isdisjoint(role_names)

    def find_second(self, granter, act, target, role=None):
        """Return who else must decide on the act: ALONE (no one), CHIEF or SECOND.

        For a move, `target` is the user in the new unit.
        """
        if act == ASSIGN:
            nationwide = granter.managed_units is None and target.is_national
            return SECOND if nationwide else self.get_grantable_roles(granter.roles).get(role, SECOND)
        if act not in TWO_PERSON_ACTS:
            return ALONE
        if act == PHONE:
            return SECOND
        least = CHIEF if act in (*RESETS, FUNCTION) else ALONE
        of_roles = (self.find_second(granter, ASSIGN, target, role_held) for role_held in target.roles)
        return max((least, *of_roles), key=_STRICTNESS)

    def needs_second(self, granter, act, target, role=None):
        """Return whether the act needs the approval of a second person."""
        return self.find_second(granter, act, target, role) != ALONE

    def may_move(self, granter, target, new):
        """Return whether `granter` may move `target` to the unit of `new`, alone or with a second person."""
        return self.may(granter, CHANGE, target) and granter.manages_unit(new.unit)
