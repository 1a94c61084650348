"""The chained log

A row of the log could be changed or taken out by whoever reached the database, and nobody would have known. Now each
row carries a keyed hash of itself and of the one before it, the values stand beside it by their hash, and the
database refuses to change or delete what was written. Rows that were there are carried over, in their order.
"""

import hashlib
import hmac
import json
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

import config

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

KEPT = ('audit_event', 'audit_payload', 'audit_seals')
FOLLOWS = 'The log takes only a row that follows its last one.'
ADDED = 'The log is only added to.'
ERASED = "NOT EXISTS (SELECT 1 FROM audit_event WHERE entity = 'audit_payload' AND entity_id = OLD.seq AND action = 'erased')"

SQLITE = [
    f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{ADDED}'); END"
    for table in KEPT
] + [
    f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{ADDED}'); END"
    for table in ('audit_event', 'audit_seals')
] + [
    f"CREATE TRIGGER audit_payload_no_delete BEFORE DELETE ON audit_payload WHEN {ERASED}"
    f" BEGIN SELECT RAISE(ABORT, '{ADDED}'); END",
    "CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head"
    f" BEGIN SELECT RAISE(ABORT, '{ADDED}'); END",
    "CREATE TRIGGER audit_event_follows BEFORE INSERT ON audit_event"
    " WHEN NOT EXISTS (SELECT 1 FROM audit_head WHERE seq = NEW.seq - 1 AND hash = NEW.previous)"
    f" BEGIN SELECT RAISE(ABORT, '{FOLLOWS}'); END",
    "CREATE TRIGGER audit_event_moves_on AFTER INSERT ON audit_event BEGIN"
    " UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash,"
    " at = CASE WHEN NEW.action = 'clock.set' OR NEW.at > at THEN NEW.at ELSE at END; END",
]

# The function that moves the end on runs with its owner's rights: the application's role may not move it.
POSTGRESQL = [
    f"CREATE FUNCTION audit_refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{ADDED}'; END $$",
    "CREATE FUNCTION audit_payload_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" IF {ERASED} THEN RAISE EXCEPTION '{ADDED}'; END IF; RETURN OLD; END $$",
    "CREATE FUNCTION audit_moves_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT"
    " AS $$ BEGIN UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash,"
    " at = CASE WHEN NEW.action = 'clock.set' OR NEW.at > at THEN NEW.at ELSE at END"
    f" WHERE seq = NEW.seq - 1 AND hash = NEW.previous; IF NOT FOUND THEN RAISE EXCEPTION '{FOLLOWS}'; END IF;"
    " RETURN NULL; END $$",
    "CREATE TRIGGER audit_event_moves_on AFTER INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_moves_on()",
    "CREATE TRIGGER audit_payload_no_delete BEFORE DELETE ON audit_payload FOR EACH ROW EXECUTE FUNCTION audit_payload_kept()",
    "CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_refused()",
] + [
    f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refused()"
    for table in KEPT
] + [
    f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refused()"
    for table in ('audit_event', 'audit_seals')
] + [
    f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refused()"
    for table in (*KEPT, 'audit_head')
]


