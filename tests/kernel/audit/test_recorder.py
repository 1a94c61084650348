"""Every act leaves one row, in the transaction of the act; nothing else can be done to the log."""

import pytest
from sqlalchemy import delete, event, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.kernel.actor import Actor, act_as
from app.kernel.audit import hash_chain, recorder
from app.kernel.audit.models import AuditHead, AuditPayload, AuditSeals
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.code_lists import Code
from app.people.models import Person, PersonMark
from tests.sample_rows import a_registered_person, written_by
from tests.statement_counts import counted

KEPT = (AuditEvent, AuditPayload, AuditSeals)


@pytest.fixture
def events(db_session):
    """What the test itself has written so far, all of it or of one action."""
    begun = db_session.scalar(select(AuditHead.seq))
    db_session.rollback()

    def told(action=None):
        statement = select(AuditEvent).where(AuditEvent.seq > begun).order_by(AuditEvent.seq)
        return db_session.scalars(
            statement if action is None else statement.where(AuditEvent.action == action)
        ).all()

    return told


@pytest.fixture
def person(db_session):
    with written_by("clerk.bb"):
        one = Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M")
        db_session.add(one)
        db_session.commit()
    return one


# What a row says


def test_a_row_says_who_from_where_what_and_why(db_session, events, each_database):
    act_as(
        db_session,
        Actor(
            7,
            "PC-02",
            session_mark="a1b2",
            address="10.0.0.9",
            purpose="wanted",
            case_number="02-2026-000007",
        ),
    )
    recorder.note(
        db_session, "share", "case", 12, outcome="refused", unit="PC-12", private={"name": "សុខ\x00\udc80"}
    )
    db_session.commit()
    (row,) = events("share")
    assert (row.actor_id, row.unit_code, row.session_mark, row.address) == (7, "PC-02", "a1b2", "10.0.0.9")
    assert (row.entity, row.entity_id, row.outcome) == ("case", 12, "refused")
    assert (row.purpose, row.case_number) == ("wanted", "02-2026-000007")
    assert row.facts == {"unit": "PC-12", "private": {"name": "សុខ\x00\udc80"}}
    assert row.when.hour == (row.at.hour + 7) % 24


def test_what_is_typed_stands_beside_the_chain_not_in_it(db_session, each_database):
    recorder.tell("look.search", private={"name": "សុខ ដារ៉ា"})
    row = db_session.execute(select(AuditEvent.__table__).where(AuditEvent.action == "look.search")).one()
    assert "សុខ" not in repr(tuple(row))
    assert len(row.payload_hash) == 64


def test_a_code_that_was_changed_is_told_with_its_values(db_session, events, each_database):
    code = db_session.scalars(select(Code).where(Code.list == "role", Code.key == "suspect")).one()
    before, code.name_km = code.name_km, "ពាក្យថ្មី"
    db_session.commit()
    (row,) = events("change")
    assert (row.entity, row.entity_id) == ("code", code.id)
    assert row.changes["name_km"] == [before, "ពាក្យថ្មី"]


# In the transaction of the act


def test_what_is_queued_goes_with_a_rollback(db_session, events, each_database):
    recorder.note(db_session, "share", "case", 1)
    db_session.rollback()
    recorder.note(db_session, "session.ended")
    db_session.commit()
    assert [row.action for row in events()] == ["session.ended"]


def test_what_is_queued_within_a_savepoint_goes_with_it(db_session, events, person, each_database):
    person.phone = "1"
    db_session.flush()
    savepoint = db_session.begin_nested()
    recorder.note(db_session, "share", "person", person.id)
    person.marks.append(PersonMark(kind="scar", text="ស្នាម"))
    db_session.flush()
    savepoint.rollback()
    with db_session.begin_nested():
        recorder.note(db_session, "refused", "person", person.id)
    db_session.commit()
    assert [row.action for row in events()] == ["add", "change", "refused"]


def test_a_session_that_is_closed_leaves_nothing_to_the_next_transaction(db_session, events, each_database):
    recorder.note(db_session, "share", "case", 1)
    db_session().close()
    recorder.note(db_session, "session.ended")
    db_session.commit()
    assert [row.action for row in events()] == ["session.ended"]


def test_the_log_costs_two_statements_however_many_rows(db_session, events, register, each_database):
    with written_by("clerk.bb"), counted(register) as asked:
        for number in range(20):
            db_session.add(a_registered_person(number))
        db_session.commit()
    of_the_log = [one for one in asked if "audit_" in one]
    assert len(of_the_log) == 2
    assert len(events()) == 20 * 5


def test_no_save_without_its_row(db_session, person, owner, each_database):
    break_the_log(owner)
    person.phone = "012"
    with pytest.raises(SQLAlchemyError):
        db_session.commit()
    db_session.rollback()
    assert person.phone is None


