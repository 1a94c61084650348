"""The status of a person between two police custodies names the unit that sent the person and the one that receives it.

It named the unit of the arrest, which may have handed the person over long before.
"""

from alembic import op

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None

LAST = (
    "SELECT {column} FROM custody c LEFT JOIN custody_step s ON s.custody_id = c.id AND s.kind = 'end'"
    " AND s.voided_at IS NULL WHERE c.arrest_id = person_status.entity_id AND c.voided_at IS NULL"
    " ORDER BY c.arrived_at DESC, c.id DESC, s.at DESC, s.id DESC LIMIT 1"
)
ARREST = "SELECT a.by_unit_code FROM arrest a WHERE a.id = person_status.entity_id"


def upgrade():
    sender, receiver = (LAST.format(column=column) for column in ("c.held_by_code", "s.to_unit_code"))
    op.execute(
        f"UPDATE person_status SET unit_code = coalesce(({sender}), unit_code), number = ({receiver})"
        " WHERE entity = 'arrest'"
    )


def downgrade():
    op.execute(f"UPDATE person_status SET unit_code = ({ARREST}), number = NULL WHERE entity = 'arrest'")
