"""A participant leaves a session before the first test, a test that no one began is cancelled, and a test has a start code."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import inspect

from migrations import lock

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

TEST = "course_test"
FIXED = ("session_id", "ordinal", "minutes", "opens_at", "closes_at", "seed", "question_ids")
NAMES = {"uq": "uq_%(table_name)s_%(column_0_name)s"}  # SQLite has no name of the constraint
INDEX = "ix_course_test_valid"


def upgrade():
    op.add_column("participant", sa.Column("removed_at", sa.DateTime()))
    # A downgrade keeps cancelled tests, so it does not add the constraint again.
    unique = inspect(op.get_bind()).get_unique_constraints(TEST)
    if unique and lock.is_sqlite(op):
        with op.batch_alter_table(TEST, naming_convention=NAMES) as table:
            table.drop_constraint(f"uq_{TEST}_session_id", type_="unique")
    elif unique:
        op.drop_constraint(unique[0]["name"], TEST, type_="unique")
    op.add_column(TEST, sa.Column("start_code", sa.String(6)))
    op.add_column(TEST, sa.Column("cancelled_at", sa.DateTime()))
    lock.protect_columns(op, TEST, (*FIXED, "start_code"))
    is_valid = sa.text("cancelled_at IS NULL")
    op.create_index(
        INDEX, TEST, ["session_id", "ordinal"], unique=True, sqlite_where=is_valid, postgresql_where=is_valid
    )


def downgrade():
    op.drop_index(INDEX, TEST)
    lock.protect_columns(op, TEST, FIXED)
    op.drop_column(TEST, "cancelled_at")
    op.drop_column(TEST, "start_code")
    op.drop_column("participant", "removed_at")
