"""Investigations: the officers assigned to a case, and its investigation acts.

A case has one officer in charge at a time. A request remembers when it was answered, so that it is found by its deadline.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

AREA = ("province_code", "district_code", "commune_code")
ASSIGNMENT_FACTS = (*AREA, "case_id", "due_on", "kind", "officer_id", "reason", "unit_code")
ACT_FACTS = (
    *AREA, "answers_id", "authorisation", "authorised_at", "authorised_by", "begun_at", "case_id", "document_no", "due_at",
    "ended_at", "first_witness", "hour_ground", "interpreter", "involvement_id", "kind", "officer_id",
    "other_involvement_id", "owner_present", "place_text", "police_interpreter", "police_witness", "result",
    "second_officer_id", "second_witness", "signatures", "support_person", "unit_code",
)  # fmt: skip
BEFORE = (
    *rls.RECORDS, "death_report", "case_disposition", "exhibit_movement", "task", "prevention_programme", "letter",
    "letter_recipient", "letter_file",
)  # fmt: skip
TABLES = ("case_assignment", "investigation_act")


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
        "case_assignment",
        *_row_columns(),
        _key("officer_id", "ab_user", nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("reason", sa.String(400)),
        sa.Column("until", sa.Date()),
        sa.Column("closing_reason", sa.String(400)),
    )
    _create_indexes("case_assignment", "due_on")
    op.create_index("ix_case_assignment_officer", "case_assignment", ["officer_id", "until"])
    is_open = "until IS NULL AND voided_at IS NULL"
    _index_open("ix_case_assignment_once", "case_assignment", ["case_id", "officer_id"], is_open, unique=True)
    _index_open(
        "ix_case_assignment_one_lead",
        "case_assignment",
        ["case_id"],
        f"kind = 'lead' AND {is_open}",
        unique=True,
    )
    lock.lock_table(op, "case_assignment", ASSIGNMENT_FACTS)
    op.create_table(
        "investigation_act",
        *_row_columns(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("place_text", sa.String(200)),
        _key("officer_id", "ab_user", nullable=False),
        _key("second_officer_id", "ab_user"),
        _key("involvement_id", "involvement"),
        _key("other_involvement_id", "involvement"),
        sa.Column("authorised_by", sa.String(120)),
        sa.Column("authorised_at", sa.DateTime()),
        sa.Column("authorisation", sa.String(40)),
        sa.Column("document_no", sa.String(60)),
        sa.Column("hour_ground", sa.String(40)),
        sa.Column("owner_present", sa.Boolean(), nullable=False),
        sa.Column("first_witness", sa.String(120)),
        sa.Column("second_witness", sa.String(120)),
        sa.Column("police_witness", sa.Boolean(), nullable=False),
        sa.Column("support_person", sa.String(120)),
        sa.Column("interpreter", sa.String(120)),
        sa.Column("police_interpreter", sa.Boolean(), nullable=False),
        sa.Column("signatures", sa.String(40)),
        sa.Column("due_at", sa.DateTime()),
        _key("answers_id", "investigation_act"),
        sa.Column("result", sa.Text()),
        sa.Column("answered_at", sa.DateTime()),
        sa.Column("reminded_at", sa.DateTime()),
    )
    _create_indexes("investigation_act", "answers_id", "involvement_id", "officer_id")
    op.create_index("ix_investigation_act_begun", "investigation_act", ["begun_at", "id"])
    _index_open("ix_investigation_act_due", "investigation_act", ["due_at"], "answered_at IS NULL")
    lock.lock_table(op, "investigation_act", ACT_FACTS, withdrawable=True)
    for table in TABLES:
        rls.protect_table(op, table, *rls.of_case(table))
    _protect_payloads(*BEFORE, *TABLES)


def _protect_payloads(*records):
    """Let the payload of an event follow its record."""
    rls.unprotect_table(op, "audit_payload")
    rls.protect_table(op, "audit_payload", rls.of_payload(records), command="SELECT")
    if not lock.is_sqlite(op):
        op.execute("CREATE POLICY scope_insert ON audit_payload FOR INSERT WITH CHECK (true)")


def downgrade():
    _protect_payloads(*BEFORE)
    for table in reversed(TABLES):
        rls.unprotect_table(op, table)
        op.drop_table(table)
