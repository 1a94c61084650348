"""Base classes of custody records: person, case, area and visibility.

A record has the area of its unit or prison, and is visible where the person is visible. `visibility_rows` makes the
person visible there, as a case does for the people in it.
"""
# unrestricted: keeps the case of a record that its author does not see; shows no row

from dataclasses import replace

from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, and_, column
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, object_session

from app.cases.models import Case
from app.kernel.access.area import LEVELS, HasArea, exclude_blind
from app.kernel.actor import unrestricted
from app.kernel.schema.fields import link
from app.people.models import Person
from app.people.nationwide import load_unseen
from app.people.visibility import PersonChild, is_visible

# Help text of fields that link to another record.
NUMBER_HELP = _("Enter the record number, or the number of the person (P-…).")
HANDED_TO_HELP = _("Name and relation: guardian, family, lawyer. A minor is handed over to an adult.")
UNSAVED_ID = 2**31  # sorts unsaved rows last


class CustodyRecord(PersonChild, HasArea):
    """A record about a person in custody, with the case that led to it, if any."""

    __row_policy__ = "of_detained_person"
    __parents__ = ("case", "person")
    __voided_with__ = ()
    __stays_valid__ = {"case": "a valid arrest, detention or judgment prevents that its case is voided"}
    __when__ = "id"  # the column with the time of the fact

    @classmethod
    def __row_filter__(cls, scope):
        return exclude_blind(build_custody_filter(cls.person_id, scope), cls.case_id, scope)

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

    def inherit_person(self, involvement):
        """Copy person and case of a suspect. An officer may record the arrest of a minor without access to the name."""
        self.case, self.person = find_case(involvement), involvement.person
        if self.person is None and involvement.person_id and not involvement.is_hidden:
            self.person = load_unseen(involvement.person_id)

    def inherit_from(self, row):
        """Copy person, case and area from `row`, the parent of this record."""
        if row is None:
            return
        self.person, self.case = row.person, find_case(row)
        for level in LEVELS.values():
            setattr(self, level, getattr(row, level))


class DeadlineRecord(CustodyRecord):
    """A record that can change a deadline. The deadline is visible where its person is (migration 0027)."""

    __standalone__ = True


def find_case(row):
    """Return the case of a row. A case that the user does not see is loaded for the rules and the key of a record.

    A unit to which a person was transferred sees the person, and not the case of the other unit.
    """
    session = object_session(row)
    if row.case is not None or row.case_id is None or session is None:
        return row.case
    with unrestricted(session):
        return session.get(Case, row.case_id)


def build_custody_filter(person_id, scope):
    """Return the condition that the custody records of the person in `person_id` are visible in the scope.

    A user who revealed the name of a protected victim or witness learns the name alone.
    """
    return is_visible(person_id, replace(scope, revealed_ids=frozenset()))


def make_open_index(name, limit, ended):
    """Return a partial index of the open records, by the end of their deadline.

    Alerts and lists read this index alone. It also holds the columns of its condition: otherwise SQLite reads every row
    before it counts it.
    """
    return make_partial_index(name, is_open_record(ended), limit, "id", "person_id", ended, "voided_at")


def is_open_record(ended):
    """Return the condition of an index on the records that have not ended and are not void."""
    return and_(column(ended).is_(None), column("voided_at").is_(None))


def make_partial_index(name, condition, *columns, unique=False):
    """Return an index of the rows that meet the condition."""
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def valid_rows(rows):
    """Return the rows that are not void in order of time. Unsaved rows come after others of the same time."""
    valid = [row for row in rows if row.voided_at is None]
    return sorted(valid, key=lambda row: (getattr(row, row.__when__), row.id or UNSAVED_ID))


def format_number(letter, record):
    """Return the record number: a letter and at least seven digits, or an empty string without an id."""
    return f"{letter}-{record.id:07d}" if record.id else ""
