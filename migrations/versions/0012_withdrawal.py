"""Withdrawal: the author voids an own row of a case within its 48 hours, with a reason.

Before, only a correction by three people could void a row, also one that was typed a minute ago.
"""

from alembic import op

from migrations import lock

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("case_offence", "involvement", "exhibit", "case_file", "supplement")


def upgrade():
    for table in TABLES:
        lock.allow_withdrawal(op, table)


def downgrade():
    for table in TABLES:
        lock.allow_withdrawal(op, table, withdrawable=False)
