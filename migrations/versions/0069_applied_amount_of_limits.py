"""The amount of a time limit that the ends of all open records have."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("time_limit", sa.Column("applied_amount", sa.Integer()))
    op.execute("UPDATE time_limit SET applied_amount = amount")


def downgrade():
    op.drop_column("time_limit", "applied_amount")
