"""People of one name by their father

Each save and each person of an import asks whether somebody of this Latin name has this father: his name was read from the
person of each who is called so, ten of a million, and stands in the index now.
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

INDEX, TABLE, BEFORE = "ix_person_latin", "person", ["surname_latin", "given_latin"]


def upgrade():
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, [*BEFORE, "father_name"])


def downgrade():
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, BEFORE)
