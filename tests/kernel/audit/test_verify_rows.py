"""A record that was changed past the register is named: the exact row, on either database."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from app.cases.models import Exhibit
from app.demo import generate
from app.extensions import db
from app.kernel.audit import rehash_rows, row_hashes, verify_chain, verify_rows
from app.kernel.text import dates
from app.people.models import Person, PersonName
from tests.sample_rows import a_registered_case, a_registered_person, written_by

MOMENT = dates.read_moment("05/03/2026 14:30")[0]


@pytest.fixture
def registered(register, db_session, owner):
    """Cases and people as clerks leave them, changed since, and a small country that came in one batch."""

    def cases_and_a_country():
        generate.fill(owner, cases=30, persons=60, seed=3, say=lambda *_words: None, until=MOMENT)
        with written_by("clerk.bb"):
            for number in range(3):
                case = a_registered_case(people=[(a_registered_person(number), "suspect")])
            case.exhibits[0].quantity, case.exhibits[0].unit = Decimal("1.5"), "kg"
            case.latitude, case.longitude = 13.1, 103.2
            case.involvements[0].person.phone = "012345678"
            db_session.commit()
            db_session.get(Person, 1).phone = "0976666666"
            db_session.commit()

    register.as_left_by(cases_and_a_country)


def wrong(owner):
    """What `run.py records verify` would say of the database as it is."""
    with owner.connect() as connection:
        verify_chain.one_view(connection)
        return [
            (row.entity, row.entity_id, row.kind)
            for table in rehash_rows.sealed_tables()
            for row in verify_rows.wrong_rows(connection, table)
        ]


# All triggers but the one that takes the entries of the log: without it nobody writes any more.
GUARDS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name <> 'audit_entry_added'"


def by_hand(owner, *statements):
    """As somebody who owns the database: on SQLite nothing stops him, on PostgreSQL no trigger does."""
    with owner.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for name in connection.exec_driver_sql(GUARDS).scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(text(statement))


def test_records_that_nobody_touched_are_right(registered, owner, each_database):
    assert wrong(owner) == []


@pytest.mark.parametrize(
    ("entity", "change"),
    [
        ("person", "born_on = '1999-09-09'"),
        ("person", "surname_km = 'ខៀវ'"),
        ("person", "recorded_at = '2020-01-01 00:00:00.000000'"),
        ("exhibit", "quantity = 2"),
        ("involvement", "role = 'witness'"),
        ("case", "latitude = 1.0"),
        ("case", "unit_code = 'PC-12'"),
    ],
)
@pytest.mark.parametrize("key", ["first", "last"])
def test_a_row_changed_by_hand_is_named(registered, entity, change, key, owner, each_database):
    ids = db.metadata.tables[entity].c.id
    with owner.connect() as connection:
        row = connection.scalar(select({"first": func.min, "last": func.max}[key](ids)))
    by_hand(owner, " ".join(("UPDATE", f'"{entity}"', "SET", change, "WHERE id =", str(row))))
    assert wrong(owner) == [(entity, row, "changed")]


def test_rows_added_and_deleted_by_hand_are_named(registered, owner, each_database):
    with owner.connect() as connection:
        last = connection.execute(text("SELECT max(id) FROM person_mark")).scalar_one()
    by_hand(
        owner,
        "INSERT INTO person_mark (id, person_id, kind, text, recorded_at, changed_at, version) SELECT 9000, person_id,"
        " kind, text, recorded_at, changed_at, version FROM person_mark WHERE id = (SELECT max(id) FROM person_mark)",
        "DELETE FROM person_mark WHERE id = (SELECT max(id) FROM person_mark WHERE id < 9000)",
        "DELETE FROM person_mark WHERE id = (SELECT min(id) FROM person_mark)",
    )
    assert [kind for _entity, _key, kind in wrong(owner)] == ["deleted", "deleted", "added"]
    assert ("person_mark", last, "deleted") in wrong(owner) and ("person_mark", 9000, "added") in wrong(owner)


def test_two_rows_that_were_exchanged_are_both_named(registered, db_session, owner, each_database):
    by_hand(
        owner,
        "UPDATE person_name SET id = -1 WHERE id = 1",
        "UPDATE person_name SET id = 1 WHERE id = 2",
        "UPDATE person_name SET id = 2 WHERE id = -1",
    )
    assert wrong(owner) == [("person_name", 1, "changed"), ("person_name", 2, "changed")]


def test_seals_that_were_changed_are_found_by_the_log(registered, owner, each_database):
    by_hand(owner, "UPDATE audit_seals SET batch = 'x' WHERE id = 1")
    with owner.connect() as connection:
        finding = verify_chain.of_chain(connection, {})
    assert (finding.status, finding.kind) == (verify_chain.TAMPERED, "seals")


def test_what_was_changed_by_a_step_of_the_tables_is_sealed_as_it_is(
    registered, db_session, owner, each_database
):
    by_hand(owner, "UPDATE person_name SET text_latin = 'X' WHERE id > 0")
    assert len(wrong(owner)) > 3
    with owner.begin() as connection:
        counts = rehash_rows.seal(connection, [PersonName.__table__], "a step of the tables, in a test")
    assert counts == {"person_name": db_session.query(PersonName).count()}
    assert wrong(owner) == []
    by_hand(owner, "UPDATE person_name SET text_latin = 'Y' WHERE id = 2")
    assert wrong(owner) == [("person_name", 2, "changed")]


def test_a_text_that_holds_the_mark_between_cells_is_no_other_row():
    one = row_hashes.joined("person", ["a=x\x1fb=y"])
    other = row_hashes.joined("person", ["a=x", "b=y"])
    assert one != other


def test_an_amount_has_one_text_however_it_is_written():
    column = Exhibit.__table__.c.quantity
    cell = row_hashes.cell_of(column)
    assert {cell(value) for value in (Decimal("1.5"), Decimal("1.500"), 1.5, "1.50")} == {"1.5"}
