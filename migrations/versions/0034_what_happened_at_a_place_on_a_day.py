"""What happened at a place on a day

Each save asks for it, to find the entry of somebody else of the same offence: it read all cases of the province of that day.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TABLE = "case"


def upgrade():
    op.drop_index("ix_case_place_code", TABLE)
    op.create_index("ix_case_place", TABLE, ["place_code", "occurred_from", "id"])


def downgrade():
    op.drop_index("ix_case_place", TABLE)
    op.create_index("ix_case_place_code", TABLE, ["place_code"])
