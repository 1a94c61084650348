"""The database also keeps the mark that something may help the suspect: only a correction removes it after the lock."""

from alembic import op

from migrations import lock

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

TABLES = ("case_file", "exhibit", "investigation_act")


def upgrade():
    for table in TABLES:
        lock.keep_flag(op, table, "helps_suspect")


def downgrade():
    for table in TABLES:
        lock.free_flag(op, table, "helps_suspect")
