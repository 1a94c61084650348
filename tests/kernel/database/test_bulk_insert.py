"""Bulk inserts that leave existing rows unchanged."""

import pytest
from sqlalchemy import select

from app.kernel.database.bulk_insert import insert_if_absent
from app.kernel.schema.legacy_numbers import LegacyNumber

pytestmark = pytest.mark.database

TABLE = LegacyNumber.__table__


def row(number, entity_id):
    return {
        "source": "ecrime-2016", "entity": "case", "entity_id": entity_id, "number": number, "number_key": number,
    }  # fmt: skip


def test_insert_if_absent_keeps_existing_rows(db_session, each_database):
    insert_if_absent(db_session(), TABLE, [row("ក-១", 1)])
    insert_if_absent(db_session(), TABLE, [row("ក-១", 2), row('"\\ក,%s', 3), row("ក-១", 4)])
    found = dict(db_session.execute(select(TABLE.c.number, TABLE.c.entity_id)).all())
    assert found == {"ក-១": 1, '"\\ក,%s': 3}


def test_insert_if_absent_without_rows_writes_nothing(db_session, each_database):
    insert_if_absent(db_session(), TABLE, [])
    assert db_session.scalars(select(TABLE.c.number)).all() == []
