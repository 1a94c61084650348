"""Reports of missing people, bodies, lost and found property, with their ends and matches."""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

TABLES = ("person_report", "property_report", "report_end", "report_match_answer", "report_match")
END_FACTS = (
    "document_date", "document_no", "ended_on", "note", "outcome", "person_report_id", "property_report_id", "receiver",
)  # fmt: skip
# The state of a report: its end that is in effect, else a confirmed match with another report that is not void.
REPORT_STATE = """coalesce(
  (SELECT e.outcome FROM report_end e WHERE e.{table}_id = NEW.id AND e.voided_at IS NULL
   AND (e.confirmation IS NULL OR e.confirmation = 'confirmed') ORDER BY e.id DESC LIMIT 1),
  CASE WHEN EXISTS (SELECT 1 FROM report_match m WHERE m.state = 'confirmed' AND (m.{first} = NEW.id OR m.{second} = NEW.id)
   AND NOT EXISTS (SELECT 1 FROM {table} o WHERE o.id IN (m.{first}, m.{second}) AND o.id <> NEW.id
    AND o.voided_at IS NOT NULL)) THEN '{known}' ELSE 'open' END)"""
# Two officers, one of each unit, confirm that two reports are of one person; one officer denies any match.
MATCH_STATE = """CASE
  WHEN EXISTS (SELECT 1 FROM report_match_answer a WHERE a.match_id = NEW.id AND a.decision = 'other') THEN 'denied'
  WHEN (SELECT min(n) FROM (
    SELECT count(DISTINCT a.side) AS n FROM report_match_answer a WHERE a.match_id = NEW.id AND a.decision = 'same'
    UNION ALL SELECT count(DISTINCT a.made_by_id) FROM report_match_answer a
    WHERE a.match_id = NEW.id AND a.decision = 'same') c) >= CASE NEW.kind WHEN 'person' THEN 2 ELSE 1 END
   THEN 'confirmed'
  WHEN NEW.state = 'ended' THEN 'ended' ELSE 'waiting' END"""


