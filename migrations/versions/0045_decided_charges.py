"""Charges with a decision, and assignments that have ended, change only through a correction."""

from alembic import op

from migrations import lock

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

DECISION = ("decision", "changed_to_code", "prosecutor", "document_no", "document_date", *lock.VOID)


def upgrade():
    lock.lock_when(op, "charge", "decided", "OLD.decision IS NOT NULL", DECISION)
    lock.lock_when(op, "case_assignment", "ended", "OLD.until IS NOT NULL AND NEW.until IS NULL", ("until",))


def downgrade():
    for name, table in (("ended", "case_assignment"), ("decided", "charge")):
        op.execute(f"DROP TRIGGER lock_{table}_{name}" + ("" if lock.is_sqlite(op) else f" ON {table}"))
