"""The list of letters is sorted by the deadline; letters without one come last."""

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

TABLE, COLUMN, INDEX = "letter", "due_order", "ix_letter_due_order"
NEVER = "9999-12-31 00:00:00.000000"


def upgrade():
    op.add_column(TABLE, sa.Column(COLUMN, sa.DateTime(), nullable=False, server_default=NEVER))
    op.execute(f"UPDATE {TABLE} SET {COLUMN} = due_at WHERE due_at IS NOT NULL AND deleted_at IS NULL")
    op.create_index(INDEX, TABLE, [COLUMN, "id"])


def downgrade():
    op.drop_index(INDEX, TABLE)
    op.drop_column(TABLE, COLUMN)
