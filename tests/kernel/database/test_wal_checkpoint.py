"""SQLite's log of writes is brought home while others read and write."""

from sqlalchemy import text

from app.kernel.database.wal_checkpoint import bring_home
from tests.sample_rows import a_registered_person


def save_somebody(session):
    session.add(a_registered_person())
    session.commit()


def test_what_was_saved_is_in_the_file_itself_afterwards(register, db_session):
    save_somebody(db_session)
    before = register.file_of("register").read_bytes()
    assert bring_home(register.app_engine) == 0
    assert register.file_of("register").read_bytes() != before


def test_it_waits_for_nobody_and_nobody_waits_for_it(register, db_session):
    with register.app_engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT count(*) FROM person")
        save_somebody(db_session)
        assert bring_home(register.app_engine) > 0  # he still reads the state before
        save_somebody(db_session)
    assert db_session.scalar(text("SELECT count(*) FROM person")) == 2
    assert bring_home(register.app_engine) == 0