def test_no_look_without_its_row(db_session, owner, each_database):
    break_the_log(owner)
    with pytest.raises(recorder.NotWritten):
        recorder.tell("look.open", "person", 1, found=1)


def test_a_look_stays_when_the_session_that_looked_is_undone(db_session, events, person, each_database):
    assert db_session.get(Person, person.id)
    recorder.tell("look.open", "person", person.id)
    db_session.rollback()
    assert [row.action for row in events("look.open")] == ["look.open"]


def test_a_look_that_fails_leaves_nothing_of_what_stood_with_it(db_session, owner, each_database):
    before = db_session.scalar(select(func.count(Code.id)))
    break_the_log(owner)
    with pytest.raises(recorder.NotWritten):
        recorder.tell("look.search", also=[(delete(Code), {})])
    db_session.rollback()
    assert db_session.scalar(select(func.count(Code.id))) == before


def test_on_sqlite_a_look_needs_no_second_connection(db_session, person):
    assert db_session.get(Person, person.id)
    before, most = db.engine.pool.checkedout(), []
    count = lambda *_words: most.append(db.engine.pool.checkedout())  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", count)
    recorder.tell("look.open", "person", person.id)
    event.remove(db.engine, "before_cursor_execute", count)
    assert most == [before] * 2


def break_the_log(owner):
    """As a full disk or a hand in the database would."""
    with owner.begin() as connection:
        connection.execute(text("DROP VIEW audit_entry"))


def test_a_clock_behind_the_log_writes_nothing_until_it_is_said_why(
    db_session, events, person, owner, each_database
):
    with owner.begin() as connection:
        ahead = text("UPDATE audit_head SET at = :later")
        connection.execute(ahead, {"later": "2090-01-01 00:00:00.000000"})
    with pytest.raises(hash_chain.ClockSetBack):
        recorder.tell("signout")
    person.phone = "012"
    with pytest.raises(hash_chain.ClockSetBack):
        db_session.commit()
    db_session.rollback()
    recorder.tell(hash_chain.CLOCK_SET, because="the clock stood at 2090")
    recorder.tell("signout")
    assert [row.action for row in events()] == ["add", hash_chain.CLOCK_SET, "signout"]


def test_two_who_write_at_once_make_one_chain(db_session, events, app, each_database):
    first = db.engine.connect()
    hash_chain.append(first, [hash_chain.entry(Actor(1), "signout")])
    first.commit()
    recorder.tell("signout")
    first.close()
    rows = events()
    assert len(rows) == 2 and rows[1].previous == rows[0].hash


def test_a_look_within_a_write_is_refused_at_once(db_session, person):
    person.phone = "1"
    db_session.flush()
    with pytest.raises(recorder.NotWritten):
        recorder.tell("look.open", "person", person.id)


# The database itself refuses the rest


@pytest.mark.parametrize("table", [model.__tablename__ for model in KEPT])
def test_the_log_takes_no_change_from_its_owner_either(db_session, person, owner, table, each_database):
    fill_seals(db_session)
    column = {"audit_event": "action", "audit_payload": "body", "audit_seals": "batch"}[table]
    statements = [("UPDATE", table, "SET", column, "= 'x'"), ("DELETE FROM", table)]
    if each_database == "postgresql":
        statements.append(("TRUNCATE", table, "CASCADE"))
    for words in statements:
        with owner.connect() as connection, pytest.raises(SQLAlchemyError, match="only added to"):
            connection.execute(text(" ".join(words)))


def fill_seals(session):
    session.add(AuditSeals(batch="demo", number=1, entity="person", first_id=1, seals=b"12345678"))
    session.commit()


def test_the_log_takes_only_a_row_that_follows_its_last(db_session, person, each_database):
    last = select(AuditEvent.__table__).order_by(AuditEvent.seq.desc()).limit(1)
    row = dict(db_session.execute(last).mappings().one())
    row |= {"seq": row["seq"] + 1, "previous": row["hash"]}
    for wrong in ({"seq": row["seq"] + 1}, {"previous": "0" * 64}):
        with pytest.raises(SQLAlchemyError, match="follows its last"):
            db_session.execute(AuditEvent.__table__.insert().values(row | wrong))
        db_session.rollback()


def test_a_payload_goes_only_after_its_erasure_was_written(db_session, person, owner, each_database):
    seq = db_session.scalar(select(AuditHead.seq))
    db_session.rollback()
    erase = text("DELETE FROM audit_payload WHERE seq = :seq").bindparams(seq=seq)
    with owner.connect() as connection, pytest.raises(SQLAlchemyError):
        connection.execute(erase)
    recorder.note(db_session, "erased", "audit_payload", seq, letter="12/26")
    db_session.commit()
    with owner.begin() as connection:
        connection.execute(erase)
    assert db_session.scalar(select(func.count(AuditPayload.seq)).where(AuditPayload.seq == seq)) == 0
