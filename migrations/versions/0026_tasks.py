"""Tasks that officers give to colleagues and units, about a case or an order, with a deadline and a result."""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

FACTS = ("case_id", "order_id", "to_user_id", "to_unit_code", "text", "due_at", "unit_code")
BEFORE = (*rls.RECORDS, "death_report", "case_disposition", "exhibit_movement")


def upgrade():
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime()),
        sa.Column("void_reason", sa.String(400)),
        sa.Column("insert_order", sa.Integer()),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("recorded_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("changed_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("case.id")),
        sa.Column("order_id", sa.Integer(), sa.ForeignKey("court_order.id")),
        sa.Column("to_user_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("to_unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("text", sa.String(400), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("seen_at", sa.DateTime()),
        sa.Column("done_at", sa.DateTime()),
        sa.Column("done_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("result", sa.String(400)),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("unit_code", "case_id", "order_id", "to_user_id"):
        op.create_index(f"ix_task_{name}", "task", [name])
    op.create_index("ix_task_to_unit", "task", ["to_unit_code", "due_at", "id"])
    op.create_index("ix_task_due", "task", ["due_at", "id"])
    lock.lock_table(op, "task", FACTS)
    visible, changeable, addable = (
        f"{one} OR task.to_unit_code = {rls.UNITS}" for one in rls.of_unit("task")
    )
    rls.protect_table(op, "task", visible, changeable, addable)
    _protect_payloads(*BEFORE, "task")


def _protect_payloads(*records):
    """Let the payload of an event follow its record."""
    rls.unprotect_table(op, "audit_payload")
    rls.protect_table(op, "audit_payload", rls.of_payload(records), command="SELECT")
    if not lock.is_sqlite(op):
        op.execute("CREATE POLICY scope_insert ON audit_payload FOR INSERT WITH CHECK (true)")


def downgrade():
    _protect_payloads(*BEFORE)
    rls.unprotect_table(op, "task")
    op.drop_table("task")
