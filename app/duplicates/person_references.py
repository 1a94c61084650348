"""The columns that point to a person, found in the table definitions, so that a merge includes every new feature.

Every foreign key to a person moves to the surviving record, except those listed here with their reason. Tables that name
a record by its table and id are listed here one by one (tests/house/test_merge.py).
"""

from flask_appbuilder import Model
from sqlalchemy import inspect, select

from app.kernel.access.access_grants import AccessGrant
from app.people.models import Person
from app.people.visibility import Visibility

# table.column → why it is not moved.
UNMOVED_COLUMNS = {
    "duplicate.first_id": "the pair itself",
    "duplicate.second_id": "the pair itself",
    "person_merge.surviving_id": "the merge as it was requested",
    "person_merge.merged_id": "the merge as it was requested",
    "lineup_face.person_id": "the photo as it was shown",
    "name_bearer.person_id": "an index of the names",
    "active_deadline.person_id": "an index of the custody and detention records",
    "person_status.person_id": "computed again from the moved rows",
    "watch_match.person_id": "the person in an alert to the owner of a watch",
}
# Tables that name records by `entity` and `entity_id`. Statements about the merged record stay with it.
ENTITY_TABLES = {
    "access_grant": "follows: access to the merged record becomes access to the surviving record",
    "audit_event": "stays: the audit log",
    "message": "stays: its page redirects",
    "task": "stays: the page of the record redirects",
    "warning_override": "stays: given at the entry of that record",
    "correction": "stays: a merge waits for its end",
    "correction_field": "stays: with its correction",
    "lock_exemption": "stays: with its correction",
    "person_merge_row": "stays: the moved rows",
    "person_status": "stays: computed again from the moved rows",
    "legacy_number": "stays: the legacy number of that record, which redirects to the surviving record",
    "import_entry": "stays: the result of an imported row",
    "active_deadline": "stays: of custodies, detentions and releases, which are moved themselves",
    "sent_alert": "stays: of custodies, detentions and releases, never of a person",
}


def list_person_links():
    """Yield (model, column name) of every link that moves to the surviving record."""
    person_id = inspect(Person).local_table.c.id
    for mapper in sorted(Model.registry.mappers, key=lambda mapper: mapper.class_.__name__):
        for column in mapper.local_table.columns:
            points = any(key.column is person_id for key in column.foreign_keys)
            if points and f"{mapper.local_table.name}.{column.name}" not in UNMOVED_COLUMNS:
                yield mapper.class_, mapper.get_property_by_column(column).key


def find_referencing_rows(session, person_id):
    """Yield (row, column) of every row that points to a person and moves. The session must see all rows."""
    for model, column in list_person_links():
        found = select(model).where(getattr(model, column) == person_id)
        if model is Visibility:
            # The rows of a case are written again with its persons.
            found = found.where(Visibility.case_id.is_(None))
        for row in session.scalars(found.order_by(*inspect(model).primary_key)).unique():
            yield row, column
    for row in session.scalars(
        select(AccessGrant).where(
            AccessGrant.entity == Person.__tablename__, AccessGrant.entity_id == person_id
        )
    ):
        yield row, "entity_id"


def get_primary_key(row):
    """Return the id of a row. Every table that moves has one (tests/house/test_merge.py)."""
    return inspect(row).mapper.primary_key_from_instance(row)[0]


def set_person(row, column, person):
    """Point a row to another person, by the column and by the relationships that use it."""
    mapper = inspect(row).mapper
    for relation in mapper.relationships:
        if relation.mapper.class_ is Person and mapper.local_table.c[column] in relation.local_columns:
            setattr(row, relation.key, person)
    setattr(row, column, person.id)
