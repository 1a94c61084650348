"""Likely duplicates with a void record end. They were still listed, with the name of the void person."""

from alembic import op

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None

VOID_PEOPLE = "SELECT id FROM person WHERE voided_at IS NOT NULL"


def upgrade():
    op.execute(
        "UPDATE duplicate SET state = 'void' WHERE state = 'waiting'"
        f" AND (first_id IN ({VOID_PEOPLE}) OR second_id IN ({VOID_PEOPLE}))"
    )


def downgrade():
    op.execute("UPDATE duplicate SET state = 'waiting' WHERE state = 'void'")
