"""The feed of changes: everything that one may see, in the order of the commits, and nothing of its content."""

import pytest
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.audit import change_feed, hash_chain, recorder, row_hashes
from app.people.models import PersonName
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.sql_calls import Program

ASIDE = {"resource", "id", "number", "version", "change", "at"}


@pytest.fixture
def program(clerk):
    return Program(clerk)


@pytest.fixture
def alias(db_session):
    """The name of somebody in a case of Battambang."""
    with written_by("clerk.bb"):
        person = a_registered_person()
        a_registered_case(people=[(person, "suspect")])
        db_session.commit()
    return person.names[0]


def since(program, cursor="", expect=200):
    return program.get("changes/", expect, **({"after": cursor} if cursor else {}))


def told(answer):
    return [(one["resource"], one["id"], one["change"]) for one in answer["result"]]


def end_of(program):
    return since(program, "end")["next"]


def test_what_is_new_is_told_once_with_its_version_and_without_its_content(program, each_database, alias):
    answer = since(program)
    assert {"cases", "persons", "involvements", "person-names"} <= {
        one["resource"] for one in answer["result"]
    }
    assert all(one.keys() == ASIDE and one["change"] == "new" for one in answer["result"])
    keys = [(one["resource"], one["id"]) for one in answer["result"]]
    assert len(keys) == len(set(keys)) and not answer["more"]
    assert told(since(program, answer["next"])) == []


def test_a_change_comes_after_its_cursor_with_the_version_of_now(program, alias):
    cursor = end_of(program)
    for text in ("សុខា", "សុខុម"):
        version = program.get(f"person-names/{alias.id}")["result"]["version"]
        program.put(f"person-names/{alias.id}", {"version": version, "text_km": text})
    answer = since(program, cursor)
    assert told(answer) == [("person-names", alias.id, "changed")]
    assert answer["result"][0]["version"] == 3


def test_who_commits_late_is_not_missed(program, each_database, alias):
    """His number in the log follows those of whoever committed before, though he wrote first."""
    if each_database == "sqlite":
        pytest.skip("SQLite lets one write at a time: nobody commits late.")
    with Session(db.engine) as slow:
        act_as(slow, THE_REGISTER)
        slow.get(PersonName, alias.id).text_latin = "Slow"
        slow.flush()
        person = alias.person_id
        program.post("person-names/", {"person": person, "kind": "former", "text_km": "សុខា"})
        answer = since(program)
        assert ("person-names", alias.id, "changed") not in told(answer)
        slow.commit()
    assert told(since(program, answer["next"])) == [("person-names", alias.id, "changed")]


def test_what_lies_beyond_ones_part_is_not_told(client_as, alias, each_database):
    assert told(since(Program(client_as("clerk.pp")))) == []


def test_what_one_may_not_read_is_not_told(client_as, alias):
    assert told(since(Program(client_as("admin")))) == []


def test_a_page_has_an_end_and_the_cursor_goes_on_from_there(program, alias, monkeypatch):
    everything = told(since(program))
    monkeypatch.setattr(change_feed, "WINDOW", 3)
    found, cursor, more, pages = [], "", True, 0
    while more:
        answer = since(program, cursor)
        assert len(answer["result"]) <= 3
        found, cursor, more, pages = found + told(answer), answer["next"], answer["more"], pages + 1
    assert pages > 3 and sorted(set(found)) == sorted(everything)


def test_rows_that_came_in_a_batch_are_told_one_by_one(program, alias, monkeypatch, each_database):
    """They stand in the log as one entry with their seals."""
    cursor = end_of(program)
    blocks = row_hashes.Blocks("import", 1)
    blocks.add("person_name", alias.id, b"\1" * 8)
    blocks.add("person", alias.person_id, b"\1" * 8)
    with db.engine.begin() as connection:
        entry = hash_chain.entry(THE_REGISTER, "import", "import", 1, seal=blocks.write(connection))
        hash_chain.append(connection, [entry])
    monkeypatch.setattr(change_feed, "WINDOW", 1)
    first = since(program, cursor)
    second = since(program, first["next"])
    rows = [("person-names", alias.id, "new"), ("persons", alias.person_id, "new")]
    assert [told(first), told(second)] == [rows[:1], rows[1:]]
    assert first["more"]


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwwXQ==", "Wy0xLDBd", "១", "W1tbW1tb"])
def test_a_cursor_that_was_never_given_out_is_refused(program, cursor):
    since(program, cursor, expect=400)


def test_the_feed_leaves_no_entry_in_the_log_that_it_would_tell_of_again(program, alias, db_session):
    before = db_session.query(recorder.AuditEvent).count()
    since(program)
    assert db_session.query(recorder.AuditEvent).count() == before
