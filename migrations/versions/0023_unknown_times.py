"""Order events whose time or date is unknown.

An imported execution without a date was dated with the moment of its import.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

FLAGS = ("time_unknown", "date_unknown")


def upgrade():
    for name in FLAGS:
        op.add_column("order_event", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    lock.lock_columns(op, "order_event", *FLAGS)


def downgrade():
    lock.unlock_columns(op, "order_event", *FLAGS)
    for name in FLAGS:
        op.drop_column("order_event", name)
