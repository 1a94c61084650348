"""A cached value is loaded again when its version changes, and only then."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier, Lock

from sqlalchemy import select

from app.kernel.database import versioned_cache
from app.kernel.database.versioned_cache import CacheVersion, VersionedCache
from app.kernel.schema import code_lists
from app.kernel.schema.bulk_save import FlushProxy
from app.kernel.schema.code_lists import Code
from app.reference.models import Unit
from tests.statement_counts import counted


def suspect_code(session):
    return session.scalars(select(Code).where(Code.list == "role", Code.key == "suspect")).one()


def test_value_is_loaded_again_after_version_changes(db_session):
    read = []
    cached = VersionedCache("a thing", lambda: read.append(1) or len(read))
    assert (cached.get(), cached.get()) == (1, 1)
    versioned_cache.bump(db_session, "a thing")
    db_session.commit()
    assert (cached.get(), cached.get()) == (2, 2)


class LockOfTwo:
    """A lock that two threads reach before one of them takes it."""

    def __init__(self):
        self.barrier, self.lock = Barrier(2), Lock()

    def __enter__(self):
        self.barrier.wait(timeout=60)
        self.lock.acquire()

    def __exit__(self, *_error):
        self.lock.release()


def test_two_threads_load_a_value_once(app):
    cached = VersionedCache("a thing", object)
    cached.lock = LockOfTwo()

    def get(_thread):
        with app.app_context():
            return cached.get()

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(get, range(2))
    assert first is second


def test_bump_increments_version_once_per_flush(db_session):
    versioned_cache.bump(db_session, "a thing")
    db_session.flush()
    for _flush in range(2):
        before = db_session.get(versioned_cache.CacheVersion, "a thing").count
        for _message in range(3):
            versioned_cache.bump(db_session, "a thing")
        db_session.flush()
        assert db_session.get(versioned_cache.CacheVersion, "a thing").count == before + 1


def test_bump_rolled_back_keeps_cached_value(db_session):
    cached = VersionedCache("a thing", object)
    first = cached.get()
    versioned_cache.bump(db_session, "a thing")
    db_session.flush()
    db_session.rollback()
    assert cached.get() is first


def test_changed_code_label_is_used_at_once(db_session, clerk):
    assert code_lists.label("role", "suspect") == "ជនសង្ស័យ"
    suspect_code(db_session).name_km = "ជនត្រូវសង្ស័យ"
    db_session.commit()
    assert code_lists.label("role", "suspect") == "ជនត្រូវសង្ស័យ"
    assert "ជនត្រូវសង្ស័យ" in clerk.get("/entry/a-new-one").text


def test_change_by_other_process_is_seen_by_next_request(register, app, clerk, db_session):
    clerk.get("/entry/a-new-one")
    with register.app_engine.begin() as connection:  # what another process did
        connection.execute(
            Code.__table__.update().where(Code.list == "role", Code.key == "suspect").values(name_km="ឈ្មោះថ្មី")
        )
        connection.execute(
            versioned_cache.CacheVersion.__table__.update().values(
                count=versioned_cache.CacheVersion.count + 1
            )
        )
    assert "ឈ្មោះថ្មី" in clerk.get("/entry/a-new-one").text


def test_changed_unit_name_is_found_by_lookup(db_session, clerk):
    db_session.get(Unit, "PC-02").name_en = "Zebra Commissariat"
    db_session.commit()
    items = clerk.get("/lookup/unit?q=zebra").json["items"]
    assert items[0]["id"] == "PC-02"


def test_cache_check_needs_no_statement(register, clerk):
    clerk.get("/about-the-data/")
    with counted(register) as statements:
        clerk.get("/about-the-data/")
    assert len(statements) == 1


def test_retired_code_has_label_but_is_not_a_choice(db_session):
    suspect_code(db_session).valid_to = date(2020, 1, 1)
    db_session.commit()
    assert code_lists.label("role", "suspect") == "ជនសង្ស័យ"
    assert "suspect" not in dict(code_lists.choices("role"))
    assert "suspect" in dict(code_lists.choices("role", keep="suspect"))


def test_label_of_unknown_key_is_the_key(db_session):
    assert code_lists.label("role", "king") == "king"
    assert code_lists.label("role", None) == ""


def test_two_changes_in_a_bulk_save_begin_one_version(db_session, each_database):
    """An import that sent the first two messages of a new register was refused."""
    flush = FlushProxy(db_session(), [])
    with db_session.no_autoflush:
        for _change in range(2):
            versioned_cache.bump(flush, "not yet known")
    db_session.commit()
    found = select(CacheVersion.count).where(CacheVersion.name == "not yet known")
    assert db_session.scalars(found).all() == [1]
