"""Filters that few rows fit

Exhibits of a rare kind or role were looked for among all of a province, and addresses of a rare kind among all. The index of
an exhibit's state tells the other two as well, so that no row is read for them; a second one would cost every save.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

EXHIBIT, ADDRESS = "ix_exhibit_state_there", "ix_person_address_kind"
BEFORE = ["province_code", "state", "id"]


def upgrade():
    op.drop_index(EXHIBIT, "exhibit")
    op.create_index(EXHIBIT, "exhibit", [*BEFORE, "kind", "property_role"])
    op.create_index(ADDRESS, "person_address", ["kind"])
    op.execute("ANALYZE exhibit")
    op.execute("ANALYZE person_address")


def downgrade():
    op.drop_index(ADDRESS, "person_address")
    op.drop_index(EXHIBIT, "exhibit")
    op.create_index(EXHIBIT, "exhibit", BEFORE)
