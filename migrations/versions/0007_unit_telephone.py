"""The telephone of a unit, shown to an officer who finds an item of another area by its number."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("unit", sa.Column("phone", sa.String(length=40)))


def downgrade():
    op.drop_column("unit", "phone")
