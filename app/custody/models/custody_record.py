"""Whose a row about somebody who is held is: it lies where the unit or the prison lies, and is seen where he is.

The person is seen there because the row makes him so (`custody.following`), as a case makes whoever stands in it.
"""

from dataclasses import replace

from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, and_, column
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.cases.models import Case
from app.kernel.access.area import LEVELS, Located
from app.kernel.schema.fields import link
from app.people.models import Person
from app.people.visibility import OfPerson, sees

BY_NUMBER = _("Type its number, or that of the person (P-…).")  # beside a box that names another record
NOT_YET = 2**31  # behind every row that has its number


class OfHeld(OfPerson, Located):
    """A row about a person who is held, with the case that led to it, where there is one."""

    __when__ = "id"  # the column that says when it happened

    @classmethod
    def __within__(cls, scope):
        return held_is_seen(cls.person_id, scope)

    @declared_attr
    def person_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("person.id"), index=True)

    @declared_attr
    def case_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("case.id"), index=True)

    @declared_attr
    def person(cls) -> Mapped[Person]:
        return link(cls.person_id, lookup="person", label=_("Person"), on="list show")

    @declared_attr
    def case(cls) -> Mapped[Case | None]:
        return link(cls.case_id, lookup="case", label=_("Case"), on="list show")

    def follow(self, row):
        """Be of the person, the case and the area of `row`, on which this one hangs."""
        if row is None:
            return
        self.person, self.case = row.person, row.case
        for level in LEVELS.values():
            setattr(self, level, getattr(row, level))


class OfClock(OfHeld):
    """One that moves a clock. Where the clock is seen follows from all that hangs on the person (migration 0027)."""

    __alone__ = True


def held_is_seen(person_id, scope):
    """The criterion that it is seen from `scope` where the person of the column `person_id` is held. Who was shown the name
    of a protected victim or witness learns that name alone.
    """
    return sees(person_id, replace(scope, revealed=frozenset()))


def open_index(name, limit, ended):
    """The index of the records that are open, in the order in which they must end: clocks and boards read these alone.

    What says that a record is open stands in it too: else SQLite reads each row before it counts it.
    """
    there = and_(column(ended).is_(None), column("voided_at").is_(None))
    columns = (limit, "id", "person_id", ended, "voided_at")
    return Index(name, *columns, sqlite_where=there, postgresql_where=there)


def standing(rows):
    """The rows that were not struck out, in the order in which it happened; a new one may have come last."""
    kept = [row for row in rows if row.voided_at is None]
    return sorted(kept, key=lambda row: (getattr(row, row.__when__), row.id or NOT_YET))


def number_of(letter, record):
    """How people name a record: a letter and seven digits or more."""
    return f"{letter}-{record.id:07d}" if record.id else ""
