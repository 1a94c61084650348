"""Connection settings, the connection pool and the start-up checks of both databases."""

import pytest
from sqlalchemy import create_engine, event, func, literal_column, select, text
from sqlalchemy.engine.interfaces import CacheStats
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.database import engine as databases
from app.kernel.database import psycopg_patches
from app.people.models import Person
from app.reference.models import Place
from tests.statement_counts import counted

pytestmark = pytest.mark.database


def test_sqlite_connection_has_all_pragmas(db_session):
    def pragma(name):
        return db_session.scalar(text(f"PRAGMA {name}"))

    full = 2
    found = {name: pragma(name) for name in databases.PRAGMAS}
    assert found == {
        "journal_mode": "wal",
        "synchronous": full,
        "wal_autocheckpoint": 64000,
        "cache_size": -8000,
        "busy_timeout": 15000,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }


def test_pool_reuses_last_used_connection(app, each_database):
    with app.app_context(), db.engine.connect() as first, db.engine.connect() as second:
        used_last = second.connection.driver_connection
        first.close()
        second.close()
        with db.engine.connect() as next_one:
            assert next_one.connection.driver_connection is used_last


def test_statements_of_all_roles_stay_compiled(register):
    """The pages of all roles are two thousand statements; SQLAlchemy keeps five hundred by default."""
    hits = []
    with register.app_engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", lambda *about: hits.append(about[4].cache_hit))
        for _again in range(2):
            for number in range(1900):
                connection.execute(select(literal_column(str(number))))
    assert hits[1900:] == [CacheStats.CACHE_HIT] * 1900


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_prepared_statement_survives_rollback(register, database):
    planned = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM place%'"
    with register.app_engine.connect() as connection:
        for _page in range(8):
            connection.execute(select(func.count()).select_from(Place))
            connection.rollback()
        assert connection.scalar(text(planned)) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_disable_prepared_statements_keeps_no_plan(register, database):
    engine = create_engine(register.app_engine.url)
    psycopg_patches.disable_prepared_statements(engine)
    with engine.connect() as connection:
        for _batch in range(8):
            connection.execute(select(func.count()).select_from(Place))
        assert connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0
    engine.dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_pooled_connection_begins_transaction_and_can_commit(register, db_session):
    for count in (1, 2):
        with register.app_engine.connect() as connection:
            connection.execute(text("UPDATE cache_version SET count = :count"), {"count": count})
            connection.commit()
    with register.app_engine.connect() as connection:
        assert connection.connection.driver_connection.info.transaction_status.name == "INTRANS"
        assert set(connection.scalars(text("SELECT count FROM cache_version"))) == {count}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_lost_server_is_noticed_before_first_statement(register, database):
    with register.app_engine.connect() as other:
        with register.app_engine.connect() as connection:
            server = connection.scalar(text("SELECT pg_backend_pid()"))
        other.execute(text("SELECT pg_terminate_backend(:server, 5000)"), {"server": server})
        with register.app_engine.connect() as connection:
            assert connection.scalar(text("SELECT pg_backend_pid()")) != server


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_rollback_on_lost_server_raises_error(register, database):
    with register.app_engine.connect() as connection, register.app_engine.connect() as other:
        server = connection.scalar(text("SELECT pg_backend_pid()"))
        other.execute(text("SELECT pg_terminate_backend(:server, 5000)"), {"server": server})
        with pytest.raises(OperationalError):
            connection.rollback()


def test_flush_inserts_rows_in_few_statements_and_in_order(register, db_session, each_database):
    people = [Person(surname_km="សុខ", given_latin=str(number), sex="M") for number in range(400)]
    db_session.add_all(people)
    with counted(register) as statements:
        db_session.commit()
    inserts = [one for one in statements if one.startswith("INSERT INTO person ")]
    assert len(inserts) < 20
    found = dict(map(tuple, db_session.execute(text("SELECT id, given_latin FROM person"))))
    assert [found[person.id] for person in people] == [str(number) for number in range(400)]


def test_database_error_contains_no_values(register, db_session, each_database):
    db_session.add(Person(surname_km="សុខ", given_latin="Secretname", sex=None))
    with pytest.raises(IntegrityError) as fault:
        db_session.flush()
    db_session.rollback()
    assert "Secretname" not in str(fault.value)


def test_check_collation_accepts_byte_order(register, each_database):
    databases.check_collation(register.app_engine)


@pytest.mark.parametrize("locale, reason", [("C", "does not recognise Khmer letters"), ("C.UTF-8", None)])
def test_check_collation_rejects_ctype_without_khmer(registers, locale, reason):
    server = registers("postgresql")
    server.execute_all(
        "drop database if exists of_letters with (force)",
        f"create database of_letters template template0 encoding 'UTF8' locale '{locale}'",
    )
    engine = create_engine(server.url_of("of_letters"))
    try:
        if reason is None:
            databases.check_collation(engine)
        else:
            with pytest.raises(SystemExit, match=f"(?s){reason}.*CREATE DATABASE .*LOCALE 'C.UTF-8'"):
                databases.check_collation(engine)
    finally:
        engine.dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_rollback_undoes_writes_and_failed_statement(register, db_session):
    with register.app_engine.connect() as connection:
        connection.execute(text("DELETE FROM cache_version"))
        connection.rollback()
        with pytest.raises(ProgrammingError):
            connection.execute(text("SELECT nothing FROM nowhere"))
        connection.rollback()
        assert connection.scalar(text("SELECT count(*) FROM cache_version"))


def test_planner_of_sqlite_knows_the_rows_of_a_filled_table(tmp_path):
    filled = create_engine(f"sqlite:///{tmp_path / 'filled.db'}")
    with filled.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE step (id INTEGER PRIMARY KEY, case_id INTEGER)")
        connection.exec_driver_sql("CREATE INDEX ix_step_case ON step (case_id)")
        connection.exec_driver_sql("INSERT INTO step (case_id) VALUES (1), (1), (2)")
    with Session(filled) as session:
        databases.update_statistics_daily(session)
    with filled.connect() as connection:
        found = connection.exec_driver_sql("SELECT idx FROM sqlite_stat1 WHERE tbl = 'step'").scalars().all()
    assert found == ["ix_step_case"]
