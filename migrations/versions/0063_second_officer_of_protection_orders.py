"""A second officer confirms the end of a protection order.

One officer with the number of any document could end the protection of a person.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

TABLE = "protection_order_step"
DECISION = ("confirmation", "decided_at", "decided_by_id", "decision_reason")


def upgrade():
    op.add_column(TABLE, sa.Column("confirmation", sa.String(40)))
    op.add_column(TABLE, sa.Column("decided_at", sa.DateTime()))
    # SQLite adds a foreign key only together with its column.
    op.execute(f"ALTER TABLE {TABLE} ADD COLUMN decided_by_id INTEGER REFERENCES ab_user (id)")
    op.add_column(TABLE, sa.Column("decision_reason", sa.String(400)))
    facts, _immutable = lock.locked_columns(op.get_bind(), TABLE)
    lock.require_second_officer(op, TABLE, sorted(facts))


def downgrade():
    lock.forget_second_officer(op, TABLE)
    for name in DECISION:
        op.drop_column(TABLE, name)
