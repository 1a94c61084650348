"""A record that was joined with another stands for nobody any more: it leads there, and nothing is hung on it.

Who joins two records and who parts them is told in `app.duplicates`; here is what everybody must know of it.
"""

from functools import cache

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import MANYTOONE, Session
from sqlalchemy.orm.util import identity_key

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import Record
from app.kernel.schema.rules import Problem, RuleBroken
from app.people.models import Person
from app.people.nationwide import nation

# Whom this transaction has asked for, and holds: nobody joins them meanwhile.
STANDING = "persons who stand for themselves"


def leads_to(person_id):
    """The id of the record that stands for this one; None where it stands for itself, or is none."""
    with nation(protected_too=True) as session:
        return session.scalar(select(Person.joined_into_id).where(Person.id == person_id))


@event.listens_for(Session, "after_transaction_end")
def _hold_nobody(session, transaction):
    if transaction.parent is None:
        session.info.pop(STANDING, None)


@event.listens_for(Session, "before_flush")
def _hang_nothing_on_it(session, _context, _instances):
    hung = [
        (row, relation, person_id)
        for row in (*session.new, *session.dirty)
        if isinstance(row, Record)
        for relation, column in _to_persons(type(row))
        if (person_id := _newly_named(row, relation, column)) is not None
    ]
    if not hung:
        return
    known = session.info.setdefault(STANDING, set())
    known -= {one.id for one in session.dirty if isinstance(one, Person)}
    asked = {person_id for _row, _key, person_id in hung} - known
    alone = any(getattr(type(row), "__alone__", False) for row, _key, _id in hung)
    with session.no_autoflush:
        gone = _gone(session, asked, alone) if asked else {}
    if not session.in_nested_transaction():  # with a savepoint goes what it held
        known |= asked - set(gone)
    problems = [
        Problem(
            key,
            _(
                "This record was joined with P-%(number)s. Choose that person.",
                number=f"{gone[person_id]:07d}",
            ),
            row=row,
        )
        for row, key, person_id in hung
        if person_id in gone
    ]
    if problems:
        raise RuleBroken(problems)


@cache
def _to_persons(model):
    """(name, column) of the links of a model to persons."""
    mapper = inspect(model)
    return tuple(
        (relation.key, mapper.get_property_by_column(next(iter(relation.local_columns))).key)
        for relation in mapper.relationships
        if relation.direction is MANYTOONE and relation.mapper.class_ is Person and not relation.viewonly
    )


def _newly_named(row, relation, column):
    """The id of the registered person whom a new or a changed link names; None for no such person."""
    state = inspect(row)
    if state.key is not None and not any(
        state.attrs[name].history.has_changes() for name in (column, relation)
    ):
        return None
    person = row.__dict__.get(relation)
    return person.id if person is not None else row.__dict__.get(column)


def _gone(session, ids, alone):
    """id → the record that stands for it, of those that were joined; who joins two of them now is waited for. `alone`:
    and whoever hangs anything on them, for a row that says so (`__alone__`) is followed by what all of them are told.
    """
    found = select(Person.id, Person.joined_into_id).where(Person.id.in_(ids))
    rows = session.execute(found.with_for_update(read=not alone, key_share=not alone))
    return {
        row.id: row.joined_into_id for row in rows if row.joined_into_id and not _is_parted(session, row.id)
    }


def _is_parted(session, person_id):
    """Whether this very transaction parts the record again."""
    person = session.identity_map.get(identity_key(Person, person_id))
    return person is not None and inspect(person).attrs.joined_into_id.history.has_changes()
