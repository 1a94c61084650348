"""What somebody is to the register now: wanted, detained, deceased. Computed from open facts, never typed.

Features that hold such facts register a `source` and call `follow` in the transaction that changes one of them; so a
status is right at every commit. It is known to the nation: every card shows it, with the paper on which it rests.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from flask_appbuilder import Model
from sqlalchemy import (
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    bindparam,
    delete,
    event,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.kernel.access.row_filter import kept
from app.kernel.actor import seeing_everything
from app.kernel.database.array_params import among_given
from app.kernel.database.engine import dialect_of, insert_into
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.people.models import Person

DECEASED, ESCAPED, WANTED, IN_CUSTODY, DETAINED, SERVING = (
    "deceased", "escaped", "wanted", "in_custody", "detained", "serving",
)  # fmt: skip
ON_PAROLE, SUPERVISED, RELEASED, CLEARED = "on_parole", "supervised", "released", "cleared"
# Of several that hold, the first is shown.
STRONGEST_FIRST = (
    DECEASED, ESCAPED, WANTED, IN_CUSTODY, DETAINED, SERVING, ON_PAROLE, SUPERVISED, RELEASED, CLEARED,
)  # fmt: skip
MOST = 500  # persons in one question

_sources = []


class PersonStatus(Model):
    """The status of one person and what it rests on. Who has none has no row."""

    __tablename__ = "person_status"
    __table_args__ = (Index("ix_person_status", "status", "person_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(String(40), nullable=False)
    since: Mapped[date | None] = mapped_column(Date)
    # The record it rests on, the words by which people know that paper, and the unit that answers for it.
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int] = mapped_column(Integer, nullable=False)
    basis: Mapped[str | None] = mapped_column(String(40))
    number: Mapped[str | None] = mapped_column(String(60))
    court_code: Mapped[str | None] = mapped_column(String(20))
    unit_code: Mapped[str | None] = mapped_column(String(20))


# Read along with a person where a page tells it.
Person.standing = relationship(PersonStatus, viewonly=True, uselist=False)


@dataclass(frozen=True)
class Fact:
    """One reason for a status: an order that is active, a custody that is open."""

    person_id: int
    status: str
    since: date | None
    entity: str
    entity_id: int
    basis: str | None = None
    number: str | None = None
    court_code: str | None = None
    unit_code: str | None = None

    @property
    def rank(self):
        """Less is stronger; of equals the oldest paper."""
        return STRONGEST_FIRST.index(self.status), self.since or date.max, self.entity, self.entity_id


def source(find):
    """Decorates `find(ids)` → a statement that gives the columns of `Fact` for these persons, on plain tables."""
    _sources.append(find)
    _asked.cache_clear()
    return find


@lru_cache(maxsize=1)
def _asked(_today):
    """The question to all sources. To make it takes longer than to answer it, and some of them name the day."""
    ids = bindparam("ids", type_=Integer, expanding=True)
    return union_all(*(find(ids) for find in _sources))


@source
def _the_dead(ids):
    person = Person.__table__.c
    return select(
        person.id, _text(DECEASED), person.deceased_on, _text("person"), person.id.label("entity_id"),
        *(_text(None) for _name in range(4)),
    ).where(person.id.in_(ids), person.deceased_on.is_not(None))  # fmt: skip


def _text(value):
    return literal(value, String)


def computed(connection, ids):
    """person_id → the strongest Fact of each of these persons who has any."""
    best = {}
    for row in connection.execute(_asked(dates.now().date()), {"ids": list(ids)}):
        fact = Fact(*row)
        if fact.person_id not in best or fact.rank < best[fact.person_id].rank:
            best[fact.person_id] = fact
    return best


def follow(session, ids):
    """Write the statuses of these persons anew, in the session's transaction."""
    ids = sorted(one for one in ids if one is not None)
    if ids:
        with seeing_everything(session):
            write(session.connection(), ids)


def write(connection, ids):
    """The same on a connection that sees every row."""
    table = PersonStatus.__table__
    for start in range(0, len(ids), MOST):
        some = ids[start : start + MOST]
        facts = computed(connection, some)
        if gone := set(some) - set(facts):
            connection.execute(delete(table).where(table.c.person_id.in_(gone)))
        if facts:
            connection.execute(_written(connection), [vars(facts[one]) for one in sorted(facts)])


def _written(connection):
    """An INSERT of rows, each in the place of the one that the person had."""
    table = PersonStatus.__table__
    rows = insert_into(connection, table)
    values = {column.name: rows.excluded[column.name] for column in table.c if not column.primary_key}
    return rows.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)


def differences(connection, told=None):
    """(number of persons, [(person_id, stored, computed)] of whom the stored status is another than the computed one).

    `connection` sees every row. `told(count)` hears how far it is.
    """
    person, table, last, count, found = Person.__table__.c, PersonStatus.__table__, 0, 0, []
    while True:
        ids = connection.scalars(
            select(person.id).where(person.id > last).order_by(person.id).limit(MOST)
        ).all()
        if not ids:
            return count, found
        now = computed(connection, ids)
        rows = connection.execute(select(table).where(table.c.person_id.in_(ids)))
        stored = {row.person_id: Fact(**row._mapping) for row in rows}
        for one in ids:
            if stored.get(one) != now.get(one):
                found.append((one, *(fact and fact.status for fact in (stored.get(one), now.get(one)))))
        last, count = ids[-1], count + len(ids)
        if told is not None:
            told(count)


def of(session, ids):
    """person_id → the row of `PersonStatus` of those of these persons who have one, as it is in this transaction."""
    rows = session.execute(_of_these(dialect_of(session)), {"given": list(ids)}) if ids else ()
    return {row.person_id: row for row in rows}


@cache
def _of_these(dialect):
    table = PersonStatus.__table__
    return kept(select(table).where(among_given(dialect, table.c.person_id)))


def died_on(person, row):
    """The day of somebody's death, whoever told it; `row` is his row of `PersonStatus`. None while he lives."""
    told = row.since if row is not None and row.status == DECEASED else None
    return getattr(person, "deceased_on", None) or told


@event.listens_for(Session, "after_flush")
def _a_death_is_followed(session, _context):
    touched = [one for one in (*session.new, *session.dirty) if isinstance(one, Person)]
    died = {one.id for one in touched if has_changed(one, ("deceased_on",))}
    if died:
        follow(session, died)
