"""A protected person may be named twice in one role: the refusal of the second row said that the first one exists."""

import sqlalchemy as sa
from alembic import op

revision = "0095"
down_revision = "0094"
branch_labels = None
depends_on = None

NAME = "ix_involvement_one_role"
COLUMNS = ["case_id", "person_id", "role"]
VALID = "voided_at IS NULL"
SHOWN = f"{VALID} AND (protection IS NULL OR protection = 'minor')"


def upgrade():
    _create_index(SHOWN)


def downgrade():
    _create_index(VALID)


def _create_index(condition):
    op.drop_index(NAME, "involvement")
    where = sa.text(condition)
    op.create_index(NAME, "involvement", COLUMNS, unique=True, sqlite_where=where, postgresql_where=where)
