"""Offences of an arrest: of which of the offences of the case the person is accused."""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("arrest", sa.Column("charges", sa.String(400)))
    lock.lock_columns(op, "arrest", "charges")


def downgrade():
    lock.unlock_columns(op, "arrest", "charges")
    op.drop_column("arrest", "charges")
