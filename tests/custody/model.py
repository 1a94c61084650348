"""A small model of a person in custody: what follows from the steps, computed without E-Crime."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise

# Legal limits as in the table of time limits: age at the offence → offence class → amount.
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
STATUS_OF_RELEASE = {"parole": "on_parole", "supervision": "supervised"}
WANTED_KINDS = ("arrest", "bring")  # kinds of orders that make a person wanted
STEPS = {
    ("executed", "active"): "executed", ("acquitted", "active"): "suspended",
    **{("recalled", state): "recalled" for state in ("received", "active", "suspended")},
}  # fmt: skip
STRONGEST_FIRST = (
    "deceased", "escaped", "wanted", "in_custody", "detained", "serving", "on_parole", "supervised", "released", "cleared",
)  # fmt: skip


def add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


@dataclass
class Custody:
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
    days_off: int  # credited days and reductions
    judgment: "Judgment"
    detentions: list = field(default_factory=list)
    remitted: date | None = None  # by a pardon of the whole rest

    @property
    def ends(self):
        """Return the expected release; None at large, or if the judgment is not in force."""
        if not self.judgment.is_in_force or (self.detentions and self.detentions[-1].escaped):
            return None
        days = sum(one.at_large for one in self.detentions) - self.days_off
        days += sum((later.since - before.last).days for before, later in pairwise(self.detentions))
        ends = add_months(self.starts, self.months) + timedelta(days=days)
        return max(min(ends, self.remitted or ends), self.starts)


@dataclass
class Detention:
    """A detention."""

    kind: str
    since: date
    prison: str
    months: int = 0
    term: Term | None = None
    escaped: date | None = None
    at_large: int = 0  # days from escapes to recaptures
    ended: date | None = None
    how: str | None = None
    extended: int = 0  # months of the extensions
    before: list = field(
        default_factory=list
    )  # the provisional detentions in the case that ended before this one

    @property
    def last(self):
        """Return the last day in prison: of the escape, or of the end."""
        return self.escaped or self.ended

    @property
    def due(self):
        """Return the day on which it must end. One limit covers all provisional detentions in the case."""
        if self.term is not None:
            return self.term.ends
        if self.escaped:
            return None
        before = [one for one in self.before if one.since < self.since]
        months = self.months + self.extended + sum(one.extended for one in before)
        days = self.at_large - sum((one.last - one.since).days - one.at_large for one in before)
        return max(add_months(self.since, months) + timedelta(days=days), self.since)


@dataclass
class Judgment:
    """A judgment of the whole case."""

    clears: bool
    decided: date
    final: date | None = None
    set_aside: bool = False
    all: dict = field(default_factory=dict)  # the judgments of the person

    @property
    def is_final(self):
        return self.final is not None and not self.set_aside

    @property
    def is_in_force(self):
        """Return True unless it is set aside, or a later judgment is final: the court of appeal has decided again."""
        later = any(one.is_final and one.decided > self.decided for one in self.all.values())
        return not self.set_aside and not later


@dataclass
class Release:
    """A release."""

    kind: str
    until: date | None
    day: date
    detention: "Detention"
    ended: date | None = None


@dataclass
class Order:
    """An order in the same case, with its acts: (when they took effect, kind), in the order of entry."""

    kind: str
    issued: date
    verified: bool
    acts: list = field(default_factory=list)

    def state(self, until=datetime.max):
        """Return the state at a moment. The order of entry does not count."""
        state = "active" if self.verified else "received"
        for moment, act in sorted(self.acts, key=lambda one: one[0]):
            if moment <= until:
                state = STEPS.get((act, state), state)
        return state

    @property
    def is_wanted(self):
        return self.kind in WANTED_KINDS and self.state() == "active"


@dataclass
class History:
    """One person with an age at the offence, and all their custody records."""

    age: int
    died: date | None = None
    arrests: list = field(default_factory=list)  # their times
    alone: list = field(default_factory=list)  # the times of those without a custody of their own
    custodies: dict = field(default_factory=dict)
    detentions: dict = field(default_factory=dict)
    judgments: dict = field(default_factory=dict)
    sentences: dict = field(default_factory=dict)
    releases: dict = field(default_factory=dict)
    orders: dict = field(default_factory=dict)

    def list_provisional(self):
        return [one for one in self.detentions.values() if one.kind == "provisional"]

    def detain_held(self):
        """End the open custodies in which a detention has begun since the arrival."""
        for custody in self.custodies.values():
            begun = [one.since for one in self.detentions.values() if one.since >= custody.arrived.date()]
            if custody.ended is None and begun:
                custody.ended, custody.outcome = datetime.combine(min(begun), time(23, 59)), "detained"

    @property
    def decisions(self):
        return [one for one in self.judgments.values() if one.is_in_force]

    def is_cleared(self):
        """Return True if every decision that counts is final and clears the person."""
        found = self.decisions
        return bool(found) and all(one.clears and one.is_final for one in found)

    def apply_acquittal(self, now):
        """Suspend the orders of a case with an acquittal, also new ones. Without it they are as if it had never been."""
        is_cleared = self.is_cleared()
        for one in self.orders.values():
            one.acts = [act for act in one.acts if act[1] != "acquitted"]
            if is_cleared:
                final = datetime.combine(max(each.final for each in self.decisions), time.max)
                one.acts.append((max(min(final, now), datetime.combine(one.issued, time())), "acquitted"))

    @property
    def is_dead(self):
        return self.died is not None

    def is_held_at(self, moment):
        """Return True if a custody that begins then overlaps another."""
        return any(one.ended is None or one.ended > moment for one in self.custodies.values())

    def is_arrest_refused(self, moment, order=None):
        day = moment.date()
        late = self.is_dead and day > self.died
        return late or (order is not None and not (order.kind in WANTED_KINDS and order.issued <= day))

    @property
    def open_arrests(self):
        """Return the times of the arrests that no custody or detention accounts for.

        A custody that began before an arrest says nothing about it at its end, unless the person escaped or died.
        """
        return [
            at
            for at in self.alone
            if not any(_answers(one, at) for one in self.custodies.values())
            and not any(_holds_after(one, at.date()) for one in self.detentions.values())
        ]

    def status(self, today):
        """Return the status of the person, or None."""
        found = {"deceased"} if self.is_dead else set()
        if any(one.is_wanted for one in self.orders.values()):
            found.add("wanted")
        if self.open_arrests:
            found.add("in_custody")
        for one in self.custodies.values():
            if one.ended is None:
                found.add("in_custody")
            elif one.outcome == "escaped" and not self._held_after(one.ended) and not self.is_cleared():
                found.add("escaped")
        for one in self.detentions.values():
            if one.ended is None and one.escaped:
                found |= set() if self._is_held_since(one) or self.is_cleared() else {"escaped"}
            elif one.ended is None:
                serves = one.kind == "sentence" and one.term.judgment.is_in_force
                found.add("serving" if serves else "detained")
        for one in self.releases.values():
            is_tracked = one.ended is None and one.until is not None and one.until >= today
            if is_tracked and not self._is_detained_after(one):
                found.add(STATUS_OF_RELEASE.get(one.kind, "released"))
        if self.is_cleared():
            found.add("cleared")
        return next((one for one in STRONGEST_FIRST if one in found), None)

    def _is_held_since(self, detention):
        """Return True if a custody after the escape of the prisoner did not let the person go."""
        day, let_go = detention.escaped, ("released", "escaped")
        return any(at.date() >= day for at in self.open_arrests) or any(
            one.outcome not in let_go
            and (
                one.arrived.date() > day
                or (one.arrived.date() == day and (one.ended is None or detention.since < day))
            )
            for one in self.custodies.values()
        )

    def _is_detained_after(self, release):
        """Return True if another detention in the case began since the release."""
        others = (one for one in self.detentions.values() if one is not release.detention)
        return any(one.since >= release.day for one in others)

    def _held_after(self, moment):
        again = any(one.arrived >= moment for one in self.custodies.values())
        again = again or any(one >= moment for one in self.arrests)
        return again or any(one.since >= moment.date() for one in self.detentions.values())


def _answers(custody, at):
    if custody.ended is None:
        return True
    return custody.ended >= at and (custody.arrived >= at or custody.outcome in ("escaped", "died"))


def _holds_after(detention, day):
    is_held = detention.escaped is None or detention.escaped > day
    return detention.since >= day or (is_held and (detention.ended is None or detention.ended > day))
