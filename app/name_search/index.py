"""The name index, updated after every flush in the same transaction.

The names of the persons that a flush changed are compared with their rows in the index. A new person has no rows, and
the names are in memory, so an entry costs two statements, however many people it has.
"""
# unrestricted: reads the names of the people of this flush

from typing import NamedTuple

from sqlalchemy import String, delete, exists, func, inspect, literal, select, tuple_, union_all
from sqlalchemy.orm.attributes import PASSIVE_NO_INITIALIZE

from app.kernel.database.bulk_insert import insert_if_absent
from app.kernel.schema.record import has_changed
from app.name_search.indexed_name import IndexedName
from app.name_search.models import NO_YEAR, NameBearer, NameKey, block_of
from app.people.models import Person, PersonName

INDEXED_COLUMNS = {
    Person: (
        *("surname_km", "given_km", "surname_latin", "given_latin"),
        *("birth_year", "merged_into_id", "voided_at"),
    ),
    PersonName: ("person_id", "text_km", "text_latin", "voided_at"),
}
BEARER, KEY = NameBearer.__table__, NameKey.__table__


class BearerRow(NamedTuple):
    """A row of `NameBearer`."""

    person_id: int
    birth_year: int
    name_id: int


def update_index_on_flush(session, _context):
    """Update the name index of the written people."""
    touched = {
        person_id
        for row in (*session.new, *session.dirty)
        if type(row) in INDEXED_COLUMNS and has_changed(row, INDEXED_COLUMNS[type(row)])
        for person_id in _affected_person_ids(row)
    }
    if touched:
        new = {row.id: row for row in session.new if isinstance(row, Person)}
        _update_index(session, touched - new.keys(), dict(_rows_of_new_persons(session, new)))


def _affected_person_ids(row):
    """Return the ids of the persons with changed names; both persons of a moved name."""
    name = "merged_into_id" if isinstance(row, Person) else "person_id"
    before = inspect(row).get_history(name, PASSIVE_NO_INITIALIZE).deleted or ()
    own = (row.id,) if isinstance(row, Person) else ()
    return (*own, *filter(None, (getattr(row, name), *before)))


def _rows_of_new_persons(session, new):
    """Yield (row, name) of the persons that this flush inserted. Their names are in memory."""
    names = [(person, IndexedName.from_person(person)) for person in new.values()]
    for row in session.new:
        if isinstance(row, PersonName) and row.person_id in new and not row.is_void:
            names.append((new[row.person_id], IndexedName.from_other_name(row)))
    for person, name in names:
        if any(name) and not person.is_void:
            yield BearerRow(person.id, person.birth_year or NO_YEAR, name.id), name


def _update_index(session, known, wanted):
    """Update the index of the `known` person ids, and add the names `wanted` of new persons."""
    stored = set()
    if known:
        wanted |= load_record_rows(session, known)
        stored = load_index_rows(session, known)
    add_names(session, {row: name for row, name in wanted.items() if row not in stored})
    remove_rows(session, stored - wanted.keys())


def load_index_rows(session, people=None, between=None):
    """Return the rows of the index for these person ids, or for the ids from the first to the last of `between`."""
    person_id = BEARER.c.person_id
    if people is not None:
        condition = block_of(person_id).in_({*map(block_of, people)}), person_id.in_(people)
    else:
        condition = block_of(person_id).between(*map(block_of, between)), person_id.between(*between)
    columns = (BEARER.c[name] for name in BearerRow._fields)
    return {BearerRow(*row) for row in session.execute(select(*columns).where(*condition))}


def load_record_rows(session, people=None, between=None):
    """Return {row: name} of the names in the records, by person ids or by a range `between`.

    A merged person is indexed under the surviving person; a void person is not indexed.
    """
    person, other = Person.__table__.c, PersonName.__table__.c

    def is_selected(column):
        return column.in_(people) if people is not None else column.between(*between)

    valid = select(person.id, func.coalesce(person.birth_year, NO_YEAR))
    valid = valid.where(is_selected(person.id), person.voided_at.is_(None))
    if people is not None:
        # Waits for a transaction that changes one of them, or makes it wait.
        valid = valid.order_by(person.id).with_for_update(read=True)
    years = dict(session.execute(valid).all())
    empty = literal("", String)
    own = (person.surname_km, person.given_km, person.surname_latin, person.given_latin)
    parts = [
        select(bearer, *columns).where(is_selected(bearer), *conditions)
        for columns, bearer, conditions in (
            (own, person.id, (person.merged_into_id.is_(None),)),
            (own, person.merged_into_id, ()),
            (
                (empty, other.text_km, empty, other.text_latin),
                other.person_id,
                (other.voided_at.is_(None),),
            ),
        )
    ]
    found = {}
    for person_id, *texts in session.execute(union_all(*parts)):
        name = IndexedName(*(text or "" for text in texts))
        if any(name) and person_id in years:
            found[BearerRow(person_id, years[person_id], name.id)] = name
    return found


def add_names(session, names):
    """Add these names to the index: {row: name}."""
    insert_rows(session, *build_rows(names))


def build_rows(names):
    """Return the rows of `NameKey` and of `NameBearer` for these names."""
    by_number = {row.name_id: name for row, name in names.items()}
    rows = [row for name in by_number.values() for row in name.build_rows()]
    rows.sort(key=lambda row: (row["key"], row["name_id"]))
    return rows, [row._asdict() for row in sorted(names)]


def insert_rows(session, rows, bearers):
    insert_if_absent(session, KEY, rows)
    insert_if_absent(session, BEARER, bearers)


def remove_rows(session, rows):
    """Delete these rows, and each name that no person bears any more."""
    if not rows:
        return
    session.execute(delete(BEARER).where(tuple_(*(BEARER.c[name] for name in BearerRow._fields)).in_(rows)))
    is_used = exists().where(BEARER.c.name_id == KEY.c.name_id)
    session.execute(delete(KEY).where(KEY.c.name_id.in_({row.name_id for row in rows}), ~is_used))
