"""Series of similar cases: proposed by a job, confirmed, split or rejected by an officer."""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "case_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("family", sa.String(40), nullable=False),
        sa.Column("province_code", sa.String(2), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("common", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("decided_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("reason", sa.String(400)),
        sa.Column("split_from_id", sa.Integer(), sa.ForeignKey("case_series.id")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_case_series_last_day", "case_series", ["last_day", "id"])
    op.create_index("ix_case_series_state", "case_series", ["state", "last_day", "id"])
    op.create_index("ix_case_series_split_from_id", "case_series", ["split_from_id"])
    op.create_table(
        "case_series_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), sa.ForeignKey("case_series.id"), nullable=False),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("series_id", "case_id"),
    )
    op.create_index("ix_case_series_member_case_id", "case_series_member", ["case_id"])
    lock.protect_columns(op, "case_series", ("family", "province_code", "found_at", "split_from_id"))
    lock.protect_columns(op, "case_series_member", ("series_id", "case_id"))
    # The policies of the cases decide: a subquery sees what the reader sees.
    of_case = 'EXISTS (SELECT 1 FROM "case" c WHERE c.id = case_series_member.case_id)'
    rls.protect_table(op, "case_series_member", of_case, of_case, of_case)
    of_member = "EXISTS (SELECT 1 FROM case_series_member m WHERE m.series_id = case_series.id)"
    # A series that is split off has no case yet when its row is added.
    nationwide = f"{rls.AREA} = '' AND {rls.FAMILIES} = ''"
    rls.protect_table(op, "case_series", f"({nationwide}) OR {of_member}")


def downgrade():
    rls.unprotect_table(op, "case_series")  # its policies read the other table
    op.drop_table("case_series_member")
    op.drop_table("case_series")
