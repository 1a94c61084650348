"""Hide the orders and custody of a case from the officer who shows its line-up, and let two officers decide a charge.

The officer who shows the photos could read in an order or an arrest of the case who is the suspect. One officer could ask
for a charge and enter its decision.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

BLIND = (
    "arrest", "case_assignment", "case_disposition", "case_file", "case_offence", "case_review", "court_order", "custody",
    "custody_document", "custody_step", "detention", "detention_step", "exhibit", "exhibit_movement", "exhibit_seal",
    "judgment", "judgment_step", "order_match", "quantity_change", "relation", "release", "sentence", "sentence_change",
    "supervision_step", "supplement",
)  # fmt: skip
DECISION = ("decision", "changed_to_code", "prosecutor", "document_no", "document_date", *lock.VOID)


def upgrade():
    if not lock.is_sqlite(op):
        for table in BLIND:
            is_blind = rls.in_setting("blind", f'"{table}".case_id')
            seen = f'"{table}".case_id IS NULL OR NOT {is_blind}'
            op.execute(
                f'CREATE POLICY scope_blind ON "{table}" AS RESTRICTIVE'
                f" USING ({rls.MODE} IS DISTINCT FROM 'scoped' OR {seen})"
            )
    op.add_column("charge", sa.Column("reason", sa.String(400)))
    _lock_decision(*DECISION, "reason")
    author = "NEW.recorded_by_id = NEW.changed_by_id"
    decides = f"OLD.decision IS NULL AND NEW.decision IS NOT NULL AND {author}"
    lock.refuse_rows(op, "charge", "asked", {"update": decides}, "two officers")


def downgrade():
    lock.accept_rows(op, "charge", "asked")
    _lock_decision(*DECISION)
    op.drop_column("charge", "reason")
    if not lock.is_sqlite(op):
        for table in BLIND:
            op.execute(f'DROP POLICY scope_blind ON "{table}"')


def _lock_decision(*columns):
    op.execute("DROP TRIGGER lock_charge_decided" + ("" if lock.is_sqlite(op) else " ON charge"))
    lock.lock_when(op, "charge", "decided", "OLD.decision IS NOT NULL", columns)
