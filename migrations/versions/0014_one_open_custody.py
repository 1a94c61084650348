"""One open custody for each person, one open detention for each person and case, and facts of their time limits.

Two simultaneous requests saved two custodies of one person. Now the database refuses the second one.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# index → table, columns, column with the end
OPEN_RECORDS = {
    "uq_custody_open": ("custody", ("person_id",), "ended_at"),
    "uq_detention_open": ("detention", ("person_id", "case_id"), "ended_on"),
}
NEW_FACTS = {"sentence": ("suspended_months",), "sentence_change": ("years",)}
# An arrest waits while no open custody, no final end of a custody and no detention follows it.
AWAITS_CUSTODY = (
    "NOT EXISTS (SELECT 1 FROM custody c WHERE c.person_id = arrest.person_id AND c.voided_at IS NULL"
    " AND (c.ended_at IS NULL OR (c.ended_at >= arrest.at AND c.outcome NOT IN ('transferred', 'hospital'))))"
    " AND NOT EXISTS (SELECT 1 FROM detention d WHERE d.person_id = arrest.person_id AND d.voided_at IS NULL"
    " AND NOT d.escaped AND (d.ended_on IS NULL OR d.since >= {day} OR d.ended_on > {day}))"
)
DAY = {"sqlite": "date(arrest.at)", "postgresql": "CAST(arrest.at AS date)"}
# table → the columns that decide which arrests wait
DECIDING = {
    "arrest": ("person_id", "at", "voided_at"),
    "custody": ("person_id", "ended_at", "outcome", "voided_at"),
    "detention": ("person_id", "since", "ended_on", "escaped", "voided_at"),
}
# Runs as its owner: a custody may begin in one area and end in another.
REFRESH = """CREATE FUNCTION refresh_waiting_arrests() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {path} AS $$
BEGIN
  UPDATE arrest SET awaits_custody = ({waits})
  WHERE person_id IN (OLD.person_id, NEW.person_id) AND awaits_custody <> ({waits});
  RETURN NULL;
END $$"""


def upgrade():
    op.add_column("custody", sa.Column("counts_from", sa.DateTime()))
    op.execute("UPDATE custody SET counts_from = arrived_at")
    op.add_column(
        "arrest", sa.Column("awaits_custody", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    waits = AWAITS_CUSTODY.format(day=DAY[op.get_bind().dialect.name])
    op.execute(f"UPDATE arrest SET awaits_custody = ({waits})")
    _create_triggers(waits)
    _create_flag_index("ix_arrest_waiting", "arrest", "awaits_custody", ["at", "id"], "voided_at IS NULL")
    condition = sa.text("escaped AND ended_on IS NULL AND voided_at IS NULL")
    op.create_index(
        "ix_detention_at_large",
        "detention",
        ["since", "id"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
    for table, names in NEW_FACTS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Integer()))
        lock.lock_columns(op, table, *names)
    for index, (table, columns, ended) in OPEN_RECORDS.items():
        condition = sa.text(f"{ended} IS NULL AND voided_at IS NULL")
        _refuse_two(table, columns, condition)
        op.create_index(
            index, table, list(columns), unique=True, sqlite_where=condition, postgresql_where=condition
        )


def _create_flag_index(name, table, flag, columns, condition):
    """Create an index of the rows with a flag. SQLite uses it only for a condition in the words of a query."""
    op.create_index(
        name, table, columns,
        sqlite_where=sa.text(f"{flag} = 1 AND {condition}"), postgresql_where=sa.text(f"{flag} AND {condition}"),
    )  # fmt: skip


def _create_triggers(waits):
    if not lock.is_sqlite(op):
        lock.execute(op, REFRESH.format(path=lock.search_path(op), waits=waits))
        # As for deadlines: of two transactions about one person the later one sees what the other wrote.
        op.execute(
            "CREATE TRIGGER lock_person_of_deadline BEFORE INSERT ON arrest"
            " FOR EACH ROW EXECUTE FUNCTION lock_person_of_deadline()"
        )
    for name, event, table in _triggers():
        if lock.is_sqlite(op):
            of_person = "NEW.person_id" if event == "INSERT" else "OLD.person_id, NEW.person_id"
            action = (
                f"BEGIN UPDATE arrest SET awaits_custody = ({waits})"
                f" WHERE person_id IN ({of_person}) AND awaits_custody <> ({waits}); END"
            )
        else:
            action = "FOR EACH ROW EXECUTE FUNCTION refresh_waiting_arrests()"
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} {action}")


def _triggers():
    """Yield (name, event, table) of every change that decides which arrests wait."""
    for table, columns in DECIDING.items():
        yield f"waiting_arrest_{table}_insert", "INSERT", table
        yield f"waiting_arrest_{table}_update", f"UPDATE OF {', '.join(columns)}", table


def _refuse_two(table, columns, condition):
    """Raise RuntimeError with the people who have two open records."""
    names = ", ".join(columns)
    found = op.get_bind().execute(
        sa.text(
            f"SELECT DISTINCT person_id FROM (SELECT {names} FROM {table} WHERE {condition}"
            f" AND {' AND '.join(f'{name} IS NOT NULL' for name in columns)} GROUP BY {names} HAVING count(*) > 1) AS two"
        )
    )
    people = [f"P-{one:07d}" for one in found.scalars()]
    if people:
        raise RuntimeError(f"Two open rows in {table} of {', '.join(people)}: end one of them first.")


def downgrade():
    for index, (table, _columns, _ended) in OPEN_RECORDS.items():
        op.drop_index(index, table)
    for table, names in NEW_FACTS.items():
        lock.unlock_columns(op, table, *names)
        for name in names:
            op.drop_column(table, name)
    for name, _event, table in _triggers():
        op.execute(f"DROP TRIGGER {name}" + ("" if lock.is_sqlite(op) else f" ON {table}"))
    if not lock.is_sqlite(op):
        op.execute("DROP TRIGGER lock_person_of_deadline ON arrest")
        op.execute("DROP FUNCTION refresh_waiting_arrests()")
    op.drop_index("ix_detention_at_large", "detention")
    op.drop_index("ix_arrest_waiting", "arrest")
    op.drop_column("arrest", "awaits_custody")
    op.drop_column("custody", "counts_from")
