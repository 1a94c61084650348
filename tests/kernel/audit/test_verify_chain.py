"""The six attacks on the log, by somebody who holds the database, and one who holds the key as well."""

import hmac
import json

import pytest
from sqlalchemy import event, insert, select, text

from app.extensions import db
from app.kernel.actor import Actor
from app.kernel.audit import anchors, hash_chain, recorder, signing_key, verify_chain
from app.kernel.audit.models import BEGINNING, AuditEvent, AuditHead, plain_json
from app.kernel.audit.verify_chain import RIGHT, TAMPERED, UNPROVED
from tests.query_plans import EXPLAIN

ROWS = 40  # of the log, with what lies in a new register


@pytest.fixture
def attacker(app, owner, each_database):
    """Runs SQL as somebody who owns the database: nothing in it stops him."""
    with app.app_context():
        for number in range(ROWS - db.session.scalar(select(AuditHead.seq))):
            recorder.tell("look.open", "person", number, private={"name": f"ឈ្មោះ {number}"})
        db.session.remove()
        with owner.begin() as connection:
            take_the_guards_away(connection)
        with owner.connect() as connection:
            yield connection


def take_the_guards_away(connection):
    if connection.dialect.name == "postgresql":
        for table in ("audit_event", "audit_payload", "audit_head"):
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.exec_driver_sql("ALTER TABLE audit_payload DROP CONSTRAINT audit_payload_seq_fkey")
        return
    names = (
        connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    )
    for name in names:
        if name.startswith("audit_"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


@pytest.fixture
def anchored(attacker, tmp_path):
    """seq → hash of the anchors, the last of them of the last row."""
    anchors.anchor(attacker, tmp_path)
    attacker.rollback()
    return anchors.read(tmp_path)


def proved(connection, known):
    connection.commit()
    verify_chain.one_view(connection)
    finding = verify_chain.of_chain(connection, known)
    connection.rollback()
    return finding.status, finding.seq, finding.kind


@pytest.fixture(params=[verify_chain.AT_ONCE, 7], ids=["in one portion", "in portions"])
def portions(request, monkeypatch):
    monkeypatch.setattr(verify_chain, "AT_ONCE", request.param)


def do(connection, *statements):
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    for statement in statements:
        connection.execute(text(statement))


def test_a_log_that_nobody_touched_is_right(attacker, anchored, portions):
    assert proved(attacker, anchored) == (RIGHT, 0, "")


@pytest.mark.parametrize(
    "change",
    ["actor_id = 99", "action = 'signout'", "outcome = 'refused'", "case_number = '1'", "seal = 'x'"],
)
def test_1_an_edit_is_found(attacker, anchored, change):
    do(attacker, " ".join(("UPDATE audit_event SET", change, "WHERE seq = 35")))
    assert proved(attacker, anchored) == (TAMPERED, 35, "hash")


def test_1_an_edit_of_what_it_says_of_people_is_found(attacker, anchored):
    do(attacker, "UPDATE audit_payload SET body = '{}' WHERE seq = 35")
    assert proved(attacker, anchored) == (TAMPERED, 35, "payload")


def test_2_a_deletion_is_found(attacker, anchored, portions):
    do(attacker, "DELETE FROM audit_event WHERE seq = 35")
    assert proved(attacker, anchored) == (TAMPERED, 36, "gap")


def test_2_a_deletion_of_what_it_says_of_people_is_found_unless_an_erasure_was_written(attacker, anchored):
    do(attacker, "DELETE FROM audit_payload WHERE seq = 35")
    assert proved(attacker, anchored) == (TAMPERED, 35, "payload missing")


def test_an_erasure_that_was_written_leaves_the_log_right(app, db_session, owner, tmp_path, each_database):
    recorder.tell("look.open", "person", 1, private={"name": "សុខ"})
    seq = db_session.scalar(select(AuditHead.seq))
    recorder.tell(verify_chain.ERASED, "audit_payload", seq)
    db_session.rollback()
    with owner.connect() as connection:
        anchors.anchor(connection, tmp_path)
        do(connection, " ".join(("DELETE FROM audit_payload WHERE seq =", str(seq))))
        assert proved(connection, anchors.read(tmp_path))[0] == RIGHT


def test_3_two_rows_in_another_order_are_found(attacker, anchored):
    do(
        attacker,
        "UPDATE audit_event SET seq = -1 WHERE seq = 35",
        "UPDATE audit_event SET seq = 35 WHERE seq = 36",
        "UPDATE audit_event SET seq = 36 WHERE seq = -1",
    )
    assert proved(attacker, anchored) == (TAMPERED, 35, "hash")


def test_4_an_insertion_is_found(attacker, anchored):
    row = dict(attacker.execute(select(AuditEvent.__table__).where(AuditEvent.seq == ROWS)).mappings().one())
    row |= {"seq": ROWS + 1, "payload_hash": "", "previous": row["hash"], "hash": "a" * 64}
    attacker.execute(insert(AuditEvent.__table__).values(row))
    assert proved(attacker, anchored) == (TAMPERED, ROWS + 1, "hash")


@pytest.mark.parametrize("head_too", [False, True], ids=["and the head is left", "with the head"])
def test_5_a_cut_tail_is_found(attacker, anchored, head_too):
    do(attacker, "DELETE FROM audit_event WHERE seq > 37", "DELETE FROM audit_payload WHERE seq > 37")
    if head_too:
        do(
            attacker,
            "UPDATE audit_head SET seq = 37, hash = (SELECT hash FROM audit_event WHERE seq = 37)",
        )
    assert proved(attacker, anchored) == (TAMPERED, ROWS, "cut")


def test_6_a_chain_made_anew_with_the_key_is_found(attacker, anchored):
    do(attacker, "UPDATE audit_event SET actor_id = 99 WHERE seq = 35")
    chain_anew(attacker)
    assert proved(attacker, {}) == (UNPROVED, 0, "")
    assert proved(attacker, anchored) == (TAMPERED, ROWS, "anchor")


def chain_anew(connection):
    """What somebody can do who has both the database and the key."""
    events, previous = AuditEvent.__table__, BEGINNING
    for row in connection.execute(select(events).order_by(events.c.seq)).all():
        values = [row.seq, hash_chain.moment_text(row.at), *row[2 : len(hash_chain.COVERED)]]
        fresh = hash_chain.hash_of(values, previous)
        change = events.update().where(events.c.seq == row.seq)
        connection.execute(change.values(previous=previous, hash=fresh))
        previous = fresh
    connection.execute(AuditHead.__table__.update().values(hash=previous))


def test_a_row_from_before_the_row_ahead_of_it_is_found(attacker, anchored):
    do(attacker, "UPDATE audit_event SET at = '2020-01-01 00:00:00.000000' WHERE seq = 35")
    chain_anew(attacker)
    assert proved(attacker, {}) == (TAMPERED, 35, "time")


def test_without_an_anchor_nothing_is_proved(attacker):
    assert proved(attacker, {}) == (UNPROVED, 0, "")


def test_with_another_key_nothing_is_proved(attacker, anchored, tmp_path, monkeypatch):
    signing_key.make_file(tmp_path / "another")
    monkeypatch.setattr("config.AUDIT_KEY_FILE", tmp_path / "another")
    assert proved(attacker, anchored) == (UNPROVED, 0, "")


def test_a_log_that_no_longer_holds_its_anchor_is_anchored_no_more(attacker, anchored, tmp_path):
    do(attacker, "UPDATE audit_event SET hash = previous WHERE seq = 40")
    with pytest.raises(anchors.AnchorRefused):
        anchors.anchor(attacker, tmp_path)


def test_an_anchor_is_due_after_500_rows(attacker, anchored, tmp_path):
    assert anchors.anchor(attacker, tmp_path) is None
    grow(attacker, anchors.ROWS - 1)
    assert anchors.anchor(attacker, tmp_path, due_only=True) is None
    grow(attacker, 1)
    assert anchors.anchor(attacker, tmp_path, due_only=True)[0] == ROWS + anchors.ROWS


def grow(connection, rows):
    with connection.engine.begin() as other:
        other.execute(AuditHead.__table__.update().values(seq=AuditHead.__table__.c.seq + rows))
    connection.rollback()


def test_an_anchor_is_due_after_a_quarter_of_an_hour(attacker, anchored, tmp_path):
    path = tmp_path / anchors.FILE
    seq, digest, _at = path.read_text().split("\t")
    path.write_text(f"{seq}\t{digest}\t2026-01-01T00:00:00\n")
    assert anchors.anchor(attacker, tmp_path, due_only=True) is None, "nothing came since"
    grow(attacker, 1)
    assert anchors.anchor(attacker, tmp_path, due_only=True)[0] == ROWS + 1


def test_a_spoilt_file_of_anchors_is_no_anchor(tmp_path):
    (tmp_path / anchors.FILE).write_text("12\tnothing\n")
    with pytest.raises(ValueError):
        anchors.read(tmp_path)


def test_the_text_of_a_row_is_plain_json_and_its_signature_plain_hmac():
    values = [1, None, 'សុខ\n"\\', {"b": [1.5, True], "a": "x"}]
    assert plain_json(values) == json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert signing_key.sign(b"message") == hmac.digest(signing_key.key(), b"message", "sha256")


def test_a_row_is_not_read_twice_to_be_proved(db_session, each_database, monkeypatch):
    """The text of its hash comes with it, whoever of the two writes it."""
    recorder.tell("look.open", "person", 1, actor=Actor(session_mark='សុខ\n"\\/\x01\x7f😀'))
    monkeypatch.setattr(verify_chain, "_is_as_written", lambda *_row: False)
    with db.engine.connect() as connection:
        assert verify_chain._first_bad_row(connection, {})[0] is None


def test_a_portion_reads_the_payloads_of_its_own_rows_alone(attacker, monkeypatch):
    """PostgreSQL walked all payloads beside each portion, so that a log ten times as long took a hundred times as long."""
    monkeypatch.setattr(verify_chain, "AT_ONCE", 7)
    is_postgresql = attacker.dialect.name == "postgresql"
    if is_postgresql:  # as it joins two long tables
        attacker.exec_driver_sql(
            "SET enable_nestloop = off; SET enable_hashjoin = off; SET enable_seqscan = off"
        )
    asked = []
    event.listen(attacker, "before_cursor_execute", lambda _c, _k, *said: asked.append(said[:2]))
    verify_chain.of_chain(attacker, {})
    portions = [one for one in asked if "audit_payload" in one[0]]
    assert len(portions) > ROWS // 7
    read = "Index Cond: ((seq >" if is_postgresql else "SEARCH audit_payload USING INTEGER PRIMARY KEY"
    statement, values = portions[-1]
    plan = [row[-1] for row in attacker.exec_driver_sql(EXPLAIN[attacker.dialect.name] + statement, values)]
    first = next(number for number, line in enumerate(plan) if "audit_payload" in line)
    assert any(read in line for line in plan[first:]), plan
