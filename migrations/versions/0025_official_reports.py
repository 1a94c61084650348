"""Official reports: the figures of a draft, the review by a second officer, and the issued files.

The figures never change, a decided report neither, and an issued file is never replaced.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

FACTS = (
    "kind", "unit_code", "area_code", "first_day", "last_day", "figures", "fingerprint", "counted_at", "remarks",
    "revision_of_id", "drafted_by_id", "drafted_at",
)  # fmt: skip
DECISION = ("number", "state", "reviewed_by_id", "reviewed_at", "review")
REFUSED = "lock: a decided report is never changed"
IS_DRAFT = sa.text("state = 'drafted'")


def upgrade():
    op.create_table(
        "official_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(30), unique=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code"), nullable=False),
        sa.Column("area_code", sa.String(8)),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("counted_at", sa.DateTime(), nullable=False),
        sa.Column("remarks", sa.Text()),
        sa.Column("revision_of_id", sa.Integer(), sa.ForeignKey("official_report.id")),
        sa.Column("drafted_by_id", sa.Integer(), sa.ForeignKey("ab_user.id"), nullable=False),
        sa.Column("drafted_at", sa.DateTime(), nullable=False),
        sa.Column("reviewed_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("reviewed_at", sa.DateTime()),
        sa.Column("review", sa.Text()),
        sa.CheckConstraint(
            "reviewed_by_id IS NULL OR reviewed_by_id <> drafted_by_id", name="ck_official_report_two_people"
        ),
        sa.CheckConstraint(
            "(state = 'drafted') = (reviewed_by_id IS NULL)", name="ck_official_report_reviewed"
        ),
        sa.CheckConstraint("(state = 'issued') = (number IS NOT NULL)", name="ck_official_report_number"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_official_report_revision_of_id", "official_report", ["revision_of_id"])
    op.create_index("ix_official_report_state", "official_report", ["state", "id"])
    op.create_index("ix_official_report_kind", "official_report", ["kind", "id"])
    op.create_index(
        "ix_official_report_one_draft", "official_report", ["unit_code", "kind", "first_day"], unique=True,
        sqlite_where=IS_DRAFT, postgresql_where=IS_DRAFT,
    )  # fmt: skip
    op.create_table(
        "official_report_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), sa.ForeignKey("official_report.id"), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("report_id", "name"),
    )
    lock.protect_columns(op, "official_report", FACTS)
    lock.protect_columns(op, "official_report_file", ("report_id", "name", "sha256", "content"))
    if lock.is_sqlite(op):
        action = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    else:
        action = f"EXECUTE FUNCTION lock_refuse('{REFUSED.removeprefix('lock: ')}')"
    lock.execute(
        op,
        'CREATE TRIGGER "lock_official_report_decided" BEFORE UPDATE ON "official_report" FOR EACH ROW'
        f" WHEN (OLD.state <> 'drafted') {action}",
    )
    visible = (
        f"({rls.AREA} = '' OR official_report.area_code LIKE {rls.AREA} || '%')"
        f" AND ({rls.FAMILIES} = '' OR official_report.unit_code = {rls.UNIT})"
    )
    rls.protect_table(op, "official_report", visible, visible, visible)
    of_report = "EXISTS (SELECT 1 FROM official_report r WHERE r.id = official_report_file.report_id)"
    rls.protect_table(op, "official_report_file", of_report, of_report, of_report)


def downgrade():
    op.drop_table("official_report_file")
    op.drop_table("official_report")
