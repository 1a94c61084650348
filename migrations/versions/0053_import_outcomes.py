"""Imports record the outcome of each row of a file."""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

TABLE = "import_outcomes"
OF_THE_NATION = f"{rls.AREA} = '' AND {rls.FAMILIES} = ''"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_import_outcomes_run", TABLE, ["run_id", "id"])
    lock.protect_columns(op, TABLE, ("run_id", "lines"))
    rls.protect_table(op, TABLE, OF_THE_NATION)
    op.add_column("import_run", sa.Column("read_rows", sa.Integer(), nullable=True))
    op.add_column("import_run", sa.Column("end_row", sa.Integer(), nullable=True))


def downgrade():
    op.drop_column("import_run", "end_row")
    op.drop_column("import_run", "read_rows")
    op.drop_table(TABLE)
