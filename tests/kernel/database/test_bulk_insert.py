"""Many rows of a table without records of its own, of which one that is there already stays."""

from sqlalchemy import select

from app.kernel.database.bulk_insert import insert_missing
from app.kernel.schema.legacy_numbers import OldNumber

TABLE = OldNumber.__table__


def row(number, entity_id):
    return {
        "source": "ecrime-2016", "entity": "case", "entity_id": entity_id, "number": number, "number_key": number,
    }  # fmt: skip


def test_what_is_there_stays_and_the_rest_comes_in(db_session, each_database):
    insert_missing(db_session(), TABLE, [row("ក-១", 1)])
    insert_missing(db_session(), TABLE, [row("ក-១", 2), row('"\\ក,%s', 3), row("ក-១", 4)])
    found = dict(db_session.execute(select(TABLE.c.number, TABLE.c.entity_id)).all())
    assert found == {"ក-១": 1, '"\\ក,%s': 3}


def test_nothing_is_written_of_nothing(db_session, each_database):
    insert_missing(db_session(), TABLE, [])
    assert db_session.scalars(select(TABLE.c.number)).all() == []
