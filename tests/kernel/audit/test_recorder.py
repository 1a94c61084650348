"""Recording audit events: one event for each act, in its transaction; the tables reject any other change."""

import pytest
from sqlalchemy import delete, event, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.audit import hash_chain, recorder
from app.kernel.audit.models import AuditHead, AuditPayload, AuditRowHashes
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.code_lists import Code
from app.people.models import Person, PersonMark
from tests.sample_rows import acting_as, make_registered_person
from tests.statement_counts import counted

PROTECTED = (AuditEvent, AuditPayload, AuditRowHashes)


@pytest.fixture
def events(db_session):
    """Return the events that the test has written, all or those of one action."""
    start = db_session.scalar(select(AuditHead.seq))
    db_session.rollback()

    def select_events(action=None):
        statement = select(AuditEvent).where(AuditEvent.seq > start).order_by(AuditEvent.seq)
        return db_session.scalars(
            statement if action is None else statement.where(AuditEvent.action == action)
        ).all()

    return select_events


@pytest.fixture
def person(db_session):
    with acting_as("clerk.bb"):
        one = Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M")
        db_session.add(one)
        db_session.commit()
    return one


# Content of an event


def test_event_recorded_has_actor_address_act_and_purpose(db_session, events, each_database):
    act_as(
        db_session,
        Actor(
            7,
            "PC-02",
            session_ref="a1b2",
            address="10.0.0.9",
            purpose="wanted",
            case_number="02-2026-000007",
        ),
    )
    recorder.record(
        db_session,
        "share.changed",
        "case",
        12,
        outcome="refused",
        unit="PC-12",
        private={"name": "សុខ\x00\udc80"},
    )
    db_session.commit()
    act_as(db_session, SYSTEM)  # row-level security hides the payload from the actor, who has no scope
    (row,) = events("share.changed")
    assert (row.actor_id, row.unit_code, row.session_ref, row.address) == (7, "PC-02", "a1b2", "10.0.0.9")
    assert (row.entity, row.entity_id, row.outcome) == ("case", 12, "refused")
    assert (row.purpose, row.case_number) == ("wanted", "02-2026-000007")
    assert row.facts == {"unit": "PC-12", "private": {"name": "សុខ\x00\udc80"}}
    assert row.when.hour == (row.at.hour + 7) % 24


def test_event_typed_text_is_in_payload_not_in_chain(db_session, each_database):
    recorder.record_now("access.searched", private={"name": "សុខ ដារ៉ា"})
    row = db_session.execute(select(AuditEvent.__table__).where(AuditEvent.action == "access.searched")).one()
    assert "សុខ" not in repr(tuple(row))
    assert len(row.payload_hash) == 64


def test_event_code_change_has_old_and_new_value(db_session, events, each_database):
    code = db_session.scalars(select(Code).where(Code.list == "role", Code.key == "suspect")).one()
    before, code.name_km = code.name_km, "ពាក្យថ្មី"
    db_session.commit()
    (row,) = events("record.changed")
    assert (row.entity, row.entity_id) == ("code", code.id)
    assert row.changes["name_km"] == [before, "ពាក្យថ្មី"]


# In the transaction of the act


def test_queued_event_after_rollback_is_dropped(db_session, events, each_database):
    recorder.record(db_session, "share.changed", "case", 1)
    db_session.rollback()
    recorder.record(db_session, "session.ended")
    db_session.commit()
    assert [row.action for row in events()] == ["session.ended"]


def test_queued_event_after_savepoint_rollback_is_dropped(db_session, events, person, each_database):
    person.phone = "1"
    db_session.flush()
    savepoint = db_session.begin_nested()
    recorder.record(db_session, "share.changed", "person", person.id)
    person.marks.append(PersonMark(kind="scar", text="ស្នាម"))
    db_session.flush()
    savepoint.rollback()
    with db_session.begin_nested():
        recorder.record(db_session, "request.denied", "person", person.id)
    db_session.commit()
    assert [row.action for row in events()] == ["record.added", "record.changed", "request.denied"]


def test_queued_event_after_session_close_is_dropped(db_session, events, each_database):
    recorder.record(db_session, "share.changed", "case", 1)
    db_session().close()
    recorder.record(db_session, "session.ended")
    db_session.commit()
    assert [row.action for row in events()] == ["session.ended"]


def test_commit_of_many_rows_needs_two_audit_statements(db_session, events, register, each_database):
    with acting_as("clerk.bb"), counted(register) as statements:
        for number in range(20):
            db_session.add(make_registered_person(number))
        db_session.commit()
    audit_statements = [one for one in statements if "audit_" in one]
    assert len(audit_statements) == 2
    assert len(events()) == 20 * 5


def test_save_with_broken_audit_log_is_rolled_back(db_session, person, owner, each_database):
    break_audit_log(owner)
    person.phone = "012"
    with pytest.raises(SQLAlchemyError):
        db_session.commit()
    db_session.rollback()
    assert person.phone is None


