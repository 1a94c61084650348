"""No feature is forgotten by a joining: whatever points to a person follows to the record that stays, or says why not."""

from flask_appbuilder import Model
from sqlalchemy import Integer, inspect

from app.duplicates.person_references import NAMED, STAYS, links
from app.extensions import db
from app.people.models import Person


def pointing():
    """table.column of every foreign key to a person."""
    return {
        f"{table.name}.{column.name}"
        for table in db.metadata.sorted_tables
        for column in table.columns
        if any(key.column is Person.__table__.c.id for key in column.foreign_keys)
    }


def test_every_link_to_a_person_follows_or_says_why_it_stays():
    following = {f"{model.__tablename__}.{column}" for model, column in links()}
    assert following | set(STAYS) == pointing(), (
        "app/duplicates/person_references.py: a link follows, or stands in STAYS"
    )
    assert not following & set(STAYS) and all(STAYS.values())


def test_what_follows_has_a_number_of_its_own():
    """By which the joining keeps it, so that exactly that row goes back."""
    for model, column in links():
        keys = inspect(model).primary_key
        assert len(keys) == 1 and isinstance(keys[0].type, Integer), (
            f"{model.__name__}.{column}: a row is known again by its number; or say in STAYS how it follows by itself."
        )


def test_whatever_names_records_by_table_and_number_says_what_becomes_of_it():
    named = {
        mapper.local_table.name
        for mapper in Model.registry.mappers
        if {"entity", "entity_id"} <= set(mapper.local_table.columns.keys())
    }
    assert named == set(NAMED), (
        "app/duplicates/person_references.py: NAMED says whether it follows a joined person"
    )
