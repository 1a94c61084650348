"""Six attacks on the audit log, by an attacker with the database, and by one who also has the key."""

import hmac
import json

import pytest
from sqlalchemy import event, insert, select, text

from app.extensions import db
from app.kernel.actor import Actor
from app.kernel.audit import anchors, hash_chain, recorder, signing_key, verify_chain
from app.kernel.audit.models import FIRST_PREVIOUS_HASH, AuditEvent, AuditHead, canonical_json
from app.kernel.audit.verify_chain import TAMPERED, UNVERIFIABLE, VALID
from tests.query_plans import EXPLAIN

ROWS = 40  # of the log, including those of a new database


@pytest.fixture
def attacker(app, owner, each_database):
    """Run SQL as the owner of the database, without triggers and constraints."""
    with app.app_context():
        for number in range(ROWS - db.session.scalar(select(AuditHead.seq))):
            recorder.record_now("access.viewed", "person", number, private={"name": f"ឈ្មោះ {number}"})
        db.session.remove()
        with owner.begin() as connection:
            drop_guards(connection)
        with owner.connect() as connection:
            yield connection
            connection.invalidate()  # without constraints: no other test may take it from the pool


def drop_guards(connection):
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
    """Return seq → hash of the anchors. The last anchor is that of the last row."""
    anchors.write_anchor(attacker, tmp_path)
    attacker.rollback()
    return anchors.read_anchors(tmp_path)


def verify(connection, known):
    connection.commit()
    verify_chain.begin_snapshot(connection)
    finding = verify_chain.verify_chain(connection, known)
    connection.rollback()
    return finding.status, finding.seq, finding.kind


@pytest.fixture(params=[verify_chain.CHUNK_ROWS, 7], ids=["one chunk", "several chunks"])
def chunk_sizes(request, monkeypatch):
    monkeypatch.setattr(verify_chain, "CHUNK_ROWS", request.param)


def run_sql(connection, *statements):
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    for statement in statements:
        connection.execute(text(statement))


def test_log_unchanged_is_valid(attacker, anchored, chunk_sizes):
    assert verify(attacker, anchored) == (VALID, 0, "")


@pytest.mark.parametrize(
    "change",
    [
        "actor_id = 99",
        "action = 'session.signed_out'",
        "outcome = 'refused'",
        "case_number = '1'",
        "row_hash = 'x'",
    ],
)
def test_1_edited_event_is_found(attacker, anchored, change):
    run_sql(attacker, " ".join(("UPDATE audit_event SET", change, "WHERE seq = 35")))
    assert verify(attacker, anchored) == (TAMPERED, 35, "hash")


def test_1_edited_payload_is_found(attacker, anchored):
    run_sql(attacker, "UPDATE audit_payload SET body = '{}' WHERE seq = 35")
    assert verify(attacker, anchored) == (TAMPERED, 35, "payload")


def test_2_deleted_event_is_found(attacker, anchored, chunk_sizes):
    run_sql(attacker, "DELETE FROM audit_event WHERE seq = 35")
    assert verify(attacker, anchored) == (TAMPERED, 36, "gap")


def test_2_deleted_payload_without_erasure_is_found(attacker, anchored):
    run_sql(attacker, "DELETE FROM audit_payload WHERE seq = 35")
    assert verify(attacker, anchored) == (TAMPERED, 35, "payload missing")


def test_log_with_recorded_erasure_is_valid(app, db_session, owner, tmp_path, each_database):
    recorder.record_now("access.viewed", "person", 1, private={"name": "សុខ"})
    seq = db_session.scalar(select(AuditHead.seq))
    recorder.record_now(verify_chain.ERASED, "audit_payload", seq)
    db_session.rollback()
    with owner.connect() as connection:
        anchors.write_anchor(connection, tmp_path)
        run_sql(connection, " ".join(("DELETE FROM audit_payload WHERE seq =", str(seq))))
        assert verify(connection, anchors.read_anchors(tmp_path))[0] == VALID


def test_3_swapped_events_are_found(attacker, anchored):
    run_sql(
        attacker,
        "UPDATE audit_event SET seq = -1 WHERE seq = 35",
        "UPDATE audit_event SET seq = 35 WHERE seq = 36",
        "UPDATE audit_event SET seq = 36 WHERE seq = -1",
    )
    assert verify(attacker, anchored) == (TAMPERED, 35, "hash")


def test_4_inserted_event_is_found(attacker, anchored):
    row = dict(attacker.execute(select(AuditEvent.__table__).where(AuditEvent.seq == ROWS)).mappings().one())
    row |= {"seq": ROWS + 1, "payload_hash": "", "previous": row["hash"], "hash": "a" * 64}
    attacker.execute(insert(AuditEvent.__table__).values(row))
    assert verify(attacker, anchored) == (TAMPERED, ROWS + 1, "hash")


@pytest.mark.parametrize("head_too", [False, True], ids=["head unchanged", "head changed"])
def test_5_deleted_tail_is_found(attacker, anchored, head_too):
    run_sql(attacker, "DELETE FROM audit_event WHERE seq > 37", "DELETE FROM audit_payload WHERE seq > 37")
    if head_too:
        run_sql(
            attacker,
            "UPDATE audit_head SET seq = 37, hash = (SELECT hash FROM audit_event WHERE seq = 37)",
        )
    assert verify(attacker, anchored) == (TAMPERED, ROWS, "cut")


