"""Change feed: all records in the scope of the reader, in the order of the commits, without their content."""

import pytest
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.audit import change_feed, hash_chain, recorder, row_hashes
from app.people.models import PersonName
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

KEYS = {"resource", "id", "number", "version", "change", "at"}


@pytest.fixture
def program(clerk):
    return Program(clerk)


@prepared
def alias(db_session):
    """The alias of a person in a case of Battambang."""
    with acting_as("clerk.bb"):
        person = make_registered_person()
        add_registered_case(people=[(person, "suspect")])
        db_session.commit()
    return person.names[0]


def get_changes(program, cursor="", expect=200):
    return program.get("changes/", expect, **({"after": cursor} if cursor else {}))


def entries_of(answer):
    return [(one["resource"], one["id"], one["change"]) for one in answer["result"]]


def latest_cursor(program):
    return get_changes(program, "end")["next"]


def test_feed_new_records_listed_once_without_content(program, each_database, alias):
    answer = get_changes(program)
    assert {"cases", "persons", "involvements", "person-names"} <= {
        one["resource"] for one in answer["result"]
    }
    assert all(one.keys() == KEYS and one["change"] == "new" for one in answer["result"])
    keys = [(one["resource"], one["id"]) for one in answer["result"]]
    assert len(keys) == len(set(keys)) and not answer["more"]
    assert entries_of(get_changes(program, answer["next"])) == []


def test_feed_change_after_cursor_has_current_version(program, alias):
    cursor = latest_cursor(program)
    for text in ("សុខា", "សុខុម"):
        version = program.get(f"person-names/{alias.id}")["result"]["version"]
        program.put(f"person-names/{alias.id}", {"version": version, "text_km": text})
    answer = get_changes(program, cursor)
    assert entries_of(answer) == [("person-names", alias.id, "changed")]
    assert answer["result"][0]["version"] == 3


def test_feed_late_commit_is_not_missed(program, each_database, alias):
    """The event of a transaction that wrote first and committed last has the highest number."""
    if each_database == "sqlite":
        pytest.skip("SQLite allows one writer at a time, so no commit is late.")
    with Session(db.engine) as slow:
        act_as(slow, SYSTEM)
        slow.get(PersonName, alias.id).text_latin = "Slow"
        slow.flush()
        person = alias.person_id
        program.post("person-names/", {"person": person, "kind": "former", "text_km": "សុខា"})
        answer = get_changes(program)
        assert ("person-names", alias.id, "changed") not in entries_of(answer)
        slow.commit()
    assert entries_of(get_changes(program, answer["next"])) == [("person-names", alias.id, "changed")]


def test_feed_records_outside_scope_are_left_out(client_as, alias, each_database):
    assert entries_of(get_changes(Program(client_as("clerk.pp")))) == []


def test_feed_without_read_permission_is_empty(client_as, alias):
    assert entries_of(get_changes(Program(client_as("admin")))) == []


def test_feed_pages_are_limited_and_continue_at_cursor(program, alias, monkeypatch):
    everything = entries_of(get_changes(program))
    monkeypatch.setattr(change_feed, "WINDOW", 3)
    found, cursor, more, pages = [], "", True, 0
    while more:
        answer = get_changes(program, cursor)
        assert len(answer["result"]) <= 3
        found, cursor, more, pages = found + entries_of(answer), answer["next"], answer["more"], pages + 1
    assert pages > 3 and sorted(set(found)) == sorted(everything)


def test_feed_batch_rows_are_listed_one_by_one(program, alias, monkeypatch, each_database):
    """The log has one event for the batch, with the row hashes."""
    cursor = latest_cursor(program)
    blocks = row_hashes.HashBlocks("import", 1)
    blocks.add("person_name", alias.id, b"\1" * 8)
    blocks.add("person", alias.person_id, b"\1" * 8)
    with db.engine.begin() as connection:
        entry = hash_chain.build_entry(
            SYSTEM, "batch.imported", "import", 1, row_hash=blocks.write(connection)
        )
        hash_chain.append_entries(connection, [entry])
    monkeypatch.setattr(change_feed, "WINDOW", 1)
    first = get_changes(program, cursor)
    second = get_changes(program, first["next"])
    rows = [("person-names", alias.id, "new"), ("persons", alias.person_id, "new")]
    assert [entries_of(first), entries_of(second)] == [rows[:1], rows[1:]]
    assert first["more"]


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwwXQ==", "Wy0xLDBd", "១", "W1tbW1tb"])
def test_feed_invalid_cursor_returns_400(program, cursor):
    get_changes(program, cursor, expect=400)


def test_feed_request_writes_no_audit_event(program, alias, db_session):
    before = db_session.query(recorder.AuditEvent).count()
    get_changes(program)
    assert db_session.query(recorder.AuditEvent).count() == before
