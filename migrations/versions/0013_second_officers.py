"""A second officer confirms the end of a search: the recall, replacement, acquittal or return of an order.

Before, one officer with the number of any document could end it, and the person was no longer wanted.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DECISION = ("confirmation", "decided_at", "decided_by_id", "decision_reason")


def upgrade():
    op.add_column("order_event", sa.Column("confirmation", sa.String(40)))
    op.add_column("order_event", sa.Column("decided_at", sa.DateTime()))
    # SQLite adds a foreign key only together with its column.
    op.execute("ALTER TABLE order_event ADD COLUMN decided_by_id INTEGER REFERENCES ab_user (id)")
    op.add_column("order_event", sa.Column("decision_reason", sa.String(400)))
    facts, _immutable = lock.locked_columns(op.get_bind(), "order_event")
    lock.require_second_officer(op, "order_event", sorted(facts))


def downgrade():
    lock.forget_second_officer(op, "order_event")
    for name in DECISION:
        op.drop_column("order_event", name)
