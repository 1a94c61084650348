"""Participants have the result of their practice, and exercises prepare a case."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

COLUMNS = ("practice_exercises", "practice_percent")


def upgrade():
    for name in COLUMNS:
        op.add_column("participant", sa.Column(name, sa.Integer()))
    op.add_column("exercise", sa.Column("prepared", sa.JSON()))
    with op.batch_alter_table("exercise_attempt") as table:
        table.add_column(sa.Column("case_id", sa.Integer()))
        table.create_foreign_key("fk_exercise_attempt_case", "case", ["case_id"], ["id"])
        table.create_index("ix_exercise_attempt_case_id", ["case_id"])


def downgrade():
    with op.batch_alter_table("exercise_attempt") as table:
        table.drop_index("ix_exercise_attempt_case_id")
        table.drop_constraint("fk_exercise_attempt_case", type_="foreignkey")
        table.drop_column("case_id")
    op.drop_column("exercise", "prepared")
    for name in COLUMNS:
        op.drop_column("participant", name)