def upgrade():
    op.create_table(
        "person_report",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("age_from", sa.Integer(), nullable=True),
        sa.Column("age_to", sa.Integer(), nullable=True),
        sa.Column("height_from", sa.Integer(), nullable=True),
        sa.Column("height_to", sa.Integer(), nullable=True),
        sa.Column("mark_kind", sa.String(length=40), nullable=True),
        sa.Column("body_part", sa.String(length=40), nullable=True),
        sa.Column("marks", sa.String(length=400), nullable=True),
        sa.Column("clothes", sa.String(length=400), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("place_code", sa.String(length=8), nullable=False),
        sa.Column("place_text", sa.String(length=200), nullable=True),
        sa.Column("reporter", sa.String(length=200), nullable=True),
        sa.Column("reporter_phone", sa.String(length=40), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=True),
        sa.Column("insert_order", sa.Integer(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["place.code"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("person_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_report_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_person_report_happened_on", ["happened_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_report_place_code"), ["place_code"], unique=False)
        batch_op.create_index("ix_person_report_state", ["state", "happened_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_report_unit_code"), ["unit_code"], unique=False)

    op.create_table(
        "property_report",
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=400), nullable=False),
        sa.Column("make", sa.String(length=60), nullable=True),
        sa.Column("model", sa.String(length=60), nullable=True),
        sa.Column("colour", sa.String(length=60), nullable=True),
        sa.Column("plate", sa.String(length=20), nullable=True),
        sa.Column("frame_no", sa.String(length=60), nullable=True),
        sa.Column("engine_no", sa.String(length=60), nullable=True),
        sa.Column("imei", sa.String(length=20), nullable=True),
        sa.Column("serial", sa.String(length=60), nullable=True),
        sa.Column("document_no", sa.String(length=60), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("kept_at", sa.String(length=200), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("place_code", sa.String(length=8), nullable=False),
        sa.Column("place_text", sa.String(length=200), nullable=True),
        sa.Column("reporter", sa.String(length=200), nullable=True),
        sa.Column("reporter_phone", sa.String(length=40), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=True),
        sa.Column("insert_order", sa.Integer(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["place.code"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("property_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_property_report_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_property_report_happened_on", ["happened_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_report_place_code"), ["place_code"], unique=False)
        batch_op.create_index("ix_property_report_state", ["state", "happened_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_property_report_unit_code"), ["unit_code"], unique=False)

    op.create_table(
        "report_end",
        sa.Column("person_report_id", sa.Integer(), nullable=True),
        sa.Column("property_report_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("receiver", sa.String(length=200), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=True),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("confirmation", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decision_reason", sa.String(length=400), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=True),
        sa.Column("insert_order", sa.Integer(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(person_report_id IS NULL) <> (property_report_id IS NULL)", name="one_report"),
        sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="two_officers"),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_report_id"],
            ["person_report.id"],
        ),
        sa.ForeignKeyConstraint(
            ["property_report_id"],
            ["property_report.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("report_end", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_report_end_person_report_id"), ["person_report_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_report_end_property_report_id"), ["property_report_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_report_end_unit_code"), ["unit_code"], unique=False)

    op.create_table(
        "report_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("missing_id", sa.Integer(), nullable=True),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("lost_id", sa.Integer(), nullable=True),
        sa.Column("found_id", sa.Integer(), nullable=True),
        sa.Column("exhibit_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("first_unit_code", sa.String(length=20), nullable=True),
        sa.Column("second_unit_code", sa.String(length=20), nullable=True),
        sa.Column("agrees", sa.JSON(), nullable=False),
        sa.Column("differs", sa.JSON(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "(missing_id IS NULL) = (body_id IS NULL) AND (body_id IS NULL) <> (found_id IS NULL) AND (found_id IS NOT NULL) = ((lost_id IS NULL) <> (exhibit_id IS NULL))",
            name="two_sides",
        ),
        sa.ForeignKeyConstraint(
            ["body_id"],
            ["person_report.id"],
        ),
        sa.ForeignKeyConstraint(
            ["exhibit_id"],
            ["exhibit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["first_unit_code"],
            ["unit.code"],
        ),
        sa.ForeignKeyConstraint(
            ["found_id"],
            ["property_report.id"],
        ),
        sa.ForeignKeyConstraint(
            ["lost_id"],
            ["property_report.id"],
        ),
        sa.ForeignKeyConstraint(
            ["missing_id"],
            ["person_report.id"],
        ),
        sa.ForeignKeyConstraint(
            ["second_unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("exhibit_id", "found_id"),
        sa.UniqueConstraint("lost_id", "found_id"),
        sa.UniqueConstraint("missing_id", "body_id"),
    )
    with op.batch_alter_table("report_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_match_body_id"), ["body_id"], unique=False)
        batch_op.create_index("ix_report_match_due", ["due_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_match_exhibit_id"), ["exhibit_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_report_match_first_unit_code"), ["first_unit_code"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_report_match_found_id"), ["found_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_match_lost_id"), ["lost_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_match_missing_id"), ["missing_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_report_match_second_unit_code"), ["second_unit_code"], unique=False
        )
        batch_op.create_index("ix_report_match_state", ["state", "due_at", "id"], unique=False)

    op.create_table(
        "report_match_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("evidence", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["match_id"],
            ["report_match.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("match_id", "made_by_id", "decision"),
    )
    with op.batch_alter_table("report_match_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_match_answer_match_id"), ["match_id"], unique=False)
    lock.lock_table(
        op,
        "person_report",
        (
            "body_part",
            "case_id",
            "happened_on",
            "kind",
            "mark_kind",
            "name",
            "place_code",
            "place_text",
            "reporter",
            "reporter_phone",
            "sex",
            "unit_code",
        ),
        withdrawable=True,
    )
    rls.protect_table(op, "person_report", *rls.of_unit("person_report"))
    lock.lock_table(
        op,
        "property_report",
        (
            "case_id",
            "colour",
            "description",
            "document_no",
            "engine_no",
            "frame_no",
            "happened_on",
            "imei",
            "kind",
            "make",
            "model",
            "phone",
            "place_code",
            "place_text",
            "plate",
            "reporter",
            "reporter_phone",
            "serial",
            "side",
            "unit_code",
        ),
        withdrawable=True,
    )
    rls.protect_table(op, "property_report", *rls.of_unit("property_report"))
    lock.lock_table(
        op,
        "report_end",
        (
            "document_date",
            "document_no",
            "ended_on",
            "note",
            "outcome",
            "person_report_id",
            "property_report_id",
            "receiver",
            "unit_code",
        ),
    )
    rls.protect_table(op, "report_end", *rls.of_unit("report_end"))
    lock.require_second_officer(op, "report_end", END_FACTS)
    for table, first, second, known in (
        ("person_report", "missing_id", "body_id", "identified"),
        ("property_report", "lost_id", "found_id", "owner_known"),
    ):
        state = REPORT_STATE.format(table=table, first=first, second=second, known=known)
        lock.compute_column(op, table, "state", state, initial="'open'")
    sides = ("missing_id", "body_id", "lost_id", "found_id", "exhibit_id")
    lock.protect_columns(
        op, "report_match", (*sides, "kind", "first_unit_code", "second_unit_code", "raised_at")
    )
    lock.compute_column(op, "report_match", "state", MATCH_STATE, initial="'waiting'")
    answer = ("match_id", "side", "decision", "evidence", "reason", "made_at", "made_by_id")
    lock.protect_columns(op, "report_match_answer", answer)
    _protect_matches()
    rls.show_payloads(op, "person_report", "property_report", "report_end")


def _protect_matches():
    """Show a match to both its units and to the units above them, and its answers with it."""
    sides = []
    for name in ("first", "second"):
        inside = f"EXISTS (SELECT 1 FROM unit u WHERE u.code = report_match.{name}_unit_code"
        inside += f" AND ({rls.AREA} = '' OR left(u.area_code, length({rls.AREA})) = {rls.AREA}))"
        sides.append(f"report_match.{name}_unit_code = {rls.UNITS} OR ({rls.FAMILIES} = '' AND {inside})")
    of_match = f"{' OR '.join(sides)} OR ({rls.FAMILIES} = '' AND {rls.AREA} = '')"
    rls.protect_table(op, "report_match", of_match, of_match, of_match)
    of_answer = "EXISTS (SELECT 1 FROM report_match m WHERE m.id = report_match_answer.match_id)"
    rls.protect_table(op, "report_match_answer", of_answer, of_answer, of_answer)


def downgrade():
    rls.hide_payloads(op, "person_report", "property_report", "report_end")
    for table in ("person_report", "property_report", "report_match"):
        lock.uncompute_column(op, table, "state")
    for table in TABLES:
        rls.unprotect_table(op, table)
    for table in ("report_match_answer", "report_match", "report_end", "property_report", "person_report"):
        op.drop_table(table)
