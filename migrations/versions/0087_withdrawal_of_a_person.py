"""Withdrawal of the row that registered a person also voids the person, within the 48 hours of both.

Before, a person who was entered by mistake stayed in the nationwide comparison until three people corrected it.
"""

from alembic import op

from migrations import lock

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None


def upgrade():
    lock.allow_withdrawal(op, "person")


def downgrade():
    lock.allow_withdrawal(op, "person", withdrawable=False)
