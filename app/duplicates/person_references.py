"""What points to a person, found in the tables themselves, so that no new feature can be forgotten by a joining.

Every foreign key to a person follows to the record that stays, but those that are named here with their reason. Tables
that name any record by its table and number are named here one by one (tests/house/test_joining.py).
"""

from flask_appbuilder import Model
from sqlalchemy import inspect, select

from app.kernel.access.access_grants import Opening
from app.people.models import Person
from app.people.visibility import Visibility

# table.column → why it stays with the record that it names.
STAYS = {
    "duplicate.first_id": "the pair itself",
    "duplicate.second_id": "the pair itself",
    "joining.staying_id": "what was joined, as it was asked for",
    "joining.going_id": "what was joined, as it was asked for",
    "name_bearer.person_id": "an index, which follows the names themselves",
    "open_clock.person_id": "an index, which follows the records themselves",
    "person_status.person_id": "computed anew from what has followed",
    "watch_match.person_id": "whom the owner of a watch was told of",
}
# Tables that name records by `entity` and `entity_id`; what was said of a record then stays said of it.
NAMED = {
    "opening": "follows: who may open the one may open the record that stands for it",
    "audit_event": "stays: the log",
    "message": "stays: its page leads on",
    "passed_warning": "stays: passed at the entry of that very record",
    "correction": "stays: a joining waits for its end",
    "correction_field": "stays: with its correction",
    "lock_door": "stays: with its correction",
    "joining_row": "stays: what was moved",
    "person_status": "stays: computed anew from what has followed",
    "old_number": "stays: the earlier register's number of that record, which leads to the one that stands for it",
    "import_entry": "stays: what a row of a file became",
    "open_clock": "stays: of custodies, detentions and releases, which follow themselves",
    "told_clock": "stays: of custodies, detentions and releases, never of a person",
}


def links():
    """(class, name of the column) of every link that follows a joined person."""
    person_id = inspect(Person).local_table.c.id
    for mapper in sorted(Model.registry.mappers, key=lambda mapper: mapper.class_.__name__):
        for column in mapper.local_table.columns:
            points = any(key.column is person_id for key in column.foreign_keys)
            if points and f"{mapper.local_table.name}.{column.name}" not in STAYS:
                yield mapper.class_, mapper.get_property_by_column(column).key


def rows_of(session, person_id):
    """(row, column) of everything that points to a person and follows. The session sees the whole register."""
    for model, column in links():
        found = select(model).where(getattr(model, column) == person_id)
        if model is Visibility:
            found = found.where(
                Visibility.case_id.is_(None)
            )  # those of a case are written anew with its people
        for row in session.scalars(found.order_by(*inspect(model).primary_key)).unique():
            yield row, column
    for row in session.scalars(
        select(Opening).where(Opening.entity == Person.__tablename__, Opening.entity_id == person_id)
    ):
        yield row, "entity_id"


def key_of(row):
    """The number of a row. Whatever follows a person has one (tests/house/test_joining.py)."""
    return inspect(row).mapper.primary_key_from_instance(row)[0]


def point(row, column, person):
    """Let a row point to another person, by its column and by what links through it."""
    mapper = inspect(row).mapper
    for relation in mapper.relationships:
        if relation.mapper.class_ is Person and mapper.local_table.c[column] in relation.local_columns:
            setattr(row, relation.key, person)
    setattr(row, column, person.id)
