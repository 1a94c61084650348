"""Who may do what with whose account: pure rules, asked by the screens and, below them, by the session.

Three things hold for everybody: nobody touches himself, nobody reaches beyond his units, nobody touches whom he could
not have made. What opens another province, or makes an administrator, is the act of two administrators.
"""

from dataclasses import dataclass, field

ALONE, SECOND = "alone", "second"

SEE, ADD, CHANGE, CLOSE, TAKE = "see", "add", "change", "close", "take"
GIVE, PASSWORD, FACTOR, REOPEN = (
    "give",
    "password",
    "factor",
    "reopen",
)  # these may need a second administrator
ASKED = (GIVE, PASSWORD, FACTOR, REOPEN)


@dataclass(frozen=True)
class Standing:
    """What counts of somebody here: his roles, his unit, and how far his hand reaches.

    `reach` holds the codes of the units whose people he may look after (None: every unit). `nation` says that his
    unit has no area of its own, so that whatever he sees he sees in every province.
    """

    user_id: int | None
    roles: frozenset = frozenset()
    unit: str | None = None
    nation: bool = False
    reach: frozenset | None = field(default=frozenset(), compare=False)

    def reaches(self, unit):
        return self.reach is None or unit in self.reach


class Delegation:
    """The rules, on the table of who gives what: role → {role that its bearer gives: alone, or with a second}."""

    def __init__(self, gives, held_alone=()):
        self.gives, self.held_alone = gives, frozenset(held_alone)

    def ways(self, role_names):
        """role → how the bearer of these roles gives it; a role that is missing is above him."""
        found = {}
        for role in role_names:
            for given, way in self.gives.get(role, {}).items():
                found[given] = ALONE if ALONE in (way, found.get(given)) else SECOND
        return found

    def looks_after_people(self, role_names):
        return any(role in self.gives for role in role_names)

    def everywhere(self, role_names):
        """Whether the bearer looks after every unit: he gives every role that there is."""
        return any(set(self.gives) <= set(self.gives.get(role, ())) for role in role_names)

    def may(self, granter, act, target, role=None):
        """Whether `granter` may do this, be it alone or by asking a second administrator (`needs_second`)."""
        ways = self.ways(granter.roles)
        if not ways or not granter.reaches(target.unit):
            return False
        if act == SEE:
            return True
        himself = target.user_id is not None and target.user_id == granter.user_id
        if himself or not target.roles <= ways.keys():
            return False
        if act == GIVE:
            return role in ways and self.go_together({*target.roles, role})
        return role in target.roles if act == TAKE else True

    def go_together(self, role_names):
        """Whether one person may hold these: who watches over the register, or over its accounts, does nothing else."""
        return len(role_names) < 2 or self.held_alone.isdisjoint(role_names)

    def needs_second(self, granter, act, target, role=None):
        """Whether the act waits for another administrator: it would open more than one may open alone."""
        if act == GIVE:
            nationwide = granter.reach is None and target.nation
            return self.ways(granter.roles).get(role) != ALONE or nationwide
        if act in (PASSWORD, FACTOR, REOPEN):
            return any(self.needs_second(granter, GIVE, target, held) for held in target.roles)
        return False

    def may_move(self, granter, target, new, narrower):
        """Whether he may put `target` into the unit of `new`, with the roles he has; `narrower`: below the old unit."""
        if not self.may(granter, CHANGE, target) or not granter.reaches(new.unit):
            return False
        return narrower or not any(self.needs_second(granter, GIVE, new, held) for held in target.roles)
