"""Kept searches by their age

They are let go by the clock, whoever typed them, and it read the whole table each minute to find the old ones.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_search_slip_written_at", "search_slip"


def upgrade():
    op.create_index(INDEX, TABLE, ["written_at"])


def downgrade():
    op.drop_index(INDEX, TABLE)
