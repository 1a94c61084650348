"""Add the protected group of an offence."""

import sqlalchemy as sa
from alembic import op

revision = "0099"
down_revision = "0098"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("offence", sa.Column("protected_group", sa.String(length=40), nullable=True))


def downgrade():
    op.drop_column("offence", "protected_group")
