"""A small model of somebody who is held: what his acts make of him, told without the register."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

# Limits of the law as its table of time limits gives them: age at the offence → class → amount.
HOURS = {
    30: {"felony": 48, "misdemeanour": 48},
    17: {"felony": 48, "misdemeanour": 36},
    15: {"felony": 36, "misdemeanour": 24},
}
MONTHS = {
    30: {"felony": 6, "misdemeanour": 4},
    17: {"felony": 6, "misdemeanour": 4},
    15: {"felony": 4, "misdemeanour": 2},
}
IN_ALL = {"felony": 18, "misdemeanour": 6}  # of grown people, which is confirmed and refuses
STATUS_OF_RELEASE = {"parole": "on_parole", "supervision": "supervised"}
ARRESTS = ("arrest", "bring")  # kinds of orders for which somebody is searched
STRONGEST_FIRST = (
    "deceased", "escaped", "wanted", "in_custody", "detained", "serving", "on_parole", "supervised", "released", "cleared",
)  # fmt: skip


def months_on(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


@dataclass
class Held:
    """A custody."""

    arrived: datetime
    hours: int
    ended: datetime | None = None
    outcome: str | None = None

    @property
    def limit(self):
        return self.arrived + timedelta(hours=self.hours)


@dataclass
class Term:
    """A sentence."""

    starts: date
    months: int
    off: int  # days that count as served, and reductions

    @property
    def ends(self):
        return max(months_on(self.starts, self.months) - timedelta(days=self.off), self.starts)


@dataclass
class Prison:
    """A detention."""

    kind: str
    since: date
    prison: str
    months: int = 0
    most: int | None = None
    term: Term | None = None
    escaped: bool = False
    ended: date | None = None
    how: str | None = None

    @property
    def due(self):
        return self.term.ends if self.term is not None else months_on(self.since, self.months)


@dataclass
class Decision:
    """A judgment of the whole case."""

    clears: bool
    final: date | None = None
    set_aside: bool = False

    @property
    def is_final(self):
        return self.final is not None and not self.set_aside


@dataclass
class Freed:
    """A release."""

    kind: str
    until: date | None
    ended: date | None = None


@dataclass
class Order:
    """An order in the same case."""

    kind: str
    issued: date
    state: str

    @property
    def searches(self):
        return self.kind in ARRESTS and self.state == "active"


@dataclass
class Life:
    """One person of that age at the offence, and all that became of him."""

    age: int
    died: date | None = None
    held: dict = field(default_factory=dict)
    prisons: dict = field(default_factory=dict)
    decisions: dict = field(default_factory=dict)
    terms: dict = field(default_factory=dict)
    freed: dict = field(default_factory=dict)
    orders: dict = field(default_factory=dict)
    was_over: bool = False  # his part in the case, when that was last asked

    def part_ended(self):
        """Whether his part in the case is over: all that stands is final and clears him."""
        standing = [one for one in self.decisions.values() if not one.set_aside]
        return bool(standing) and all(one.clears and one.is_final for one in standing)

    def orders_follow(self):
        """Those of a case that acquits him are held, and stand again when that falls."""
        over = self.part_ended()
        before, after = ("active", "held") if over else ("held", "active")
        for one in self.orders.values() if over is not self.was_over else ():
            one.state = after if one.state == before else one.state
        self.was_over = over

    @property
    def died_on(self):
        """By what is known of the person, or because he died where he was held; None while he lives."""
        ends = [one.ended.date() for one in self.held.values() if one.outcome == "died"]
        ends += [one.ended for one in self.prisons.values() if one.how == "died"]
        return self.died or min(ends, default=None)

    @property
    def is_dead(self):
        return self.died_on is not None

    def is_held_at(self, moment):
        """Whether a custody that began then would share a moment with another."""
        return any(one.ended is None or one.ended > moment for one in self.held.values())

    def cannot_be_arrested(self, moment, order=None):
        day = moment.date()
        late = self.is_dead and day > self.died_on
        return late or (order is not None and not (order.searches and order.issued <= day))

    def status(self, today):
        """What he is to the register, or None."""
        told = {"deceased"} if self.is_dead else set()
        if any(one.searches for one in self.orders.values()):
            told.add("wanted")
        for one in self.held.values():
            if one.ended is None:
                told.add("in_custody")
            elif one.outcome == "escaped" and not self._held_after(one.ended):
                told.add("escaped")
        for one in self.prisons.values():
            if one.ended is None:
                open_one = "serving" if one.kind == "sentence" else "detained"
                told.add("escaped" if one.escaped else open_one)
        for one in self.freed.values():
            if one.ended is None and one.until is not None and one.until >= today:
                told.add(STATUS_OF_RELEASE.get(one.kind, "released"))
        if self.part_ended():
            told.add("cleared")
        return next((one for one in STRONGEST_FIRST if one in told), None)

    def _held_after(self, moment):
        again = any(one.arrived >= moment for one in self.held.values())
        return again or any(one.since >= moment.date() for one in self.prisons.values())
