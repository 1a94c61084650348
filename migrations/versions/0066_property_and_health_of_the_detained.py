"""Property and health of a detained person, and to whom a released person was handed over.

The custody register of the police has these columns. They were notes of steps, or only on paper.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

# table → column → length
FACTS = {
    "custody": {"health": 400, "property_taken": 1000},
    "custody_step": {"handed_to": 160},
    "release": {"handed_to": 160},
}


def upgrade():
    for table, columns in FACTS.items():
        for name, length in columns.items():
            op.add_column(table, sa.Column(name, sa.String(length)))
        lock.lock_columns(op, table, *columns)


def downgrade():
    for table, columns in FACTS.items():
        lock.unlock_columns(op, table, *columns)
        for name in columns:
            op.drop_column(table, name)
