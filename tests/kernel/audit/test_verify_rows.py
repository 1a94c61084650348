"""Row verification: a record changed outside E-Crime is found, on both databases."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from app.cases.models import Exhibit
from app.demo import generate
from app.extensions import db
from app.kernel.audit import rehash_rows, row_hashes, verify_chain, verify_rows
from app.kernel.text import dates
from app.people.models import Person, PersonName
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

MOMENT = dates.parse_datetime("05/03/2026 14:30")[0]


@pytest.fixture
def registered(register, db_session, owner):
    """Cases and people that were entered and changed by clerks, and demo data from one batch."""

    def fill_database():
        generate.generate_country(
            owner, cases=30, persons=60, seed=3, report=lambda *_args: None, until=MOMENT
        )
        with acting_as("clerk.bb"):
            for number in range(3):
                case = add_registered_case(people=[(make_registered_person(number), "suspect")])
            case.exhibits[0].quantity, case.exhibits[0].unit = Decimal("1.5"), "kg"
            case.latitude, case.longitude = 13.1, 103.2
            case.involvements[0].person.phone = "012345678"
            db_session.commit()
            db_session.get(Person, 1).phone = "0976666666"
            db_session.commit()

    register.as_left_by(fill_database)


def find_tampered(owner, tables=None):
    """Return the rows that `run.py records verify` would report, of all tables or of these."""
    with owner.connect() as connection:
        verify_chain.begin_snapshot(connection)
        return [
            (row.entity, row.entity_id, row.kind)
            for table in tables or rehash_rows.record_tables()
            for row in verify_rows.tampered_rows(connection, table)
        ]


# All triggers except the one that inserts audit entries, which every write needs.
GUARDS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name <> 'audit_entry_added'"


def run_as_owner(owner, *statements):
    """Run SQL as the owner of the database, without triggers."""
    with owner.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for name in connection.exec_driver_sql(GUARDS).scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(text(statement))


def test_rows_unchanged_are_valid(registered, owner, each_database):
    assert find_tampered(owner) == []


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
def test_row_changed_by_sql_is_found(registered, entity, change, owner, each_database):
    ids = db.metadata.tables[entity].c.id
    with owner.connect() as connection:
        first, last = connection.execute(select(func.min(ids), func.max(ids))).one()
    for row in (first, last):
        run_as_owner(owner, " ".join(("UPDATE", f'"{entity}"', "SET", change, "WHERE id =", str(row))))
    assert find_tampered(owner) == [(entity, first, "changed"), (entity, last, "changed")]


def test_rows_added_and_deleted_by_sql_are_found(registered, owner, each_database):
    with owner.connect() as connection:
        last = connection.execute(text("SELECT max(id) FROM person_mark")).scalar_one()
    run_as_owner(
        owner,
        "INSERT INTO person_mark (id, person_id, kind, text, recorded_at, changed_at, version) SELECT 9000, person_id,"
        " kind, text, recorded_at, changed_at, version FROM person_mark WHERE id = (SELECT max(id) FROM person_mark)",
        "DELETE FROM person_mark WHERE id = (SELECT max(id) FROM person_mark WHERE id < 9000)",
        "DELETE FROM person_mark WHERE id = (SELECT min(id) FROM person_mark)",
    )
    assert [kind for _entity, _key, kind in find_tampered(owner)] == ["deleted", "deleted", "added"]
    assert ("person_mark", last, "deleted") in find_tampered(owner) and (
        "person_mark",
        9000,
        "added",
    ) in find_tampered(owner)


def test_short_ranges_of_ids_find_the_same_rows(registered, owner, monkeypatch):
    monkeypatch.setattr(verify_rows, "CHUNK_IDS", 7)
    names = [PersonName.__table__]
    assert find_tampered(owner, names) == []
    run_as_owner(owner, "UPDATE person_name SET text_latin = 'X' WHERE id IN (7, 8)")
    assert find_tampered(owner, names) == [("person_name", number, "changed") for number in (7, 8)]


def test_rows_swapped_are_both_found(registered, db_session, owner, each_database):
    run_as_owner(
        owner,
        "UPDATE person_name SET id = -1 WHERE id = 1",
        "UPDATE person_name SET id = 1 WHERE id = 2",
        "UPDATE person_name SET id = 2 WHERE id = -1",
    )
    assert find_tampered(owner) == [("person_name", 1, "changed"), ("person_name", 2, "changed")]


def test_row_hashes_changed_are_found_by_chain(registered, owner, each_database):
    run_as_owner(owner, "UPDATE audit_row_hashes SET batch = 'x' WHERE id = 1")
    with owner.connect() as connection:
        finding = verify_chain.verify_chain(connection, {})
    assert (finding.status, finding.kind) == (verify_chain.TAMPERED, "hashes")


def test_rows_rehashed_after_migration_are_valid(registered, db_session, owner, each_database):
    run_as_owner(owner, "UPDATE person_name SET text_latin = 'X' WHERE id > 0")
    assert len(find_tampered(owner)) > 3
    with owner.begin() as connection:
        counts = rehash_rows.rehash_tables(connection, [PersonName.__table__], "a migration, in a test")
    assert counts == {"person_name": db_session.query(PersonName).count()}
    assert find_tampered(owner) == []
    run_as_owner(owner, "UPDATE person_name SET text_latin = 'Y' WHERE id = 2")
    assert find_tampered(owner) == [("person_name", 2, "changed")]


def test_cells_with_separator_do_not_match_other_row():
    one = row_hashes.join_cells("person", ["a=x\x1fb=y"])
    other = row_hashes.join_cells("person", ["a=x", "b=y"])
    assert one != other


def test_decimal_formats_have_one_text():
    column = Exhibit.__table__.c.quantity
    cell = row_hashes.cell_formatter(column)
    assert {cell(value) for value in (Decimal("1.5"), Decimal("1.500"), 1.5, "1.50")} == {"1.5"}
