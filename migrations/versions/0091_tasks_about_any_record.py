"""A task is about any record: the table and the key of a record that is no case, order or letter."""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None

TABLE, INDEX = "task", "ix_task_record"


def upgrade():
    op.add_column(TABLE, sa.Column("entity", sa.String(40)))
    op.add_column(TABLE, sa.Column("entity_id", sa.Integer()))
    op.create_index(INDEX, TABLE, ["entity", "entity_id"])
    lock.lock_columns(op, TABLE, "entity", "entity_id")


def downgrade():
    lock.unlock_columns(op, TABLE, "entity", "entity_id")
    op.drop_index(INDEX, TABLE)
    op.drop_column(TABLE, "entity_id")
    op.drop_column(TABLE, "entity")
