"""The coded cause of a correction. The corrections requested before have none."""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "correction", sa.Column("cause", sa.String(40), nullable=False, server_default="not_stated")
    )
    op.create_index("ix_correction_cause", "correction", ["cause", "id"])
    facts, immutable = lock.locked_columns(op.get_bind(), "correction")
    lock.lock_table(op, "correction", facts, {*immutable, "cause"} - set(lock.IMMUTABLE))


def downgrade():
    facts, immutable = lock.locked_columns(op.get_bind(), "correction")
    lock.lock_table(op, "correction", facts, immutable - {*lock.IMMUTABLE, "cause"})
    op.drop_index("ix_correction_cause", "correction")
    op.drop_column("correction", "cause")
