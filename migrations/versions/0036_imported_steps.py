"""Steps of procedure of imported cases.

The status of an imported case had no act: nothing said from which row of which file it came. A step with a source row
counts without a document, and a clearance by arrest of an earlier system without a registered arrest.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

STEPS = "FROM case_disposition d WHERE d.case_id = NEW.id"
BY_ARREST = (
    " AND NOT (d.kind = 'solved' AND coalesce(d.clearance, '') = 'arrest'{imported} AND NOT EXISTS"
    " (SELECT 1 FROM arrest a WHERE a.case_id = NEW.id AND a.voided_at IS NULL))"
)
CASE_STATUS = (
    f"SELECT coalesce((SELECT d.kind {STEPS} AND d.voided_at IS NULL{BY_ARREST} ORDER BY d.id DESC LIMIT 1),"
    f" (SELECT d.previous_status {STEPS} ORDER BY d.id LIMIT 1), OLD.status)"
)


def upgrade():
    op.add_column("case_disposition", sa.Column("source_row", sa.Integer()))
    lock.lock_columns(op, "case_disposition", "source_row")
    _compute_status(" AND d.source_row IS NULL")


def downgrade():
    _compute_status("")
    lock.unlock_columns(op, "case_disposition", "source_row")
    op.drop_column("case_disposition", "source_row")


def _compute_status(imported):
    lock.uncompute_column(op, "case", "status")
    lock.compute_column(op, "case", "status", CASE_STATUS.format(imported=imported))
