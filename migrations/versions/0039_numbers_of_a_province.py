"""Numbers of a province

Whoever sees one province and asks for the dossier of a case, or for the plate, telephone or number of a thing, had all cases
or things of the province gone through: few of them have such a number.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_case_dossier_there": ("case", "dossier_no"),
    "ix_exhibit_plate_there": ("exhibit", "plate"),
    "ix_exhibit_frame_no_there": ("exhibit", "frame_no"),
    "ix_exhibit_engine_no_there": ("exhibit", "engine_no"),
    "ix_exhibit_serial_there": ("exhibit", "serial"),
    "ix_exhibit_document_no_there": ("exhibit", "document_no"),
    "ix_exhibit_phone_there": ("exhibit", "phone"),
}


def upgrade():
    for name, (table, number) in INDEXES.items():
        filled = sa.column(number).is_not(None)
        op.create_index(
            name, table, ["province_code", number], sqlite_where=filled, postgresql_where=filled
        )


def downgrade():
    for name, (table, _number) in INDEXES.items():
        op.drop_index(name, table)
