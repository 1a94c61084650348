"""The steps of procedure from the prosecution to the final judgment.

A step had the name of the status that it gives. Several steps now give the same status, and the day of a step decides
its place: a step that is entered late counts on its day.
"""

from alembic import op

from migrations import lock

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

STATUS_AFTER = {
    "returned": "open", "citation": "at_court", "immediate": "at_court", "introductory": "judicial",
    "indicted": "at_court", "non_suit": "ended", "appeal": "at_court",
}  # fmt: skip
STEPS = "FROM case_disposition d WHERE d.case_id = NEW.id"
BY_ARREST = (
    " AND NOT (d.kind = 'solved' AND coalesce(d.clearance, '') = 'arrest' AND d.source_row IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM arrest a WHERE a.case_id = NEW.id AND a.voided_at IS NULL))"
)
STATUS = "CASE d.kind " + " ".join(f"WHEN '{kind}' THEN '{status}'" for kind, status in STATUS_AFTER.items())
BY_DAY = "d.source_row IS NULL DESC, CASE WHEN d.source_row IS NULL THEN d.decided_on END DESC, d.id DESC"


def upgrade():
    _compute_status(f"{STATUS} ELSE d.kind END", BY_DAY)


def downgrade():
    _compute_status("d.kind", "d.id DESC")


def _compute_status(status, order):
    lock.uncompute_column(op, "case", "status")
    last = f"SELECT {status} {STEPS} AND d.voided_at IS NULL{BY_ARREST} ORDER BY {order} LIMIT 1"
    first = f"SELECT d.previous_status {STEPS} ORDER BY d.id LIMIT 1"
    lock.compute_column(op, "case", "status", f"SELECT coalesce(({last}), ({first}), OLD.status)")
