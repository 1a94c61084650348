"""A SQLite archive moves into PostgreSQL: the same rows, and the next numbers follow the highest ones (R14)."""

import shutil

import pytest
from sqlalchemy import create_engine, func, inspect, select, text

from app.backup import moved_rows
from app.backup.moved_rows import MoveRefused, move_rows
from app.extensions import db
from app.kernel.audit import anchors, verify_chain, verify_rows
from app.kernel.audit.verify_chain import VALID
from app.people.models import Person
from tests.backup.test_archive import read_all
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

SEQUENCES = text(
    "SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name) AS sequence"
    " FROM information_schema.columns WHERE table_schema = 'public'"
    " AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
)


@pytest.fixture(scope="module")
def moved(registers, tmp_path_factory):
    """Return (SQLite engine, engine of the PostgreSQL owner) after the move of a system with a case."""
    register, file = registers("sqlite"), tmp_path_factory.mktemp("moved") / "register.db"
    register.set_back()
    with register.app.app_context(), acting_as("clerk.bb"):
        add_registered_case(people=[(make_registered_person(number=n), "suspect") for n in (1, 2)])
        db.session.commit()
        db.session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(register.owner.url.database, file)
    url = registers("postgresql").make_other(filled=True)
    assert move_rows(file, url) > 1000
    source, target = create_engine(f"sqlite:///{file}"), create_engine(url)
    yield source, target
    source.dispose()
    target.dispose()


def test_moved_database_has_the_same_rows_and_passes_the_verifications(moved, tmp_path):
    source, target = moved
    assert read_all(source) == read_all(target)
    with source.connect() as connection:
        anchors.write_anchor(connection, tmp_path)
    with target.connect() as connection:
        verify_chain.begin_snapshot(connection)
        assert verify_chain.verify_chain(connection, anchors.read_anchors(tmp_path)).status == VALID
        assert list(verify_rows.tampered_rows(connection, Person.__table__)) == []


def test_every_sequence_follows_the_highest_number(moved):
    _source, target = moved
    with target.connect() as connection:
        found = connection.execute(SEQUENCES).all()
        behind = [
            table
            for table, column, sequence in found
            if connection.scalar(select(func.nextval(sequence)))
            <= (connection.scalar(select(func.max(db.metadata.tables[table].c[column]))) or 0)
        ]
    assert len(found) > 50 and not behind


def test_moved_database_keeps_its_constraints_and_triggers(moved, registers):
    _source, target = moved
    other = create_engine(registers("postgresql").template_url)
    for query in (
        "SELECT conrelid::regclass::text, conname, convalidated FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    ):
        with target.connect() as connection, other.connect() as fresh:
            assert set(connection.execute(text(query))) == set(fresh.execute(text(query)))
    other.dispose()


def test_every_table_with_rows_is_moved(moved):
    _source, target = moved
    assert set(inspect(target).get_table_names()) - {"alembic_version"} == set(db.metadata.tables)


def test_database_with_tables_or_another_revision_is_refused(register, registers, db_session):
    url = registers("postgresql").make_other(filled=True)
    with pytest.raises(MoveRefused, match="has data"):
        moved_rows.refuse_filled(url)
    with pytest.raises(MoveRefused, match="empty PostgreSQL"):
        moved_rows.refuse_filled(register.url)
    target = create_engine(url)
    with target.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(MoveRefused, match="0001"):
        move_rows(register.owner.url.database, url)
    with target.connect() as connection:
        assert connection.scalar(select(Person.id)) is None
    target.dispose()