def test_6_rebuilt_chain_is_found_by_anchor(attacker, anchored):
    run_sql(attacker, "UPDATE audit_event SET actor_id = 99 WHERE seq = 35")
    rebuild_chain(attacker)
    assert verify(attacker, {}) == (UNVERIFIABLE, 0, "")
    assert verify(attacker, anchored) == (TAMPERED, ROWS, "anchor")


def rebuild_chain(connection):
    """Rebuild the chain as an attacker with the database and the key can."""
    events, previous = AuditEvent.__table__, FIRST_PREVIOUS_HASH
    for row in connection.execute(select(events).order_by(events.c.seq)).all():
        values = [row.seq, hash_chain.format_timestamp(row.at), *row[2 : len(hash_chain.HASHED_COLUMNS)]]
        fresh = hash_chain.hash_row(values, previous)
        change = events.update().where(events.c.seq == row.seq)
        connection.execute(change.values(previous=previous, hash=fresh))
        previous = fresh
    connection.execute(AuditHead.__table__.update().values(hash=previous))


def test_event_older_than_previous_event_is_found(attacker, anchored):
    run_sql(attacker, "UPDATE audit_event SET at = '2020-01-01 00:00:00.000000' WHERE seq = 35")
    rebuild_chain(attacker)
    assert verify(attacker, {}) == (TAMPERED, 35, "time")


def test_log_without_anchor_is_unverifiable(attacker):
    assert verify(attacker, {}) == (UNVERIFIABLE, 0, "")


def test_log_with_other_key_is_unverifiable(attacker, anchored, tmp_path, monkeypatch):
    signing_key.create_key_file(tmp_path / "another")
    monkeypatch.setattr("config.AUDIT_KEY_FILE", tmp_path / "another")
    assert verify(attacker, anchored) == (UNVERIFIABLE, 0, "")


def test_anchor_on_tampered_log_is_rejected(attacker, anchored, tmp_path):
    run_sql(attacker, "UPDATE audit_event SET hash = previous WHERE seq = 40")
    with pytest.raises(anchors.AnchorMismatch):
        anchors.write_anchor(attacker, tmp_path)


def test_anchor_after_500_rows_is_due(attacker, anchored, tmp_path):
    assert anchors.write_anchor(attacker, tmp_path) is None
    move_head(attacker, anchors.MAX_ROWS - 1)
    assert anchors.write_anchor(attacker, tmp_path, due_only=True) is None
    move_head(attacker, 1)
    assert anchors.write_anchor(attacker, tmp_path, due_only=True)[0] == ROWS + anchors.MAX_ROWS


def move_head(connection, rows):
    with connection.engine.begin() as other:
        other.execute(AuditHead.__table__.update().values(seq=AuditHead.__table__.c.seq + rows))
    connection.rollback()


def test_anchor_after_15_minutes_is_due(attacker, anchored, tmp_path):
    path = tmp_path / anchors.FILE
    seq, digest, _at = path.read_text().split("\t")
    path.write_text(f"{seq}\t{digest}\t2026-01-01T00:00:00\n")
    assert anchors.write_anchor(attacker, tmp_path, due_only=True) is None, "no new rows"
    move_head(attacker, 1)
    assert anchors.write_anchor(attacker, tmp_path, due_only=True)[0] == ROWS + 1


def test_anchor_file_with_invalid_line_raises(tmp_path):
    (tmp_path / anchors.FILE).write_text("12\tnothing\n")
    with pytest.raises(ValueError):
        anchors.read_anchors(tmp_path)


def test_event_text_is_plain_json_and_hash_is_plain_hmac():
    values = [1, None, 'សុខ\n"\\', {"b": [1.5, True], "a": "x"}]
    assert canonical_json(values) == json.dumps(
        values, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    assert signing_key.sign(b"message") == hmac.digest(signing_key.load_key(), b"message", "sha256")


def test_verification_reads_each_event_once(db_session, each_database, monkeypatch):
    """Both databases return the hashed text of a row, so it needs no second query."""
    recorder.record_now("access.viewed", "person", 1, actor=Actor(session_ref='សុខ\n"\\/\x01\x7f😀'))
    recorder.record_now(
        "import.checked", "import", 1, actor=Actor()
    )  # an event of a batch that hashes no row
    monkeypatch.setattr(verify_chain, "_has_valid_hash", lambda *_row: False)
    with db.engine.connect() as connection:
        verify_chain.begin_snapshot(connection)
        assert verify_chain._find_first_bad_row(connection, {})[0] is None


def test_chunk_reads_only_its_own_payloads(attacker, monkeypatch):
    """PostgreSQL read all payloads for each chunk, so that a log 10 times as long took 100 times as long."""
    monkeypatch.setattr(verify_chain, "CHUNK_ROWS", 7)
    is_postgresql = attacker.dialect.name == "postgresql"
    if is_postgresql:  # the plan for two long tables
        attacker.exec_driver_sql(
            "SET enable_nestloop = off; SET enable_hashjoin = off; SET enable_seqscan = off"
        )
    statements = []
    event.listen(attacker, "before_cursor_execute", lambda _c, _k, *call: statements.append(call[:2]))
    verify_chain.verify_chain(attacker, {})
    chunks = [one for one in statements if "audit_payload" in one[0]]
    assert len(chunks) > ROWS // 7
    expected = "Index Cond: ((seq >" if is_postgresql else "SEARCH audit_payload USING INTEGER PRIMARY KEY"
    statement, values = chunks[-1]
    plan = [row[-1] for row in attacker.exec_driver_sql(EXPLAIN[attacker.dialect.name] + statement, values)]
    first = next(number for number, line in enumerate(plan) if "audit_payload" in line)
    assert any(expected in line for line in plan[first:]), plan