def upgrade():
    connection = op.get_bind()
    old = connection.execute(sa.text(
        'SELECT id, at, actor_id, action, entity, entity_id, changes FROM audit_event ORDER BY id'
    ).columns(at=sa.DateTime, changes=sa.JSON)).all()
    op.drop_index('ix_audit_event_record', 'audit_event')
    op.drop_table('audit_event')
    event = op.create_table(
        'audit_event',
        sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.Column('actor_id', sa.Integer(), nullable=True),
        sa.Column('unit_code', sa.String(length=20), nullable=True),
        sa.Column('session_mark', sa.String(length=40), nullable=False),
        sa.Column('address', sa.String(length=45), nullable=False),
        sa.Column('action', sa.String(length=40), nullable=False),
        sa.Column('entity', sa.String(length=40), nullable=False),
        sa.Column('entity_id', sa.Integer(), nullable=True),
        sa.Column('purpose', sa.String(length=40), nullable=False),
        sa.Column('case_number', sa.String(length=40), nullable=False),
        sa.Column('outcome', sa.String(length=20), nullable=False),
        sa.Column('payload_hash', sa.String(length=64), nullable=False),
        sa.Column('seal', sa.String(length=64), nullable=False),
        sa.Column('previous', sa.String(length=64), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('seq'),
    )
    op.create_index('ix_audit_event_record', 'audit_event', ['entity', 'entity_id'])
    op.create_index('ix_audit_event_actor', 'audit_event', ['actor_id', 'at'])
    op.create_index('ix_audit_event_action', 'audit_event', ['action', 'seq'])
    payload = op.create_table(
        'audit_payload',
        sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['seq'], ['audit_event.seq']),
        sa.PrimaryKeyConstraint('seq'),
    )
    head = op.create_table(
        'audit_head',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('held', sa.Integer(), nullable=False),
        sa.Column('seq', sa.Integer(), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_table(
        'audit_seals',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('batch', sa.String(length=40), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('entity', sa.String(length=40), nullable=False),
        sa.Column('first_id', sa.Integer(), nullable=False),
        sa.Column('seals', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_audit_seals_rows', 'audit_seals', ['entity', 'first_id'])
    op.create_index('ix_audit_seals_batch', 'audit_seals', ['batch', 'number'])
    beginning = {'id': 1, 'held': 0, 'seq': 0, 'hash': '0' * 64, 'at': datetime(2000, 1, 1)}
    connection.execute(sa.insert(head), [beginning])
    for statement in SQLITE if connection.dialect.name == 'sqlite' else POSTGRESQL:
        op.execute(sa.text(statement))
    if old:
        _carry_over(connection, event, payload, old)


def _carry_over(connection, event, payload, old):
    """Chain the rows of before as `kernel.trace.chain` does; written here once more, for that may move on."""
    key = hashlib.sha256(config.AUDIT_KEY_FILE.read_text('ascii').strip().encode()).digest()

    def sign(text):
        return hmac.digest(key, text.encode(), 'sha256').hex()

    def plain(value):
        return json.dumps(value, ensure_ascii=False, separators=(',', ':'), sort_keys=True)

    previous = '0' * 64
    for seq, row in enumerate(old, start=1):
        changes = row.changes or {}
        if row.action == 'change':
            before, after = ({name: pair[n] for name, pair in changes.items()} for n in (0, 1))
            body = plain({'before': before, 'after': after})
        else:
            body = plain({'facts': changes} if row.entity == 'demo' else {'after': changes})
        at = row.at - timedelta(hours=7)  # the old rows told the civil time of Cambodia
        covered = [
            seq, at.isoformat(' ', 'microseconds'), row.actor_id, None, '', '', row.action, row.entity, row.entity_id,
            '', '', 'ok', sign(body), '',
        ]
        values = dict(zip(
            ('seq', 'at', 'actor_id', 'unit_code', 'session_mark', 'address', 'action', 'entity', 'entity_id',
             'purpose', 'case_number', 'outcome', 'payload_hash', 'seal'), covered, strict=True))
        fresh = sign(plain(covered) + previous)
        connection.execute(sa.insert(event), [values | {'at': at, 'previous': previous, 'hash': fresh}])
        connection.execute(sa.insert(payload), [{'seq': seq, 'body': body}])
        previous = fresh


def downgrade():
    postgresql = op.get_bind().dialect.name == 'postgresql'
    for table in ('audit_seals', 'audit_head', 'audit_payload', 'audit_event'):
        op.drop_table(table)
    if postgresql:
        for function in ('audit_refused', 'audit_payload_kept', 'audit_moves_on'):
            op.execute(sa.text(f'DROP FUNCTION {function}()'))
    op.create_table(
        'audit_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(), nullable=False),
        sa.Column('actor_id', sa.Integer(), nullable=True),
        sa.Column('action', sa.String(length=20), nullable=False),
        sa.Column('entity', sa.String(length=40), nullable=False),
        sa.Column('entity_id', sa.Integer(), nullable=False),
        sa.Column('changes', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['actor_id'], ['ab_user.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_audit_event_record', 'audit_event', ['entity', 'entity_id'])
