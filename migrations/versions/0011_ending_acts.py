"""Ending acts: a death is a report with a document and a second officer, and sets the date of death of the person.

A status of a case is a step of procedure with its document. Before, any officer who saw a person or a case could type
the date of death and the status, and the person was no longer wanted.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DEATH_FACTS = ("person_id", "died_on", "document_no", "document_date", "note", "unit_code")
DEATH_DATE = (
    "SELECT d.died_on FROM death_report d WHERE d.person_id = NEW.id AND d.confirmation = 'confirmed'"
    " AND d.voided_at IS NULL ORDER BY d.id LIMIT 1"
)

AREA = ("province_code", "district_code", "commune_code")
STEP_FACTS = (
    *AREA, "case_id", "kind", "decided_on", "clearance", "court_code", "document_no", "document_date", "reason",
    "previous_status", "unit_code",
)  # fmt: skip
MOVEMENT_FACTS = (
    *AREA, "case_id", "exhibit_id", "kind", "moved_on", "recipient", "document_no", "document_date", "note",
    "previous_state", "unit_code",
)  # fmt: skip
MOVEMENTS = "FROM exhibit_movement m WHERE m.exhibit_id = NEW.id"
EXHIBIT_STATE = (
    f"SELECT coalesce((SELECT m.kind {MOVEMENTS} AND m.voided_at IS NULL"
    " AND coalesce(m.confirmation, 'confirmed') = 'confirmed' ORDER BY m.id DESC LIMIT 1),"
    f" (SELECT m.previous_state {MOVEMENTS} ORDER BY m.id LIMIT 1), OLD.state)"
)
STEPS = "FROM case_disposition d WHERE d.case_id = NEW.id"
CASE_STATUS = (
    f"SELECT coalesce((SELECT d.kind {STEPS} AND d.voided_at IS NULL ORDER BY d.id DESC LIMIT 1),"
    f" (SELECT d.previous_status {STEPS} ORDER BY d.id LIMIT 1), OLD.status)"
)


def _record_columns():
    """Return the columns that every record has."""
    return (
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
        sa.PrimaryKeyConstraint("id"),
    )


def _decision_columns():
    """Return the columns that the second officer writes."""
    return (
        sa.Column("confirmation", sa.String(40)),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("decided_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("decision_reason", sa.String(400)),
        sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="two_officers"),
    )


def _area_columns():
    return tuple(sa.Column(name, sa.String(length)) for name, length in zip(AREA, (2, 4, 6), strict=True))


def _create_indexes(table, *columns):
    for name in columns:
        op.create_index(f"ix_{table}_{name}", table, [name])


def upgrade():
    op.create_table(
        "death_report",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("died_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(60), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("note", sa.String(400)),
        *_decision_columns(),
        *_record_columns(),
    )
    _create_indexes("death_report", "person_id")
    lock.lock_table(op, "death_report", DEATH_FACTS)
    lock.require_second_officer(op, "death_report", DEATH_FACTS)
    rls.protect_table(op, "death_report", *rls.of_person("death_report"))
    lock.compute_column(op, "person", "deceased_on", DEATH_DATE, initial="NULL")
    op.create_table(
        "case_disposition",
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("clearance", sa.String(40)),
        sa.Column("court_code", sa.String(20), sa.ForeignKey("court.code")),
        sa.Column("document_no", sa.String(60)),
        sa.Column("document_date", sa.Date()),
        sa.Column("reason", sa.String(400)),
        sa.Column("previous_status", sa.String(40)),
        *_area_columns(),
        *_record_columns(),
    )
    _create_indexes("case_disposition", "case_id", *AREA)
    lock.lock_table(op, "case_disposition", STEP_FACTS)
    rls.protect_table(op, "case_disposition", *rls.of_case("case_disposition"))
    lock.compute_column(op, "case", "status", CASE_STATUS)
    op.create_table(
        "exhibit_movement",
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("exhibit_id", sa.Integer(), sa.ForeignKey("exhibit.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("recipient", sa.String(200)),
        sa.Column("document_no", sa.String(60)),
        sa.Column("document_date", sa.Date()),
        sa.Column("note", sa.String(400)),
        sa.Column("previous_state", sa.String(40)),
        *_area_columns(),
        *_decision_columns(),
        *_record_columns(),
    )
    _create_indexes("exhibit_movement", "case_id", "exhibit_id", *AREA)
    lock.lock_table(op, "exhibit_movement", MOVEMENT_FACTS)
    lock.require_second_officer(op, "exhibit_movement", MOVEMENT_FACTS)
    rls.protect_table(op, "exhibit_movement", *rls.of_case("exhibit_movement"))
    lock.compute_column(op, "exhibit", "state", EXHIBIT_STATE)
    _protect_payloads(*rls.RECORDS, "death_report", "case_disposition", "exhibit_movement")


def _protect_payloads(*records):
    """Let the payload of an event follow its record."""
    rls.unprotect_table(op, "audit_payload")
    rls.protect_table(op, "audit_payload", rls.of_payload(records), command="SELECT")
    if not lock.is_sqlite(op):
        op.execute("CREATE POLICY scope_insert ON audit_payload FOR INSERT WITH CHECK (true)")


def downgrade():
    _protect_payloads(*rls.RECORDS)
    lock.uncompute_column(op, "exhibit", "state")
    rls.unprotect_table(op, "exhibit_movement")
    op.drop_table("exhibit_movement")
    lock.uncompute_column(op, "case", "status")
    rls.unprotect_table(op, "case_disposition")
    op.drop_table("case_disposition")
    lock.uncompute_column(op, "person", "deceased_on")
    rls.unprotect_table(op, "death_report")
    op.drop_table("death_report")