def test_view_with_broken_audit_log_raises(db_session, owner, each_database):
    break_audit_log(owner)
    with pytest.raises(recorder.AuditWriteFailed):
        recorder.record_now("access.viewed", "person", 1, found=1)


def test_view_event_after_session_rollback_is_kept(db_session, events, person, each_database):
    assert db_session.get(Person, person.id)
    recorder.record_now("access.viewed", "person", person.id)
    db_session.rollback()
    assert [row.action for row in events("access.viewed")] == ["access.viewed"]


def test_view_event_failure_rolls_back_extra_statements(db_session, owner, each_database):
    before = db_session.scalar(select(func.count(Code.id)))
    break_audit_log(owner)
    with pytest.raises(recorder.AuditWriteFailed):
        recorder.record_now("access.searched", also=[(delete(Code), {})])
    db_session.rollback()
    assert db_session.scalar(select(func.count(Code.id))) == before


def test_view_event_on_sqlite_uses_session_connection(db_session, person):
    assert db_session.get(Person, person.id)
    before, most = db.engine.pool.checkedout(), []
    count = lambda *_words: most.append(db.engine.pool.checkedout())  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", count)
    recorder.record_now("access.viewed", "person", person.id)
    event.remove(db.engine, "before_cursor_execute", count)
    assert most == [before] * 2


def break_audit_log(owner):
    """Make every write to the audit log fail, as a full disk would."""
    with owner.begin() as connection:
        connection.execute(text("DROP VIEW audit_entry"))


def test_clock_behind_log_blocks_writes_until_explained(db_session, events, person, owner, each_database):
    with owner.begin() as connection:
        ahead = text("UPDATE audit_head SET at = :later")
        connection.execute(ahead, {"later": "2090-01-01 00:00:00.000000"})
    recorder.record_now("sign_in.succeeded")  # the user reads the reason on the screen
    person.phone = "012"
    with pytest.raises(hash_chain.ClockSetBack):
        db_session.commit()
    db_session.rollback()
    recorder.record_now(hash_chain.CLOCK_SET, because="the clock stood at 2090")
    recorder.record_now("session.signed_out")
    added, late, _set, after = events()
    assert [late.action, after.action] == ["sign_in.succeeded", "session.signed_out"]
    assert late.at.year == 2090 and late.payload.body["facts"][hash_chain.CLOCK_WRONG] < "2090"


def test_two_concurrent_writers_make_one_chain(db_session, events, app, each_database):
    first = db.engine.connect()
    hash_chain.append_entries(first, [hash_chain.build_entry(Actor(1), "session.signed_out")])
    first.commit()
    recorder.record_now("session.signed_out")
    first.close()
    rows = events()
    assert len(rows) == 2 and rows[1].previous == rows[0].hash


def test_view_event_during_write_raises_at_once(db_session, person):
    person.phone = "1"
    db_session.flush()
    with pytest.raises(recorder.AuditWriteFailed):
        recorder.record_now("access.viewed", "person", person.id)


# Protection by the database


@pytest.mark.parametrize("table", [model.__tablename__ for model in PROTECTED])
def test_audit_tables_reject_changes_by_their_owner(db_session, person, owner, table, each_database):
    add_row_hashes(db_session)
    column = {"audit_event": "action", "audit_payload": "body", "audit_row_hashes": "batch"}[table]
    statements = [("UPDATE", table, "SET", column, "= 'x'"), ("DELETE FROM", table)]
    if each_database == "postgresql":
        statements.append(("TRUNCATE", table, "CASCADE"))
    for words in statements:
        with owner.connect() as connection, pytest.raises(SQLAlchemyError, match="append-only"):
            connection.execute(text(" ".join(words)))


def add_row_hashes(session):
    session.add(AuditRowHashes(batch="demo", number=1, entity="person", first_id=1, hashes=b"12345678"))
    session.commit()


def test_audit_log_rejects_row_that_does_not_follow_last(db_session, person, each_database):
    last = select(AuditEvent.__table__).order_by(AuditEvent.seq.desc()).limit(1)
    row = dict(db_session.execute(last).mappings().one())
    row |= {"seq": row["seq"] + 1, "previous": row["hash"]}
    for wrong in ({"seq": row["seq"] + 1}, {"previous": "0" * 64}):
        with pytest.raises(SQLAlchemyError, match="follows the last"):
            db_session.execute(AuditEvent.__table__.insert().values(row | wrong))
        db_session.rollback()


def test_payload_is_erased_only_after_erasure_event(db_session, person, owner, each_database):
    seq = db_session.scalar(select(AuditHead.seq))
    db_session.rollback()
    erase = text("DELETE FROM audit_payload WHERE seq = :seq").bindparams(seq=seq)
    with owner.connect() as connection, pytest.raises(SQLAlchemyError):
        connection.execute(erase)
    recorder.record(db_session, "payload.erased", "audit_payload", seq, letter="12/26")
    db_session.commit()
    with owner.begin() as connection:
        connection.execute(erase)
    assert db_session.scalar(select(func.count(AuditPayload.seq)).where(AuditPayload.seq == seq)) == 0
