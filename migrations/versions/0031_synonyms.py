"""Synonyms of code list values and offences, kept on screen."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade():
    for table in ("code", "offence"):
        op.add_column(table, sa.Column("synonyms", sa.String(300)))


def downgrade():
    for table in ("code", "offence"):
        op.drop_column(table, "synonyms")
