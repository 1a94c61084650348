"""Display settings of a user: text size, colours and contrast."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("ab_user", sa.Column("display", sa.String(40), nullable=False, server_default=""))


def downgrade():
    op.drop_column("ab_user", "display")
