"""Checkpoints of SQLite's write-ahead log while other connections read and write."""

from sqlalchemy import text

from app.kernel.database.wal_checkpoint import checkpoint
from tests.sample_rows import make_registered_person


def save_person(session):
    session.add(make_registered_person())
    session.commit()


def test_checkpoint_writes_saved_rows_to_the_file(register, db_session):
    save_person(db_session)
    before = register.file_of("register").read_bytes()
    assert checkpoint(register.app_engine) == 0
    assert register.file_of("register").read_bytes() != before


def test_checkpoint_with_open_reader_does_not_block(register, db_session):
    with register.app_engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT count(*) FROM person")
        save_person(db_session)
        assert checkpoint(register.app_engine) > 0  # the reader still needs the older pages
        save_person(db_session)
    assert db_session.scalar(text("SELECT count(*) FROM person")) == 2
    assert checkpoint(register.app_engine) == 0
