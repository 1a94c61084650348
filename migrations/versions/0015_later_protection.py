"""Later protection: an offence that is added to a locked case protects the people who are already in it.

Before, the lock refused to raise the protection of a row after 48 hours. Only a correction lowers it, as before.
"""

from alembic import op

from migrations import lock

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    lock.unlock_columns(op, "involvement", "protection")


def downgrade():
    lock.lock_columns(op, "involvement", "protection")
