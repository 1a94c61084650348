"""Indexes of the list filters by officer, offence, offence family and time of registration."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OFFENCE_INDEXES = {
    "ix_case_offence_code": ["offence_code", "province_code", "case_id"],
    "ix_case_offence_family": ["family", "province_code", "case_id"],
}
PERSON_ORDER = ["name_sort", "id", "birth_year"]


def upgrade():
    op.create_index("ix_case_recorded_by_id", "case", ["recorded_by_id"])
    op.drop_index("ix_case_offence_offence_code", "case_offence")
    for name, columns in OFFENCE_INDEXES.items():
        op.create_index(name, "case_offence", columns)
    op.drop_index("ix_person_sort", "person")
    op.create_index("ix_person_sort", "person", [*PERSON_ORDER, "recorded_at"])


def downgrade():
    op.drop_index("ix_person_sort", "person")
    op.create_index("ix_person_sort", "person", PERSON_ORDER)
    for name in OFFENCE_INDEXES:
        op.drop_index(name, "case_offence")
    op.create_index("ix_case_offence_offence_code", "case_offence", ["offence_code"])
    op.drop_index("ix_case_recorded_by_id", "case")
