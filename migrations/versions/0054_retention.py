"""Retention of records: periods, acts of officers, and the reviews of ended periods."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

ACT = (
    "kind", "person_id", "case_id", "ends_id", "authority", "document_no", "document_date", "reason", "until", "unit_code",
)  # fmt: skip
REVIEW = ("period_code", "person_id", "case_id", "began_on", "due_on", "unit_code")


def _record_columns():
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime()),
        sa.Column("void_reason", sa.String(400)),
        sa.Column("insert_order", sa.Integer()),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        _key("recorded_by_id", "ab_user"),
        _key("changed_by_id", "ab_user"),
        _key("decided_by_id", "ab_user"),
        sa.PrimaryKeyConstraint("id"),
    )


def _key(name, table, nullable=True):
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def upgrade():
    op.create_table(
        "retention_period",
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("name_km", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("trigger", sa.String(40), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(40), nullable=False),
        sa.Column("proposal", sa.String(40), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("name_sort", sa.String(600), nullable=False),
    )
    op.create_index("ix_retention_period_name_sort", "retention_period", ["name_sort"])
    op.create_table(
        "retention_act",
        *_record_columns(),
        sa.Column("kind", sa.String(40), nullable=False),
        _key("person_id", "person"),
        _key("case_id", "case"),
        _key("ends_id", "retention_act"),
        sa.Column("authority", sa.String(200), nullable=False),
        sa.Column("document_no", sa.String(60)),
        sa.Column("document_date", sa.Date()),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("confirmation", sa.String(40)),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("decision_reason", sa.String(400)),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="ck_retention_act_two_officers"
        ),
        sa.CheckConstraint(
            "kind = 'hold' OR confirmation IS NOT NULL", name="ck_retention_act_needs_confirmation"
        ),
    )
    for name in ("unit_code", "person_id", "case_id", "ends_id"):
        op.create_index(f"ix_retention_act_{name}", "retention_act", [name])
    for name in ("kind", "confirmation"):
        op.create_index(f"ix_retention_act_{name}", "retention_act", [name, "id"])
    lock.lock_table(op, "retention_act", ACT)
    lock.require_second_officer(op, "retention_act", ACT)
    # What an act is about never changes, also before the record locks: its second officer has read it.
    lock.lock_when(op, "retention_act", "entered", "OLD.id IS NOT NULL", ACT)
    op.create_table(
        "retention_review",
        *_record_columns(),
        sa.Column("period_code", sa.String(40), sa.ForeignKey("retention_period.code"), nullable=False),
        _key("person_id", "person", nullable=False),
        _key("case_id", "case"),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(40)),
        sa.Column("keep_until", sa.Date()),
        sa.Column("reason", sa.String(400)),
        sa.Column("decided_at", sa.DateTime()),
        sa.UniqueConstraint("person_id", "case_id", "period_code"),
    )
    for name in ("unit_code", "case_id", "period_code"):
        op.create_index(f"ix_retention_review_{name}", "retention_review", [name])
    op.create_index("ix_retention_review_due", "retention_review", ["due_on", "id"])
    op.create_index("ix_retention_review_decision", "retention_review", ["decision", "due_on", "id"])
    lock.lock_table(op, "retention_review", REVIEW)
    scan = op.create_table(
        "retention_scan",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.DateTime(), nullable=False),
    )
    op.bulk_insert(scan, [{"id": 1, "last_id": 0, "run_at": datetime(2000, 1, 1)}])
    for table in ("retention_act", "retention_review"):
        rls.protect_table(op, table, *rls.of_unit(table))
    rls.show_payloads(op, "retention_act", "retention_review")


def downgrade():
    rls.hide_payloads(op, "retention_act", "retention_review")
    for table in ("retention_act", "retention_review"):
        rls.unprotect_table(op, table)
    for table in ("retention_scan", "retention_review", "retention_act", "retention_period"):
        op.drop_table(table)
