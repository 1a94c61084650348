"""The state of an exhibit follows from its movements, its status of the item, and the state that a record states.

An edit from stolen to seized left the exhibit "not yet found". A part and an imported exhibit keep the state of their start.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0100"
down_revision = "0099"
branch_labels = None
depends_on = None

REWRITTEN = ("exhibit", "exhibit_custody")  # their row hashes are computed again
TABLE, COLUMN = "exhibit", "start_state"

MOVEMENTS = "FROM exhibit_movement m WHERE m.exhibit_id = {row}.id"
LAST_MOVEMENT = (
    f"(SELECT m.kind {MOVEMENTS} AND m.voided_at IS NULL AND coalesce(m.confirmation, 'confirmed') = 'confirmed'"
    " ORDER BY m.id DESC LIMIT 1)"
)
FIRST_STATE = f"coalesce((SELECT m.previous_state {MOVEMENTS} ORDER BY m.id LIMIT 1), {{row}}.state)"
BY_ROLE = "CASE WHEN {row}.property_role = 'stolen' THEN 'missing' ELSE 'seized' END"
COMPUTED = f"coalesce({LAST_MOVEMENT}, {{row}}.{COLUMN}, {BY_ROLE})"
IS_IMPORTED = 'EXISTS (SELECT 1 FROM "case" c WHERE c.id = {row}.case_id AND c.origin IS NOT NULL)'
# An edited item that is "not yet found", but not stolen, was stolen before the edit.
STATES_ITS_START = (
    f"parent_id IS NOT NULL OR ({IS_IMPORTED.format(row=TABLE)}"
    f" AND {FIRST_STATE.format(row=TABLE)} <> {BY_ROLE.format(row=TABLE)}"
    f" AND NOT (version > 1 AND {FIRST_STATE.format(row=TABLE)} = 'missing'))"
)


def upgrade():
    op.add_column(TABLE, sa.Column(COLUMN, sa.String(40)))
    op.execute(f"UPDATE {TABLE} SET {COLUMN} = {FIRST_STATE.format(row=TABLE)} WHERE {STATES_ITS_START}")
    facts, immutable = lock.locked_columns(op.get_bind(), TABLE)
    lock.lock_table(
        op, TABLE, facts | {COLUMN}, (immutable - set(lock.IMMUTABLE)) | {COLUMN}, withdrawable=True
    )
    lock.uncompute_column(op, TABLE, "state")
    computed = COMPUTED.format(row=TABLE)
    op.execute(f"UPDATE {TABLE} SET state = {computed} WHERE voided_at IS NULL AND state <> {computed}")
    lock.compute_column(op, TABLE, "state", f"SELECT {COMPUTED.format(row='NEW')}")
    state = "(SELECT e.state FROM exhibit e WHERE e.id = exhibit_custody.exhibit_id AND e.voided_at IS NULL)"
    op.execute(f"UPDATE exhibit_custody SET state = {state} WHERE state <> {state}")


def downgrade():
    """Compare the state with the movements only again, as revision 0011 does."""
    from importlib import import_module  # a name that begins with a digit

    before = import_module("migrations.versions.0011_ending_acts")
    lock.uncompute_column(op, TABLE, "state")
    lock.compute_column(op, TABLE, "state", before.EXHIBIT_STATE)
    facts, immutable = lock.locked_columns(op.get_bind(), TABLE)
    lock.lock_table(
        op, TABLE, facts - {COLUMN}, immutable - set(lock.IMMUTABLE) - {COLUMN}, withdrawable=True
    )
    op.drop_column(TABLE, COLUMN)
