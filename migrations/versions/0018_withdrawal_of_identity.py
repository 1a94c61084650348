"""Withdrawal: the author also voids an own row of a person within its 48 hours, with a reason.

Before, a photo that was added to the wrong person stayed until three people corrected it.
"""

from alembic import op

from migrations import lock

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("person_name", "person_document", "person_address", "person_mark", "person_photo")


def upgrade():
    for table in TABLES:
        lock.allow_withdrawal(op, table)


def downgrade():
    for table in TABLES:
        lock.allow_withdrawal(op, table, withdrawable=False)
