"""What holds on every connection, whichever database it is."""

import pytest
from psycopg import _queries
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from app.extensions import db
from app.kernel.database import engine as databases
from app.kernel.database import psycopg_dialect
from app.people.models import Person
from app.reference.models import Place
from tests.statement_counts import counted


def test_sqlite_loses_no_acknowledged_save_and_knows_foreign_keys(db_session):
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


def test_who_comes_next_gets_the_connection_that_still_remembers_its_pages(app, each_database):
    with app.app_context(), db.engine.connect() as first, db.engine.connect() as second:
        used_last = second.connection.driver_connection
        first.close()
        second.close()
        with db.engine.connect() as next_one:
            assert next_one.connection.driver_connection is used_last


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_was_planned_is_not_planned_anew_after_a_rollback(register, database):
    planned = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM place%'"
    with register.app_engine.connect() as connection:
        for _page in range(8):
            connection.execute(select(func.count()).select_from(Place))
            connection.rollback()
        assert connection.scalar(text(planned)) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_long_work_keeps_no_plan_of_a_table_that_it_fills_itself(register, database):
    engine = create_engine(register.app_engine.url)
    psycopg_dialect.plan_anew(engine)
    with engine.connect() as connection:
        for _batch in range(8):
            connection.execute(select(func.count()).select_from(Place))
        assert connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0
    engine.dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_statement_of_many_values_is_read_once(register, database):
    codes = [f"{number:06}" for number in range(200)]
    with register.app_engine.connect() as connection:
        read = [_queries._query2pg.cache_info()]
        for _save in range(2):
            connection.execute(select(Place.code).where(Place.code.in_(codes)))
            read.append(_queries._query2pg.cache_info())
    assert [one.misses for one in read[1:]] == [read[0].misses + 1] * 2


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_kept_connection_is_taken_with_its_transaction_begun_and_what_was_written_there_stays(
    register, db_session
):
    for count in (1, 2):
        with register.app_engine.connect() as connection:
            connection.execute(text("UPDATE version SET count = :count"), {"count": count})
            connection.commit()
    with register.app_engine.connect() as connection:
        assert connection.connection.driver_connection.info.transaction_status.name == "INTRANS"
        assert set(connection.scalars(text("SELECT count FROM version"))) == {count}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_has_gone_is_noticed_before_anything_is_asked(register, database):
    with register.app_engine.connect() as other:
        with register.app_engine.connect() as connection:
            server = connection.scalar(text("SELECT pg_backend_pid()"))
        other.execute(text("SELECT pg_terminate_backend(:server, 5000)"), {"server": server})
        with register.app_engine.connect() as connection:
            assert connection.scalar(text("SELECT pg_backend_pid()")) != server


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_rollback_tells_that_the_server_has_gone(register, database):
    with register.app_engine.connect() as connection, register.app_engine.connect() as other:
        server = connection.scalar(text("SELECT pg_backend_pid()"))
        other.execute(text("SELECT pg_terminate_backend(:server, 5000)"), {"server": server})
        with pytest.raises(OperationalError):
            connection.rollback()


def test_rows_of_one_flush_go_in_together_and_in_their_order(register, db_session, each_database):
    people = [Person(surname_km="សុខ", given_latin=str(number), sex="M") for number in range(400)]
    db_session.add_all(people)
    with counted(register) as statements:
        db_session.commit()
    inserts = [one for one in statements if one.startswith("INSERT INTO person ")]
    assert len(inserts) < 20
    found = dict(map(tuple, db_session.execute(text("SELECT id, given_latin FROM person"))))
    assert [found[person.id] for person in people] == [str(number) for number in range(400)]


def test_a_fault_is_told_without_what_was_typed(register, db_session, each_database):
    db_session.add(Person(surname_km="សុខ", given_latin="Secretname", sex=None))
    with pytest.raises(IntegrityError) as fault:
        db_session.flush()
    db_session.rollback()
    assert "Secretname" not in str(fault.value)


def test_a_database_that_sorts_by_bytes_is_accepted(register, each_database):
    databases.refuse_unfit(register.app_engine)


@pytest.mark.parametrize("locale, reason", [("C", "no Khmer letter"), ("C.UTF-8", None)])
def test_a_postgresql_without_khmer_letters_is_refused(registers, locale, reason):
    server = registers("postgresql")
    server.say(
        "drop database if exists of_letters with (force)",
        f"create database of_letters template template0 encoding 'UTF8' locale '{locale}'",
    )
    engine = create_engine(server.url_of("of_letters"))
    try:
        if reason is None:
            databases.refuse_unfit(engine)
        else:
            with pytest.raises(SystemExit, match=f"(?s){reason}.*CREATE DATABASE .*LOCALE 'C.UTF-8'"):
                databases.refuse_unfit(engine)
    finally:
        engine.dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_rollback_undoes_what_was_written_and_what_was_refused(register, db_session):
    with register.app_engine.connect() as connection:
        connection.execute(text("DELETE FROM version"))
        connection.rollback()
        with pytest.raises(ProgrammingError):
            connection.execute(text("SELECT nothing FROM nowhere"))
        connection.rollback()
        assert connection.scalar(text("SELECT count(*) FROM version"))
