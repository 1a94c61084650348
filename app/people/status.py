"""Status of a person: wanted, detained, deceased and so on. Computed from open facts, never typed.

A feature with such facts registers a source and calls `refresh_statuses` in the transaction that changes a fact, so
the status is right at every commit. It is visible nationwide: every card shows it with its legal basis.
"""
# unrestricted: provides deaths as facts of a status, and writes statuses nationwide

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
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.access.row_filter import cacheable
from app.kernel.actor import unrestricted
from app.kernel.database.array_params import in_bound_array
from app.kernel.database.engine import dialect_insert, dialect_name
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.people.models import Person

DECEASED, ESCAPED, WANTED, IN_CUSTODY, DETAINED, SERVING = (
    "deceased", "escaped", "wanted", "in_custody", "detained", "serving",
)  # fmt: skip
ON_PAROLE, SUPERVISED, RELEASED, CLEARED = "on_parole", "supervised", "released", "cleared"
IMPRISONED = (DETAINED, SERVING)
# If several apply, the first is shown.
STRONGEST_FIRST = (
    DECEASED, ESCAPED, WANTED, IN_CUSTODY, DETAINED, SERVING, ON_PAROLE, SUPERVISED, RELEASED, CLEARED,
)  # fmt: skip
BATCH_SIZE = 500  # persons in one query
CHECKED = 5000  # persons whose statuses are compared at once

_sources = []


class PersonStatus(Model):
    """The status of one person and its basis. A person without a status has no row."""

    __tablename__ = "person_status"
    __table_args__ = (Index("ix_person_status", "status", "person_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(String(40), nullable=False)
    since: Mapped[date | None] = mapped_column(Date)
    # The record that is the basis, its type and number for display, and the responsible unit. The number of a person in
    # transfer is the code of the unit that receives the person.
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int] = mapped_column(Integer, nullable=False)
    basis: Mapped[str | None] = mapped_column(String(40))
    number: Mapped[str | None] = mapped_column(String(60))
    court_code: Mapped[str | None] = mapped_column(String(20))
    unit_code: Mapped[str | None] = mapped_column(String(20))


# Preloaded with a person for pages that show the status.
Person.standing = relationship(PersonStatus, viewonly=True, uselist=False)


@dataclass(frozen=True)
class StatusFact:
    """One reason for a status: an active order, an open custody."""

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
        """Return the sort key: lower is stronger; for equal statuses the oldest document is first."""
        return STRONGEST_FIRST.index(self.status), self.since or date.max, self.entity, self.entity_id


def set_sources(*selects):
    """Set the functions `select(ids)` of the `StatusFact` columns for these persons, on plain tables."""
    _sources[:] = selects
    _select_facts.cache_clear()


@lru_cache(maxsize=1)
def _select_facts(_today):
    """Return the union of all sources. Cached by day, because some depend on it and building costs more than running."""
    return _unite_sources(bindparam("ids", type_=Integer, expanding=True))


def _unite_sources(ids):
    return union_all(*(find(ids) for find in _sources))


def select_deceased(ids):
    """Return the statement for people with a confirmed report of death. No other fact makes a person dead."""
    person = Person.__table__.c
    return select(
        person.id, _text(DECEASED), person.deceased_on, _text("person"), person.id.label("entity_id"),
        *(_text(None) for _name in range(4)),
    ).where(person.id.in_(ids), person.deceased_on.is_not(None))  # fmt: skip


def _text(value):
    return literal(value, String)


def compute_statuses(connection, ids):
    """Return person_id → the strongest StatusFact, for the persons who have any."""
    return _find_strongest(connection.execute(_select_facts(dates.now().date()), {"ids": list(ids)}))


def _find_strongest(rows):
    best = {}
    for row in rows:
        fact = StatusFact(*row)
        if fact.person_id not in best or fact.rank < best[fact.person_id].rank:
            best[fact.person_id] = fact
    return best


def list_facts(session, ids):
    """Return all `StatusFact` of these persons, nationwide: the status that is shown hides the weaker ones."""
    if not ids:
        return []
    with unrestricted(session):
        rows = session.connection().execute(_select_facts(dates.now().date()), {"ids": sorted(ids)})
        return [StatusFact(*row) for row in rows]


def find_holders(session, known, asked):
    """Return the ids of the persons with the status `asked`, also under a stronger one.

    `known` has person id → the status that is shown. A dead person has no other status.
    """
    hiding = STRONGEST_FIRST[: STRONGEST_FIRST.index(asked)]
    stronger = [pk for pk, shown in known.items() if shown in hiding and shown != DECEASED]
    found = {fact.person_id for fact in list_facts(session, stronger) if fact.status == asked}
    return found | {pk for pk, shown in known.items() if shown == asked}


def refresh_statuses(session, ids):
    """Recompute and write the statuses of these persons, in the session's transaction."""
    ids = sorted(one for one in ids if one is not None)
    if ids:
        with unrestricted(session):
            write_statuses(session.connection(), ids)


def write_statuses(connection, ids):
    """Recompute and write the statuses on a connection that sees every row."""
    table = PersonStatus.__table__
    for start in range(0, len(ids), BATCH_SIZE):
        some = ids[start : start + BATCH_SIZE]
        facts = compute_statuses(connection, some)
        if without_status := set(some) - set(facts):
            connection.execute(delete(table).where(table.c.person_id.in_(without_status)))
        if facts:
            connection.execute(_upsert_statuses(connection), [vars(facts[one]) for one in sorted(facts)])


def _upsert_statuses(connection):
    """Return an INSERT that replaces the person's earlier row."""
    table = PersonStatus.__table__
    rows = dialect_insert(connection, table)
    values = {column.name: rows.excluded[column.name] for column in table.c if not column.primary_key}
    return rows.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)


