"""The index of names follows every save, in its transaction.

After a flush the names of the persons whose names it touched are compared with what the index holds of them. Of a new
person it holds nothing, and his names are at hand; so an entry costs two statements, however many people it has.
"""

from typing import NamedTuple

from sqlalchemy import String, delete, event, exists, func, inspect, literal, select, tuple_, union_all
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import PASSIVE_NO_INITIALIZE

from app.kernel.database.bulk_insert import insert_missing
from app.kernel.schema.record import has_changed
from app.name_search.indexed_name import Written
from app.name_search.models import NO_YEAR, NameBearer, NameKey, beside
from app.people.models import Person, PersonName

DECISIVE = {
    Person: (
        *("surname_km", "given_km", "surname_latin", "given_latin"),
        *("birth_year", "joined_into_id", "voided_at"),
    ),
    PersonName: ("person_id", "text_km", "text_latin", "voided_at"),
}
BEARER, KEY = NameBearer.__table__, NameKey.__table__


class Borne(NamedTuple):
    """A row of `NameBearer`."""

    person_id: int
    birth_year: int
    name_id: int


@event.listens_for(Session, "after_flush")
def _index_follows(session, _context):
    touched = {
        person_id
        for row in (*session.new, *session.dirty)
        if type(row) in DECISIVE and has_changed(row, DECISIVE[type(row)])
        for person_id in _bearers(row)
    }
    if touched:
        new = {row.id: row for row in session.new if isinstance(row, Person)}
        _bring_up_to_date(session, touched - new.keys(), dict(_borne_by_new(session, new)))


def _bearers(row):
    """Whose names this change touches; of a name that moved to somebody else both."""
    name = "joined_into_id" if isinstance(row, Person) else "person_id"
    before = inspect(row).get_history(name, PASSIVE_NO_INITIALIZE).deleted or ()
    own = (row.id,) if isinstance(row, Person) else ()
    return (*own, *filter(None, (getattr(row, name), *before)))


def _borne_by_new(session, new):
    """(row, name) of everybody whom this flush has written first: what they are called is at hand."""
    names = [(person, Written.of_person(person)) for person in new.values()]
    for row in session.new:
        if isinstance(row, PersonName) and row.person_id in new and not row.is_void:
            names.append((new[row.person_id], Written.of_other_name(row)))
    for person, name in names:
        if any(name) and not person.is_void:
            yield Borne(person.id, person.birth_year or NO_YEAR, name.id), name


def _bring_up_to_date(session, known, wanted):
    """Bring the index of the people `known` up to date, and add the names `wanted` of new ones."""
    there = set()
    if known:
        wanted |= borne(session, known)
        there = held(session, known)
    add(session, {row: name for row, name in wanted.items() if row not in there})
    remove(session, there - wanted.keys())


def held(session, people=None, between=None):
    """What the index holds of these people, or of those with ids `between` a first and a last, as rows."""
    person_id = BEARER.c.person_id
    if people is not None:
        theirs = beside(person_id).in_({*map(beside, people)}), person_id.in_(people)
    else:
        theirs = beside(person_id).between(*map(beside, between)), person_id.between(*between)
    columns = (BEARER.c[name] for name in Borne._fields)
    return {Borne(*row) for row in session.execute(select(*columns).where(*theirs))}


def borne(session, people=None, between=None):
    """row → name of every name of these people, or of those with ids `between` a first and a last.

    Who was joined with somebody is found as that one, who was struck out not at all.
    """
    person, other = Person.__table__.c, PersonName.__table__.c

    def theirs(column):
        return column.in_(people) if people is not None else column.between(*between)

    standing = select(person.id, func.coalesce(person.birth_year, NO_YEAR))
    standing = standing.where(theirs(person.id), person.voided_at.is_(None))
    if people is not None:  # whoever changes one of them at this moment is waited for, or waits
        standing = standing.order_by(person.id).with_for_update(read=True)
    years = dict(session.execute(standing).all())
    nothing = literal("", String)
    own = (person.surname_km, person.given_km, person.surname_latin, person.given_latin)
    parts = [
        select(bearer, *columns).where(theirs(bearer), *conditions)
        for columns, bearer, conditions in (
            (own, person.id, (person.joined_into_id.is_(None),)),
            (own, person.joined_into_id, ()),
            (
                (nothing, other.text_km, nothing, other.text_latin),
                other.person_id,
                (other.voided_at.is_(None),),
            ),
        )
    ]
    found = {}
    for person_id, *texts in session.execute(union_all(*parts)):
        name = Written(*(text or "" for text in texts))
        if any(name) and person_id in years:
            found[Borne(person_id, years[person_id], name.id)] = name
    return found


def add(session, names):
    """Index these names: row → name."""
    write(session, *told(names))


def told(names):
    """The rows of `NameKey` and those of `NameBearer` that index these names."""
    by_number = {row.name_id: name for row, name in names.items()}
    rows = [row for name in by_number.values() for row in name.rows()]
    rows.sort(key=lambda row: (row["key"], row["name_id"]))
    return rows, [row._asdict() for row in sorted(names)]


def write(session, rows, bearers):
    insert_missing(session, KEY, rows)
    insert_missing(session, BEARER, bearers)


def remove(session, rows):
    """Forget that these people bear these names, and each name that nobody bears any more."""
    if not rows:
        return
    session.execute(delete(BEARER).where(tuple_(*(BEARER.c[name] for name in Borne._fields)).in_(rows)))
    borne_still = exists().where(BEARER.c.name_id == KEY.c.name_id)
    session.execute(delete(KEY).where(KEY.c.name_id.in_({row.name_id for row in rows}), ~borne_still))
