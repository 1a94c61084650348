"""A second officer approves each row of an import that an officer fixed by hand.

Before, the officer who fixed a rejected row registered its values alone.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

NAME = "fixed_row_needs_second_officer"
TABLE = "import_entry"
OFFICERS = ("fixed_by_id", "approved_by_id")
# A row that was rejected is registered only as it was fixed, by another officer than the one who fixed it.
ALONE = "NEW.fixed_by_id IS NULL OR NEW.approved_by_id IS NULL OR NEW.approved_by_id = NEW.fixed_by_id"
REFUSED = (
    "NEW.state = 'entered' AND OLD.state <> 'entered'"
    f" AND (OLD.state <> 'fixed' OR {ALONE} OR NEW.fixed_by_id <> OLD.fixed_by_id)"
    " OR NEW.state = 'fixed' AND (NEW.fixed_by_id IS NULL OR OLD.state <> 'waiting')"
)
FUNCTION = """CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {path} AS $$
BEGIN
  IF {refused} THEN
    RAISE EXCEPTION USING MESSAGE = '{name}', ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$"""


def upgrade():
    op.add_column("import_run", sa.Column("fixed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(TABLE, sa.Column("file_values", sa.JSON()))
    for name in OFFICERS:
        # SQLite adds a foreign key only together with its column.
        op.execute(f"ALTER TABLE {TABLE} ADD COLUMN {name} INTEGER REFERENCES ab_user (id)")
    if lock.is_sqlite(op):
        action = f"WHEN {REFUSED} BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
    else:
        lock.execute(op, FUNCTION.format(name=NAME, path=lock.search_path(op), refused=REFUSED))
        action = f"EXECUTE FUNCTION {NAME}()"
    op.execute(f"CREATE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} FOR EACH ROW {action}")


def downgrade():
    op.execute(f"DROP TRIGGER {NAME}" + ("" if lock.is_sqlite(op) else f" ON {TABLE}"))
    if not lock.is_sqlite(op):
        op.execute(f"DROP FUNCTION {NAME}()")
    op.execute(f"UPDATE {TABLE} SET state = 'waiting' WHERE state = 'fixed'")
    op.execute("UPDATE import_run SET waiting = waiting + fixed")
    for name in ("file_values", *OFFICERS):
        op.drop_column(TABLE, name)
    op.drop_column("import_run", "fixed")
