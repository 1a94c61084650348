"""The queue of the exhibits that a job links to their items."""

import sqlalchemy as sa
from alembic import op

from migrations import row_level_security as rls

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "item_queue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exhibit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    # Every officer queues; only the system reads.
    rls.protect_table(op, "item_queue", "false")


def downgrade():
    rls.unprotect_table(op, "item_queue")
    op.drop_table("item_queue")
