"""Audit log: append-only tables, the hash chain, and the view that adds an event with its payload.

The database refuses to change or delete what was written, whoever asks. An event must follow the last one: its
number is one higher and it names the hash of its predecessor.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_event", "audit_payload", "audit_row_hashes")
OUT_OF_ORDER = "The audit log accepts only the event that follows the last one."
IS_APPEND_ONLY = "The audit log is append-only."
# Lawful erasure empties a payload: an event of the log announces it first.
NOT_ERASED = """NOT EXISTS (
    SELECT 1 FROM audit_event WHERE entity = 'audit_payload' AND entity_id = OLD.seq AND action = 'payload.erased')"""
# The time of the log never goes back, except when an operator resets the clock and says so.
NEW_TIME = "CASE WHEN NEW.action = 'clock.set' OR NEW.at > at THEN NEW.at ELSE at END"

COLUMNS = (
    "seq",
    "at",
    "actor_id",
    "unit_code",
    "session_ref",
    "address",
    "action",
    "entity",
    "entity_id",
    "purpose",
    "case_number",
    "outcome",
    "payload_hash",
    "row_hash",
    "previous",
    "hash",
)
INSERT_EVENT = (
    f"INSERT INTO audit_event ({', '.join(COLUMNS)}) VALUES ({', '.join(f'NEW.{name}' for name in COLUMNS)});"
)
INSERT_PAYLOAD = "INSERT INTO audit_payload (seq, body)"
ENTRY_VIEW = (
    f"CREATE VIEW audit_entry AS SELECT {', '.join(f'e.{name}' for name in COLUMNS)}, p.body"
    " FROM audit_event e LEFT JOIN audit_payload p ON p.seq = e.seq"
)


def upgrade():
    head = sa.table(
        "audit_head", *map(sa.column, ("id", "lock_marker", "seq", "hash")), sa.column("at", sa.DateTime)
    )
    op.bulk_insert(
        head, [{"id": 1, "lock_marker": 0, "seq": 0, "hash": "0" * 64, "at": datetime(2000, 1, 1)}]
    )
    op.execute(sa.text(ENTRY_VIEW))
    for statement in _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql():
        op.execute(sa.text(statement))


def _sqlite():
    def refuse(name, event, table, condition="", message=IS_APPEND_ONLY):
        when = f" WHEN {condition}" if condition else ""
        return f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{message}'); END"

    for table in APPEND_ONLY:
        yield refuse(f"{table}_no_update", "UPDATE", table)
    for table in ("audit_event", "audit_row_hashes", "audit_head"):
        yield refuse(f"{table}_no_delete", "DELETE", table)
    yield refuse("audit_payload_no_delete", "DELETE", "audit_payload", NOT_ERASED)
    follows = "NOT EXISTS (SELECT 1 FROM audit_head WHERE seq = NEW.seq - 1 AND hash = NEW.previous)"
    yield refuse("audit_event_in_order", "INSERT", "audit_event", follows, OUT_OF_ORDER)
    yield f"""CREATE TRIGGER audit_event_advance_head AFTER INSERT ON audit_event BEGIN
        UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash, at = {NEW_TIME}; END"""
    yield f"""CREATE TRIGGER audit_entry_added INSTEAD OF INSERT ON audit_entry BEGIN
        {INSERT_EVENT} {INSERT_PAYLOAD} SELECT NEW.seq, NEW.body WHERE NEW.body IS NOT NULL; END"""


def _postgresql():
    yield f"""CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{IS_APPEND_ONLY}'; END $$"""
    yield f"""CREATE FUNCTION audit_refuse_payload_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF {NOT_ERASED} THEN RAISE EXCEPTION '{IS_APPEND_ONLY}'; END IF; RETURN OLD; END $$"""
    # Runs with its owner's rights: the application's role may not change the head of the chain.
    yield f"""CREATE FUNCTION audit_advance_head() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path FROM CURRENT AS $$ BEGIN
        UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash, at = {NEW_TIME}
        WHERE seq = NEW.seq - 1 AND hash = NEW.previous;
        IF NOT FOUND THEN RAISE EXCEPTION '{OUT_OF_ORDER}'; END IF; RETURN NULL; END $$"""
    # Runs with the caller's rights: the application may insert into both tables and do nothing else with the log.
    yield f"""CREATE FUNCTION audit_entry_added() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
        BEGIN {INSERT_EVENT} IF NEW.body IS NOT NULL THEN {INSERT_PAYLOAD} VALUES (NEW.seq, NEW.body); END IF;
        RETURN NEW; END $$"""

    def trigger(name, event, table, function, per="ROW"):
        return f"CREATE TRIGGER {name} {event} ON {table} FOR EACH {per} EXECUTE FUNCTION {function}()"

    yield trigger("audit_entry_added", "INSTEAD OF INSERT", "audit_entry", "audit_entry_added")
    yield trigger("audit_event_advance_head", "AFTER INSERT", "audit_event", "audit_advance_head")
    for table in APPEND_ONLY:
        yield trigger(f"{table}_no_update", "BEFORE UPDATE", table, "audit_refuse")
    for table in ("audit_event", "audit_row_hashes", "audit_head"):
        yield trigger(f"{table}_no_delete", "BEFORE DELETE", table, "audit_refuse")
    yield trigger(
        "audit_payload_no_delete", "BEFORE DELETE", "audit_payload", "audit_refuse_payload_deletion"
    )
    for table in (*APPEND_ONLY, "audit_head"):
        yield trigger(f"{table}_no_truncate", "BEFORE TRUNCATE", table, "audit_refuse", "STATEMENT")


def downgrade():
    op.execute("DROP VIEW audit_entry")
    if op.get_bind().dialect.name == "sqlite":
        return  # the triggers go with their tables
    for name in ("audit_refuse", "audit_refuse_payload_deletion", "audit_advance_head", "audit_entry_added"):
        op.execute(f"DROP FUNCTION {name}() CASCADE")
