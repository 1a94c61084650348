"""Clocks wait for whoever shows their person elsewhere

Of two transactions that were open at the same moment, one that opened a clock (a custody) and one that showed its person in another
province (a case), neither saw what the other had written: the index of clocks then lacked the clock there, until either was changed
again. On SQLite one transaction writes at a time.

Whoever writes a clock holds its person until the commit. What shows a person points to him, and PostgreSQL lets nothing point to whoever
is held so: of the two the later one waits, and the triggers that keep the index then see both. What takes a sight away points to nobody,
and asks for the person itself. No other save asks anything more than before.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

CLOCKS = {
    "custody": ("limit_at", "ended_at"),
    "detention": ("due_on", "ended_on"),
    "release": ("track_until", "ended_on"),
}
SEEN = ("person_id", "hidden", "province_code", "family", "unit_code")
# With the rights of their owner: the person may lie behind a wall (0006). Of the two whom a join moves, the first first.
FUNCTION = """CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {path} AS $$
BEGIN
  PERFORM 1 FROM person WHERE id IN (OLD.person_id, NEW.person_id) ORDER BY id FOR {held};
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$"""
FUNCTIONS = {"clock_holds_its_person": "UPDATE", "sight_waits_for_its_person": "KEY SHARE"}


def triggers():
    """(table, event, function) of what waits."""
    for table, columns in CLOCKS.items():
        of = ", ".join(("person_id", *columns, "voided_at"))
        yield table, f"INSERT OR UPDATE OF {of}", "clock_holds_its_person"
    yield "visibility", f"DELETE OR UPDATE OF {', '.join(SEEN)}", "sight_waits_for_its_person"


def upgrade():
    if op.get_bind().dialect.name == "sqlite":
        return
    for name, held in FUNCTIONS.items():
        function = FUNCTION.format(name=name, path=lock.search_path(op), held=held)
        op.execute(sa.text(function.replace(":", r"\:")))
    for table, event, function in triggers():
        op.execute(
            f"CREATE TRIGGER {function} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, _event, function in triggers():
        op.execute(f"DROP TRIGGER {function} ON {table}")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
