"""Merged persons: a merged record redirects to the surviving record, and no new row may link to it.

`app.duplicates` merges records and undoes merges; this module holds what every feature needs to know.
"""

from functools import cache

from sqlalchemy import inspect, select
from sqlalchemy.orm import MANYTOONE
from sqlalchemy.orm.util import identity_key

from app.kernel.actor import UNRESTRICTED, actor_of
from app.kernel.database.transactions import begin_writing
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import Record
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.validation.withdrawal import get_valid_rows
from app.people.models import Person
from app.people.nationwide import nationwide_session

# Session key of the persons that this transaction has checked and locked; they cannot be merged meanwhile.
CHECKED_PERSONS = "checked persons"
# Session key of the persons that rows of this transaction name and that the session does not see.
HIDDEN_PERSONS = "hidden persons"


def find_surviving_id(person_id):
    """Return the id of the record that represents this person, or None if not merged or not found."""
    with nationwide_session(protected_too=True) as session:
        return session.scalar(select(Person.merged_into_id).where(Person.id == person_id))


def forget_checked_persons(session, transaction):
    """Forget the persons that were checked in the transaction."""
    if transaction.parent is None:
        session.info.pop(CHECKED_PERSONS, None)
        session.info.pop(HIDDEN_PERSONS, None)


def get_hidden_persons(session):
    """Return the ids of the persons that rows of this transaction name and that the session does not see, as a set to change."""
    return session.info.setdefault(HIDDEN_PERSONS, set())


def refuse_links_to_merged_persons(session, _context, _instances):
    """Refuse a new link to a merged record. The same statement finds out who is not void."""
    links = [
        (row, relation, person_id)
        for row in (*session.new, *session.dirty)
        if isinstance(row, Record)
        for relation, column in _find_person_links(type(row))
        if (person_id := _get_newly_linked_person(row, relation, column)) is not None
    ]
    if not links:
        return
    checked = session.info.setdefault(CHECKED_PERSONS, set())
    checked -= {one.id for one in session.dirty if isinstance(one, Person)}
    unchecked = {person_id for _row, _key, person_id in links} - checked
    standalone = any(getattr(type(row), "__standalone__", False) for row, _key, _id in links)
    with session.no_autoflush:
        merged = _find_merged(session, unchecked, standalone) if unchecked else {}
    # A rolled back savepoint releases its locks. An unrestricted session sees all persons, the next flush may not.
    if not session.in_nested_transaction() and actor_of(session).scope != UNRESTRICTED:
        checked |= unchecked - set(merged)
    problems = [
        Problem(
            key,
            _(
                "This record was merged with P-%(number)s. Choose that person.",
                number=f"{merged[person_id]:07d}",
            ),
            row=row,
        )
        for row, key, person_id in links
        if person_id in merged
    ]
    if problems:
        raise RuleViolation(problems)


@cache
def _find_person_links(model):
    """Return (name, column) of the links of a model to persons."""
    mapper = inspect(model)
    return tuple(
        (relation.key, mapper.get_property_by_column(next(iter(relation.local_columns))).key)
        for relation in mapper.relationships
        if relation.direction is MANYTOONE and relation.mapper.class_ is Person and not relation.viewonly
    )


def _get_newly_linked_person(row, relation, column):
    """Return the id of the registered person that a new or changed link names, or None."""
    state = inspect(row)
    if state.key is not None and not any(
        state.attrs[name].history.has_changes() for name in (column, relation)
    ):
        return None
    person = row.__dict__.get(relation)
    return person.id if person is not None else row.__dict__.get(column)


def _find_merged(session, ids, standalone):
    """Return id → surviving id, of the merged records among `ids`. Waits for merges and withdrawals in progress.

    `standalone`: also waits for other rows that link to these persons, as models with `__standalone__` need.
    """
    if session.get_bind().dialect.name == "sqlite":
        begin_writing(session.connection())
    statement = select(Person.id, Person.merged_into_id, Person.voided_at).where(Person.id.in_(ids))
    rows = session.execute(statement.with_for_update(read=not standalone, key_share=not standalone)).all()
    if not session.in_nested_transaction():  # a rolled back savepoint releases its locks
        get_valid_rows(session).update((Person, row.id) for row in rows if row.voided_at is None)
    hidden = get_hidden_persons(session)
    hidden |= ids
    hidden -= {row.id for row in rows}
    return {
        row.id: row.merged_into_id
        for row in rows
        if row.merged_into_id and not _is_being_unmerged(session, row.id)
    }


def _is_being_unmerged(session, person_id):
    """Return whether this transaction itself undoes the merge of the record."""
    person = session.identity_map.get(identity_key(Person, person_id))
    return person is not None and inspect(person).attrs.merged_into_id.history.has_changes()
