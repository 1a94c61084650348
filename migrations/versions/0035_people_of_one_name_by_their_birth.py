"""People of one name by their birth

Each save and each person of an import asks whether somebody of this name was born on this day: the day was read from the
person of each who is called so, and stands in the index now.
"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

INDEX, TABLE, BEFORE = "ix_person_same", "person", ["surname_km", "given_km", "sex"]


def upgrade():
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, [*BEFORE, "born_on"])


def downgrade():
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, BEFORE)
