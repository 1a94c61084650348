"""A report of which only the day is known: it was stored as midnight and shown with that time."""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None

REWRITTEN = ("case",)  # their row hashes are computed again

NAME = "report_time_unknown"
MIDNIGHT = {"sqlite": "time(reported_at) = '00:00:00'", "postgresql": "CAST(reported_at AS time) = '00:00'"}


def upgrade():
    """Add the flag. An imported report at midnight is one without a time."""
    op.add_column("case", sa.Column(NAME, sa.Boolean(), nullable=False, server_default=sa.false()))
    imported = f"origin LIKE 'import:%' AND {MIDNIGHT[op.get_bind().dialect.name]}"
    op.execute(f'UPDATE "case" SET {NAME} = true WHERE {imported}')
    lock.lock_columns(op, "case", NAME)


def downgrade():
    lock.unlock_columns(op, "case", NAME)
    op.drop_column("case", NAME)
