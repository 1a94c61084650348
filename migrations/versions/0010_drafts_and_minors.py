"""Drafts that wait for a clerk, and the visibility of suspects below 18.

A post officer writes a draft, and a clerk of the unit registers it: `draft.unit_code` is the unit of which the clerks may
take the draft over. It is empty while the author writes.

Suspects below 18 were named on national pages and in exports. `visibility.minor` marks the rows that make a person
visible as such a suspect, so that these readers do not see the name.
"""

import sqlalchemy as sa
from alembic import op

from migrations import row_level_security as rls

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEX = "ix_visibility_asked"
COLUMNS = [
    "person_id",
    "hidden",
    "province_code",
    "district_code",
    "commune_code",
    "family",
    "unit_code",
    "case_id",
]
# A row of custody belongs to no case and no order: it follows from any case of the person.
MARK_MINORS = """UPDATE visibility SET minor = {yes} WHERE order_id IS NULL AND EXISTS (
  SELECT 1 FROM involvement i WHERE i.person_id = visibility.person_id AND i.protection = 'minor'
  AND i.case_id = coalesce(visibility.case_id, i.case_id))"""


def upgrade():
    op.add_column("draft", sa.Column("unit_code", sa.String(length=20)))
    op.add_column("visibility", sa.Column("minor", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(MARK_MINORS.format(yes="1" if op.get_bind().dialect.name == "sqlite" else "true"))
    op.drop_index(INDEX, "visibility")
    op.create_index(INDEX, "visibility", [*COLUMNS, "minor"])
    own = rls.of_own_user("draft")
    sent = f"{own} OR {rls.of_own_unit('draft')}"
    rls.unprotect_table(op, "draft")
    rls.protect_table(op, "draft", sent, sent, own)


def downgrade():
    own = rls.of_own_user("draft")
    rls.unprotect_table(op, "draft")
    rls.protect_table(op, "draft", own, own, own)
    op.drop_index(INDEX, "visibility")
    op.create_index(INDEX, "visibility", COLUMNS)
    op.drop_column("visibility", "minor")
    op.drop_column("draft", "unit_code")
