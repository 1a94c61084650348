"""Indexes for the list filters by officer and period of registration.

Lists of people, exhibits and people in cases read the whole table for them.
"""

from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_person_recorded_by_id": ("person", ["recorded_by_id"]),
    "ix_person_recorded_at": ("person", ["recorded_at"]),
    "ix_involvement_recorded_by_id": ("involvement", ["recorded_by_id", "id"]),
    "ix_involvement_recorded_at": ("involvement", ["recorded_at"]),
    "ix_exhibit_recorded_by_id": ("exhibit", ["recorded_by_id", "id"]),
}


def upgrade():
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)


def downgrade():
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(name, table)
