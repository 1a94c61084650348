"""What a process keeps in memory is read anew when its version moves, and only then."""

from datetime import date

from sqlalchemy import select

from app.kernel.database import versioned_cache
from app.kernel.database.versioned_cache import Cached
from app.kernel.schema import code_lists
from app.kernel.schema.code_lists import Code
from app.reference.models import Unit
from tests.statement_counts import counted


def suspect(session):
    return session.scalars(select(Code).where(Code.list == "role", Code.key == "suspect")).one()


def test_a_value_is_read_once_and_again_after_its_version_moved(db_session):
    read = []
    cached = Cached("a thing", lambda: read.append(1) or len(read))
    assert (cached.get(), cached.get()) == (1, 1)
    versioned_cache.bump(db_session, "a thing")
    db_session.commit()
    assert (cached.get(), cached.get()) == (2, 2)


def test_a_version_moves_with_each_flush_that_was_told_of_a_change(db_session):
    versioned_cache.bump(db_session, "a thing")
    db_session.flush()
    for _flush in range(2):
        before = db_session.get(versioned_cache.Version, "a thing").count
        for _message in range(3):
            versioned_cache.bump(db_session, "a thing")
        db_session.flush()
        assert db_session.get(versioned_cache.Version, "a thing").count == before + 1


def test_a_bump_that_is_rolled_back_moves_nothing(db_session):
    cached = Cached("a thing", object)
    first = cached.get()
    versioned_cache.bump(db_session, "a thing")
    db_session.flush()
    db_session.rollback()
    assert cached.get() is first


def test_a_word_that_is_changed_is_said_at_once(db_session, clerk):
    assert code_lists.label("role", "suspect") == "ជនសង្ស័យ"
    suspect(db_session).name_km = "ជនត្រូវសង្ស័យ"
    db_session.commit()
    assert code_lists.label("role", "suspect") == "ជនត្រូវសង្ស័យ"
    assert "ជនត្រូវសង្ស័យ" in clerk.get("/entry/a-new-one").text


def test_another_process_learns_of_a_change_with_its_next_request(register, app, clerk, db_session):
    clerk.get("/entry/a-new-one")
    with register.app_engine.begin() as connection:  # what another process did
        connection.execute(
            Code.__table__.update().where(Code.list == "role", Code.key == "suspect").values(name_km="ឈ្មោះថ្មី")
        )
        connection.execute(
            versioned_cache.Version.__table__.update().values(count=versioned_cache.Version.count + 1)
        )
    assert "ឈ្មោះថ្មី" in clerk.get("/entry/a-new-one").text


def test_a_name_of_a_unit_that_is_changed_is_found(db_session, clerk):
    db_session.get(Unit, "PC-02").name_en = "Zebra Commissariat"
    db_session.commit()
    items = clerk.get("/lookup/unit?q=zebra").json["items"]
    assert items[0]["id"] == "PC-02"


def test_keeping_a_cache_costs_a_page_no_statement(register, clerk):
    clerk.get("/about-the-data/")
    with counted(register) as statements:
        clerk.get("/about-the-data/")
    assert len(statements) == 1


def test_retired_words_stay_readable_and_are_not_offered(db_session):
    suspect(db_session).valid_to = date(2020, 1, 1)
    db_session.commit()
    assert code_lists.label("role", "suspect") == "ជនសង្ស័យ"
    assert "suspect" not in dict(code_lists.choices("role"))
    assert "suspect" in dict(code_lists.choices("role", keep="suspect"))


def test_a_key_that_no_list_knows_says_itself(db_session):
    assert code_lists.label("role", "king") == "king"
    assert code_lists.label("role", None) == ""
