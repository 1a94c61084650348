"""Documents of an investigation act: a signed record belongs to the act, not only to its case."""

from alembic import op

from migrations import lock

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade():
    # SQLite adds a foreign key only together with its column.
    op.execute("ALTER TABLE case_file ADD COLUMN act_id INTEGER REFERENCES investigation_act (id)")
    op.create_index("ix_case_file_act_id", "case_file", ["act_id"])
    lock.lock_columns(op, "case_file", "act_id")


def downgrade():
    lock.unlock_columns(op, "case_file", "act_id")
    op.drop_index("ix_case_file_act_id", "case_file")
    op.drop_column("case_file", "act_id")
