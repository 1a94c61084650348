"""The unit that receives a person who is transferred from one police custody to another.

The unit was a note of the step. The receiving unit saw neither the person nor the arrest, so it could not record the arrival.
"""

from alembic import op

from migrations import lock

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None

TABLE, COLUMN = "custody_step", "to_unit_code"


def upgrade():
    op.execute(f"ALTER TABLE {TABLE} ADD COLUMN {COLUMN} VARCHAR(20) REFERENCES unit (code)")
    lock.lock_columns(op, TABLE, COLUMN)


def downgrade():
    lock.unlock_columns(op, TABLE, COLUMN)
    op.drop_column(TABLE, COLUMN)
