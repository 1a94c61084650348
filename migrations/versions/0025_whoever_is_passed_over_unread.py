"""Whoever is passed over unread

The list of people is walked in the order of names. The year of birth, by which it is filtered, was read in the row of each who is
passed over; it stands in the index of that order now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade():
    op.drop_index("ix_person_sort", "person")
    op.create_index("ix_person_sort", "person", ["name_sort", "id", "birth_year"])
    op.execute(sa.text("ANALYZE person"))


def downgrade():
    op.drop_index("ix_person_sort", "person")
    op.create_index("ix_person_sort", "person", ["name_sort", "id"])
