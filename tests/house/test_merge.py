"""Merging forgets no feature: every foreign key to a person moves to the kept record, or has a reason to
stay.
"""

from flask_appbuilder import Model
from sqlalchemy import Integer, inspect

from app.duplicates.person_references import ENTITY_TABLES, UNMOVED_COLUMNS, list_person_links
from app.extensions import db
from app.people.models import Person


def pointing():
    """Return table.column of every foreign key to a person."""
    return {
        f"{table.name}.{column.name}"
        for table in db.metadata.sorted_tables
        for column in table.columns
        if any(key.column is Person.__table__.c.id for key in column.foreign_keys)
    }


def test_every_link_to_a_person_moves_or_has_a_reason():
    following = {f"{model.__tablename__}.{column}" for model, column in list_person_links()}
    assert following | set(UNMOVED_COLUMNS) == pointing(), (
        "app/duplicates/person_references.py: a link follows, or is in UNMOVED_COLUMNS"
    )
    assert not following & set(UNMOVED_COLUMNS) and all(UNMOVED_COLUMNS.values())


def test_every_moved_row_has_its_own_key():
    """The merge records this key, so that undo merge moves back exactly that row."""
    for model, column in list_person_links():
        keys = inspect(model).primary_key
        assert len(keys) == 1 and isinstance(keys[0].type, Integer), (
            f"{model.__name__}.{column}: a row is known again by its number; or say in UNMOVED_COLUMNS how it follows by itself."
        )


def test_every_generic_record_link_has_a_merge_rule():
    named = {
        mapper.local_table.name
        for mapper in Model.registry.mappers
        if {"entity", "entity_id"} <= set(mapper.local_table.columns.keys())
    }
    assert named == set(ENTITY_TABLES), (
        "app/duplicates/person_references.py: ENTITY_TABLES says whether it follows a joined person"
    )
