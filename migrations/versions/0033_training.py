"""Courses with sessions, participants and tests, a question bank with review, and certificates."""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

COURSE_FACTS = (
    "title_km", "title_en", "syllabus", "hours", "validity_months", "attendance_percent", "good_percent",
    "average_percent", "unit_code",
)  # fmt: skip
SESSION_FACTS = ("course_id", "name", "place", "starts_on", "days", "note", "unit_code")
QUESTION_FACTS = (
    "topic", "kind", "text_km", "choices_km", "text_en", "choices_en", "why", "unit_code",
)  # fmt: skip
PLAIN = (
    "certificate", "certificate_counter", "test_answer", "sitting", "course_test", "participant", "question",
    "course_session", "course",
)  # fmt: skip


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


def _key(name, table, **options):
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), **options)


def upgrade():
    _create_plans()
    _create_tests()
    _create_certificates()


def _create_plans():
    op.create_table(
        "course",
        *_record_columns(),
        sa.Column("title_km", sa.String(200), nullable=False),
        sa.Column("title_en", sa.String(200)),
        sa.Column("syllabus", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COURSE_FACTS[3:8]),
    )
    op.create_index("ix_course_title", "course", ["title_km", "id"])
    lock.lock_table(op, "course", COURSE_FACTS)
    op.create_table(
        "course_session",
        *_record_columns(),
        _key("course_id", "course", nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(400)),
        _key("trainer_id", "ab_user", nullable=False),
        _key("second_trainer_id", "ab_user"),
        _key("third_trainer_id", "ab_user"),
    )
    for name in ("course_id", "trainer_id", "second_trainer_id", "third_trainer_id"):
        op.create_index(f"ix_course_session_{name}", "course_session", [name])
    op.create_index("ix_course_session_starts", "course_session", ["starts_on", "id"])
    lock.lock_table(op, "course_session", SESSION_FACTS)
    op.create_table(
        "question",
        *_record_columns(),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("text_km", sa.String(400), nullable=False),
        sa.Column("choices_km", sa.Text(), nullable=False),
        sa.Column("text_en", sa.String(400)),
        sa.Column("choices_en", sa.Text()),
        sa.Column("why", sa.String(400)),
        sa.Column("retired_at", sa.DateTime()),
        sa.Column("confirmation", sa.String(40)),
        sa.Column("decided_at", sa.DateTime()),
        _key("decided_by_id", "ab_user"),
        sa.Column("decision_reason", sa.String(400)),
        sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="two_officers"),
    )
    op.create_index("ix_question_topic", "question", ["topic", "id"])
    lock.lock_table(op, "question", QUESTION_FACTS)
    lock.require_second_officer(op, "question", QUESTION_FACTS)


def _create_tests():
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        _key("session_id", "course_session", nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _key("user_id", "ab_user"),
        sa.Column("rank", sa.String(30)),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("present", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("session_id", "number"),
        sa.UniqueConstraint("session_id", "user_id"),
    )
    op.create_index("ix_participant_user_id", "participant", ["user_id"])
    op.create_index("ix_participant_unit", "participant", ["unit_code", "session_id"])
    lock.protect_columns(op, "participant", ("session_id", "number", "user_id"))
    op.create_table(
        "course_test",
        sa.Column("id", sa.Integer(), nullable=False),
        _key("session_id", "course_session", nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(), nullable=False),
        sa.Column("closes_at", sa.DateTime(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("question_ids", sa.JSON(), nullable=False),
        _key("made_by_id", "ab_user"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("session_id", "ordinal"),
    )
    lock.protect_columns(
        op,
        "course_test",
        ("session_id", "ordinal", "minutes", "opens_at", "closes_at", "seed", "question_ids"),
    )
    op.create_table(
        "sitting",
        sa.Column("id", sa.Integer(), nullable=False),
        _key("test_id", "course_test", nullable=False),
        _key("participant_id", "participant", nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime()),
        sa.Column("percent", sa.Integer()),
        _key("entered_by_id", "ab_user"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("test_id", "participant_id"),
    )
    op.create_index("ix_sitting_participant_id", "sitting", ["participant_id"])
    lock.protect_columns(
        op, "sitting", ("test_id", "participant_id", "started_at", "ends_at", "entered_by_id")
    )
    op.create_table(
        "test_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        _key("sitting_id", "sitting", nullable=False),
        _key("question_id", "question", nullable=False),
        sa.Column("chosen", sa.String(40), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sitting_id", "question_id"),
    )
    op.create_index("ix_test_answer_question_id", "test_answer", ["question_id"])
    lock.protect_columns(op, "test_answer", ("sitting_id", "question_id"))


def _create_certificates():
    op.create_table(
        "certificate_counter",
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year"),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        sa.Column("code", sa.String(12), nullable=False),
        _key("participant_id", "participant", nullable=False, unique=True),
        _key("user_id", "ab_user"),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        _key("issued_by_id", "ab_user"),
        sa.Column("revoked_at", sa.DateTime()),
        _key("revoked_by_id", "ab_user"),
        sa.Column("revoke_reason", sa.String(400)),
        sa.Column("reminded_days", sa.Integer()),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoke_reason IS NULL)", name="ck_certificate_revoked"),
        sa.CheckConstraint("issued_by_id <> user_id", name="ck_certificate_not_to_oneself"),
    )
    op.create_index("ix_certificate_user", "certificate", ["user_id", "valid_until"])
    lock.protect_columns(
        op, "certificate",
        ("number", "code", "participant_id", "user_id", "issued_on", "valid_until", "issued_by_id"),
    )  # fmt: skip


def downgrade():
    lock.forget_second_officer(op, "question")
    for table in PLAIN:
        op.drop_table(table)