def find_drift(connection, progress=None):
    """Return (number of persons, [(person_id, stored status, computed status)] where the two differ).

    `connection` sees every row. `progress(count)` is called after each batch.
    """
    person, table, last, count, found = Person.__table__.c, PersonStatus.__table__, 0, 0, []
    first, final = (bindparam(name, type_=Integer) for name in ("first", "final"))
    facts = _unite_sources(select(person.id).where(person.id.between(first, final)).correlate(None))
    shown = select(table).where(table.c.person_id.between(first, final))
    while True:
        ids = connection.scalars(
            select(person.id).where(person.id > last).order_by(person.id).limit(CHECKED)
        ).all()
        if not ids:
            return count, found
        within = {"first": ids[0], "final": ids[-1]}
        now = _find_strongest(connection.execute(facts, within))
        stored = {row.person_id: StatusFact(**row._mapping) for row in connection.execute(shown, within)}
        for one in sorted(now.keys() | stored.keys()):
            if stored.get(one) != now.get(one):
                found.append((one, *(fact and fact.status for fact in (stored.get(one), now.get(one)))))
        last, count = ids[-1], count + len(ids)
        if progress is not None:
            progress(count)


def get_statuses(session, ids):
    """Return person_id → row of `PersonStatus`, as visible in this transaction."""
    rows = session.execute(_select_statuses(dialect_name(session)), {"values": list(ids)}) if ids else ()
    return {row.person_id: row for row in rows}


@cache
def _select_statuses(dialect):
    table = PersonStatus.__table__
    return cacheable(select(table).where(in_bound_array(dialect, table.c.person_id)))


def has_status(status):
    """Return the condition that a person of a list has this status now."""
    return Person.id.in_(select(PersonStatus.person_id).where(PersonStatus.status == status))


def refresh_after_death(session, _context):
    """Refresh the status of persons whose date of death has changed."""
    touched = [one for one in (*session.new, *session.dirty) if isinstance(one, Person)]
    died = {one.id for one in touched if has_changed(one, ("deceased_on",))}
    if died:
        refresh_statuses(session, died)
