"""The lock in the database: triggers that refuse a change of what is shut, whoever asks for it.

A step that adds a column to a table with a lock says whether it is a fact:

    from migrations import lock
    lock.shut_too(op, "case_file", "province_code", "district_code")    # after the rows were filled
    lock.no_longer(op, "case_file", "province_code", "district_code")   # on the way back, before they are dropped

A step for a new table calls `shut`. On SQLite a table that is made anew (batch mode) loses its triggers: `shut` them
again. tests/house/test_lock.py compares the triggers with the models.

The triggers ask `lock_open`, a view of what may be changed now, whoever has opened it; before the step that makes the
view they ask for corrections alone.
"""

import re

import sqlalchemy as sa

NEVER = ("id", "recorded_at", "recorded_by_id")
STRUCK = ("voided_at", "void_reason")
HOURS = 48

_SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now', '+7 hours'{})"
_POSTGRESQL_NOW = "(clock_timestamp() AT TIME ZONE 'Asia/Phnom_Penh'{})"
_COMPARED = re.compile(
    r"""OLD\."?(\w+)"?\)?(?:::[a-z ]+)?\)? IS (?:NOT|DISTINCT FROM) \(*NEW\b""", re.IGNORECASE
)  # PostgreSQL gives an expression back with casts and brackets of its own


def shut(op, table, facts, kept=()):
    """Lay the lock over `table`: the columns `facts` shut after 48 hours, the columns `kept` at once."""
    drop(op, table)
    for statement in _lock_of(op, table, sorted(facts), (*NEVER, *kept)):
        op.execute(sa.text(statement.replace(":", r"\:")))


def lay_anew(op):
    """Let every lock of this database ask anew who has opened what: `lock_open` came or went."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.execute(sa.text(_unless_in_door(op).replace(":", r"\:")))
        return
    named = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name = 'lock_' || tbl_name || '_struck'"
    for table in connection.execute(sa.text(named)).scalars().all():
        facts, kept = shut_columns(connection, table)
        shut(op, table, facts, kept - set(NEVER))


def keep(op, table, columns):
    """Let no row of a table that is no record's change in these columns, or go."""
    drop(op, table)
    for statement in _lock_of(op, table, (), ("id", *columns)):
        if (
            f'"lock_{table}_kept"' in statement
            or " BEFORE DELETE " in statement
            or " BEFORE TRUNCATE " in statement
        ):
            op.execute(sa.text(statement.replace(":", r"\:")))


def shut_too(op, table, *more):
    """Let these columns shut as well, beside those that do already."""
    facts, kept = shut_columns(op.get_bind(), table)
    shut(op, table, facts | set(more), kept - set(NEVER))


def no_longer(op, table, *columns):
    """The way back of `shut_too`, before its columns are dropped: a trigger must not name what is not there."""
    facts, kept = shut_columns(op.get_bind(), table)
    shut(op, table, facts - set(columns), kept - set(NEVER))


