"""One commissariat for each province: a second one would receive the tasks and decisions of the first."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEX = "uq_unit_commissariat_area"
IS_COMMISSARIAT = sa.text("kind IN ('capital_commissariat', 'provincial_commissariat')")


def upgrade():
    op.create_index(
        INDEX,
        "unit",
        ["area_code"],
        unique=True,
        sqlite_where=IS_COMMISSARIAT,
        postgresql_where=IS_COMMISSARIAT,
    )


def downgrade():
    op.drop_index(INDEX, "unit")
