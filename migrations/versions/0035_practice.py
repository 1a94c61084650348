"""The kind of the system, and the exercises of the practice system."""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

MESSAGE = "the kind of a system does not change"


def upgrade():
    op.create_table(
        "system_kind",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "exercise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("model", sa.JSON(), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("author_id", sa.Integer()),
        sa.Column("reviewer_id", sa.Integer()),
        sa.ForeignKeyConstraint(["author_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["reviewer_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "exercise_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exercise_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(40), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime()),
        sa.Column("score", sa.Integer()),
        sa.Column("answer", sa.JSON()),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercise.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("ix_exercise_attempt_exercise_id", "exercise_attempt", ["exercise_id"])
    op.create_index("ix_exercise_attempt_user_id", "exercise_attempt", ["user_id", "exercise_id"])
    _keep_kind()


def _keep_kind():
    """Refuse a change and a deletion of the row."""
    if lock.is_sqlite(op):
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER system_kind_{event.lower()} BEFORE {event} ON system_kind"
                f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION keep_system_kind() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER system_kind_kept BEFORE UPDATE OR DELETE ON system_kind"
        " FOR EACH ROW EXECUTE FUNCTION keep_system_kind()"
    )


def downgrade():
    op.drop_table("exercise_attempt")
    op.drop_table("exercise")
    op.drop_table("system_kind")
    if not lock.is_sqlite(op):
        op.execute("DROP FUNCTION keep_system_kind()")