def drop(op, table):
    """Take the lock off, for a step that must change shut rows itself; `shut` it again in the same step."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ("insert", "kept", "struck", "facts", "delete", "truncate"):
        where = "" if on_sqlite else f' ON "{table}"'
        op.execute(f'DROP TRIGGER IF EXISTS "lock_{table}_{name}"{where}')


def shut_columns(connection, table):
    """(the columns that shut after 48 hours, those that never change) as the triggers of this database have them."""
    return tuple(set(_COMPARED.findall(_definition(connection, table, name))) for name in ("facts", "kept"))


def _definition(connection, table, name):
    if connection.dialect.name == "sqlite":
        asked = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name"
    else:
        asked = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = :name"
    return connection.execute(sa.text(asked), {"name": f"lock_{table}_{name}"}).scalar() or ""


def by_door(op, table, column):
    """Let a column of `table` change through the door alone, from the first moment on."""
    if op.get_bind().dialect.name == "sqlite":
        condition = (
            f'OLD."{column}" IS NOT NEW."{column}" AND NOT EXISTS ({_opened(has_view(op), table, column)})'
        )
        act = "BEGIN SELECT RAISE(ABORT, 'lock: shut'); END"
    else:
        condition = f'OLD."{column}" IS DISTINCT FROM NEW."{column}"'
        act = f"EXECUTE FUNCTION lock_unless_in_door('{column}')"
    statement = f'CREATE TRIGGER "lock_{table}_by_door" BEFORE UPDATE ON "{table}" FOR EACH ROW WHEN ({condition}) {act}'
    op.execute(sa.text(statement.replace(":", r"\:")))


def _lock_of(op, table, facts, kept):
    if op.get_bind().dialect.name != "sqlite":
        return _on_postgresql(table, facts, kept)
    view = has_view(op)
    return _on_sqlite(table, facts, kept, lambda column: _opened(view, table, column))


def _on_sqlite(table, facts, kept, opened):
    future = _SQLITE_NOW.format(", '+5 minutes'")
    shut_since = _SQLITE_NOW.format(f", '-{HOURS} hours'")

    def trigger(name, when, condition, words):
        return (
            f'CREATE TRIGGER "lock_{table}_{name}" BEFORE {when} ON "{table}" FOR EACH ROW WHEN {condition}'
            f" BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )

    def changed(names, door=False):
        locked = (
            f'(OLD."{name}" IS NOT NEW."{name}"' + (f" AND NOT EXISTS ({opened(name)})" if door else "") + ")"
            for name in names
        )
        return " OR ".join(locked)

    yield trigger(
        "insert",
        "INSERT",
        f"NEW.recorded_at IS NULL OR NEW.recorded_at > {future}",
        "lock: registered later than now",
    )
    yield trigger("kept", "UPDATE", changed(kept), "lock: this never changes")
    yield trigger("struck", "UPDATE", changed(STRUCK, door=True), "lock: struck out by a correction alone")
    if facts:
        condition = f"OLD.recorded_at <= {shut_since} AND ({changed(facts, door=True)})"
        yield trigger("facts", "UPDATE", condition, "lock: shut")
    yield trigger("delete", "DELETE", "1", "lock: nobody deletes")


def _on_postgresql(table, facts, kept):
    future = _POSTGRESQL_NOW.format(" + interval '5 minutes'")
    shut_since = _POSTGRESQL_NOW.format(f" - interval '{HOURS} hours'")

    def trigger(name, when, condition, doing):
        condition = f" WHEN ({condition})" if condition else ""
        return (
            f'CREATE TRIGGER "lock_{table}_{name}" BEFORE {when} ON "{table}" FOR EACH ROW{condition}'
            f" EXECUTE FUNCTION {doing}"
        )

    def changed(names, cast=""):
        return " OR ".join(f'OLD."{name}"{cast} IS DISTINCT FROM NEW."{name}"{cast}' for name in names)

    def listed(names):
        return ", ".join(f"'{name}'" for name in names)

    yield trigger(
        "insert", "INSERT", f"NEW.recorded_at > {future}", "lock_refuse('registered later than now')"
    )
    # JSON cannot be compared but as text.
    yield trigger("kept", "UPDATE", changed(kept, "::text"), "lock_refuse('this never changes')")
    yield trigger("struck", "UPDATE", changed(STRUCK), f"lock_unless_in_door({listed(STRUCK)})")
    if facts:
        condition = f"OLD.recorded_at <= {shut_since} AND ({changed(facts)})"
        yield trigger("facts", "UPDATE", condition, f"lock_unless_in_door({listed(facts)})")
    yield trigger("delete", "DELETE", "", "lock_refuse('nobody deletes')")
    yield (
        f'CREATE TRIGGER "lock_{table}_truncate" BEFORE TRUNCATE ON "{table}"'
        " FOR EACH STATEMENT EXECUTE FUNCTION lock_refuse('nobody deletes')"
    )


def has_view(op):
    """Whether this database knows `lock_open`."""
    return "lock_open" in sa.inspect(op.get_bind()).get_view_names()


def _opened(view, table, name):
    """What finds the one that has opened this column of the row; of SQLite's triggers."""
    named = f"d.entity = '{table}' AND d.entity_id = OLD.id AND d.column_name = '{name}'"
    if view:
        return f"SELECT 1 FROM lock_open d WHERE {named}"
    return (
        f"SELECT 1 FROM lock_door d JOIN correction c ON c.id = d.correction_id WHERE {named}"
        f" AND c.open_until > {_SQLITE_NOW.format('')}"
    )


def now(op):
    """The moment in Cambodia by the database's clock, as its SQL says it."""
    return (_SQLITE_NOW if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL_NOW).format("")


def functions(op):
    """The functions that the triggers of PostgreSQL call; SQLite's triggers hold all they need."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(_REFUSE)
    op.execute(sa.text(_unless_in_door(op).replace(":", r"\:")))


def _unless_in_door(op):
    opened = "lock_open d WHERE" if has_view(op) else _BY_CORRECTIONS.format(now=now(op))
    return _UNLESS_IN_DOOR.format(path=search_path(op), opened=opened)


def search_path(op):
    """What a function of PostgreSQL says so that no temporary table of the caller's stands in for the door."""
    if op.get_bind().dialect.name == "sqlite":
        return ""
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    return f"SET search_path = {schema}, pg_temp"


_REFUSE = """
CREATE FUNCTION lock_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'lock: ' || TG_ARGV[0], ERRCODE = '23L48';
END $$
"""
_BY_CORRECTIONS = "lock_door d JOIN correction c ON c.id = d.correction_id WHERE c.open_until > {now} AND"
_UNLESS_IN_DOOR = """
CREATE OR REPLACE FUNCTION lock_unless_in_door() RETURNS trigger LANGUAGE plpgsql {path} AS $$
DECLARE
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
  one text;
BEGIN
  FOREACH one IN ARRAY TG_ARGV LOOP
    IF before -> one IS DISTINCT FROM after -> one AND NOT EXISTS (
      SELECT 1 FROM {opened} d.entity = TG_TABLE_NAME AND d.entity_id = OLD.id AND d.column_name = one
    ) THEN
      RAISE EXCEPTION USING MESSAGE = 'lock: shut', ERRCODE = '23L48';
    END IF;
  END LOOP;
  RETURN NEW;
END $$
"""
