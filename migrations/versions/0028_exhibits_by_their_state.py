"""Exhibits by their state

Exhibits of a rare state (destroyed, missing) were looked for among all of a province.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

NAME = "ix_exhibit_state_there"


def upgrade():
    op.create_index(NAME, "exhibit", ["province_code", "state", "id"])
    op.execute("ANALYZE exhibit")


def downgrade():
    op.drop_index(NAME, "exhibit")
