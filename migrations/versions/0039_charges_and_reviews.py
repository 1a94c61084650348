"""Charges that the police ask for, with the decision of the prosecutor, and reviews of a case by a chief.

The remarks of a review and their answers do not change. A case has one open review at a time.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

AREA = ("province_code", "district_code", "commune_code")
CHARGE_FACTS = (*AREA, "asked_on", "case_id", "case_offence_id", "involvement_id", "unit_code")
REVIEW_FACTS = (*AREA, "case_id", "note", "unit_code")
REMARK = ("review_id", "round", "part", "text", "made_at", "made_by_id")
BEFORE = (
    *rls.RECORDS, "death_report", "case_disposition", "exhibit_movement", "task", "prevention_programme", "letter",
    "letter_recipient", "letter_file", "case_assignment", "investigation_act",
)  # fmt: skip
TABLES = ("charge", "case_review")


def _key(name, table, nullable=True):
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _row_columns():
    """Return the columns of a record of a case."""
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
        *(sa.Column(name, sa.String(length)) for name, length in zip(AREA, (2, 4, 6), strict=True)),
        _key("case_id", "case", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _create_indexes(table, *columns):
    for name in (*AREA, "case_id", *columns):
        op.create_index(f"ix_{table}_{name}", table, [name])


def _index_open(name, table, columns, condition, unique=False):
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def upgrade():
    op.create_table(
        "charge",
        *_row_columns(),
        _key("involvement_id", "involvement", nullable=False),
        _key("case_offence_id", "case_offence", nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(40)),
        sa.Column("changed_to_code", sa.String(40), sa.ForeignKey("offence.code")),
        sa.Column("prosecutor", sa.String(120)),
        sa.Column("document_no", sa.String(60)),
        sa.Column("document_date", sa.Date()),
    )
    _create_indexes("charge", "involvement_id", "case_offence_id")
    op.create_index("ix_charge_asked", "charge", ["asked_on", "id"])
    _index_open(
        "ix_charge_one_open",
        "charge",
        ["involvement_id", "case_offence_id"],
        "decision IS NULL AND voided_at IS NULL",
        unique=True,
    )
    lock.lock_table(op, "charge", CHARGE_FACTS, withdrawable=True)
    op.create_table(
        "case_review",
        *_row_columns(),
        sa.Column("note", sa.String(400)),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime()),
        _key("decided_by_id", "ab_user"),
    )
    _create_indexes("case_review")
    _index_open(
        "ix_case_review_one_open",
        "case_review",
        ["case_id"],
        "state <> 'approved' AND voided_at IS NULL",
        unique=True,
    )
    lock.lock_table(op, "case_review", REVIEW_FACTS)
    op.create_table(
        "review_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        _key("review_id", "case_review", nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("text", sa.String(400), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        _key("made_by_id", "ab_user", nullable=False),
        sa.Column("answer", sa.String(400)),
        sa.Column("answered_at", sa.DateTime()),
        _key("answered_by_id", "ab_user"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_review_remark_review_id", "review_remark", ["review_id"])
    lock.protect_columns(op, "review_remark", REMARK)
    for table in TABLES:
        rls.protect_table(op, table, *rls.of_case(table))
    rls.protect_table(
        op, "review_remark", "EXISTS (SELECT 1 FROM case_review r WHERE r.id = review_remark.review_id)"
    )
    _protect_payloads(*BEFORE, *TABLES)


def _protect_payloads(*records):
    """Let the payload of an event follow its record."""
    rls.unprotect_table(op, "audit_payload")
    rls.protect_table(op, "audit_payload", rls.of_payload(records), command="SELECT")
    if not lock.is_sqlite(op):
        op.execute("CREATE POLICY scope_insert ON audit_payload FOR INSERT WITH CHECK (true)")


def downgrade():
    _protect_payloads(*BEFORE)
    for table in ("review_remark", *reversed(TABLES)):
        rls.unprotect_table(op, table)
        op.drop_table(table)
