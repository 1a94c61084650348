"""Functions of an account, which the chief of the unit confirms."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("ab_user", sa.Column("functions", sa.String(200)))


def downgrade():
    op.drop_column("ab_user", "functions")
