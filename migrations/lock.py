"""The record lock in the database: triggers that refuse a change of what is locked, whoever asks for it.

A migration for a new table calls `lock_table`. One that adds a column to a locked table says whether it is a fact:

    from migrations import lock
    lock.lock_columns(op, "case_file", "province_code")      # after the rows were filled
    lock.unlock_columns(op, "case_file", "province_code")    # in the downgrade, before the column is dropped

On SQLite a table that is recreated (batch mode) loses its triggers: lock it again. tests/house/test_record_lock.py
compares the triggers with the models. The triggers ask the view `lock_exemption_active` which columns may change now.
"""

import re

import sqlalchemy as sa

IMMUTABLE = ("id", "recorded_at", "recorded_by_id")
VOID = ("voided_at", "void_reason")
HOURS = 48

_SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now', '+7 hours'{})"
_POSTGRESQL_NOW = "(clock_timestamp() AT TIME ZONE 'Asia/Phnom_Penh'{})"
# PostgreSQL returns an expression with casts and brackets of its own.
_COMPARED = re.compile(
    r"""OLD\."?(\w+)"?\)?(?:::[a-z ]+)?\)? IS (?:NOT|DISTINCT FROM) \(*NEW\b""", re.IGNORECASE
)
_ALL = ("insert", "immutable", "void", "facts", "delete", "truncate")


def lock_table(op, table, facts, immutable=(), withdrawable=False):
    """Lock `table`: the columns `facts` after 48 hours, the columns `immutable` at once.

    The author may void a `withdrawable` row within its 48 hours, with a reason.
    """
    unlock_table(op, table)
    for _name, statement in _triggers(op, table, sorted(facts), (*IMMUTABLE, *immutable), withdrawable):
        execute(op, statement)


def allow_withdrawal(op, table, withdrawable=True):
    """Let the author void an own row of this locked table within its 48 hours, or no longer."""
    facts, immutable = locked_columns(op.get_bind(), table)
    lock_table(op, table, facts, immutable - set(IMMUTABLE), withdrawable)


def is_withdrawable(connection, table):
    """Return whether the author may void an own row within its 48 hours, as the trigger has it."""
    return "changed_by_id" in _definition(connection, table, "void")


def protect_columns(op, table, columns):
    """Refuse every change of these columns and every deletion, in a table that is no record's."""
    unlock_table(op, table)
    for name, statement in _triggers(op, table, (), ("id", *columns)):
        if name in ("immutable", "delete", "truncate"):
            execute(op, statement)


def lock_columns(op, table, *names):
    """Lock these columns as well, in addition to those that are locked already."""
    facts, immutable = locked_columns(op.get_bind(), table)
    withdrawable = is_withdrawable(op.get_bind(), table)
    lock_table(op, table, facts | set(names), immutable - set(IMMUTABLE), withdrawable)


def unlock_columns(op, table, *names):
    """Undo `lock_columns` before its columns are dropped: a trigger must not name a missing column."""
    facts, immutable = locked_columns(op.get_bind(), table)
    withdrawable = is_withdrawable(op.get_bind(), table)
    lock_table(op, table, facts - set(names), immutable - set(IMMUTABLE), withdrawable)


def unlock_table(op, table):
    """Drop the triggers, for a migration that changes locked rows; it calls `lock_table` again afterwards."""
    where = "" if is_sqlite(op) else f' ON "{table}"'
    for name in _ALL:
        op.execute(f'DROP TRIGGER IF EXISTS "lock_{table}_{name}"{where}')


def lock_until_corrected(op, table, column, levels=()):
    """Let a column of `table` change only through a correction or a merge, from the first moment on.

    A column with `levels`, weakest first, may also rise without one.
    """
    differs = "IS NOT" if is_sqlite(op) else "IS DISTINCT FROM"
    condition = f'OLD."{column}" {differs} NEW."{column}"'
    if levels:
        old, new = (_rank(f'{row}."{column}"', levels) for row in ("OLD", "NEW"))
        condition = f"{old} > {new}"
    if is_sqlite(op):
        condition += f" AND NOT EXISTS ({_exemption(table, column)})"
        action = "BEGIN SELECT RAISE(ABORT, 'lock: locked'); END"
    else:
        action = f"EXECUTE FUNCTION lock_unless_exempt('{column}')"
    execute(
        op,
        f'CREATE TRIGGER "lock_{table}_correction_only" BEFORE UPDATE ON "{table}" FOR EACH ROW WHEN ({condition}) {action}',
    )


def compute_column(op, table, column, computed, initial=None):
    """Refuse a value of `column` that differs from `computed`, a query that may name NEW and OLD.

    A new row has the value `initial`, or any if it is not given. Runs as its owner: the query sees every row.
    """
    differs = _differs(op)
    conditions = {
        "update": f'OLD."{column}" {differs} NEW."{column}" AND NEW."{column}" {differs} ({computed})'
    }
    if initial is not None:
        conditions["insert"] = f'NEW."{column}" {differs} {initial}'
    refuse_rows(op, table, column, conditions, "computed")


def uncompute_column(op, table, column):
    """Undo `compute_column`."""
    accept_rows(op, table, column)


def refuse_rows(op, table, name, conditions, message="locked"):
    """Refuse a row for which the condition of an event, insert or update, holds: SQL that may name NEW and OLD.

    Runs as its owner: a query in the condition sees every row.
    """
    for event, condition in conditions.items():
        trigger = f"lock_{table}_{name}_{event}"
        if is_sqlite(op):
            when, action = f" WHEN {condition}", _abort(message)
        else:  # a condition that queries another table must be inside the function
            execute(
                op,
                f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {search_path(op)} AS $$"
                f" BEGIN IF {condition} THEN RAISE EXCEPTION USING MESSAGE = 'lock: {message}', ERRCODE = '23L48';"
                " END IF; RETURN NEW; END $$",
            )
            when, action = "", f"EXECUTE FUNCTION {trigger}()"
        execute(
            op,
            f'CREATE TRIGGER "{trigger}" BEFORE {event.upper()} ON "{table}" FOR EACH ROW{when} {action}',
        )


def accept_rows(op, table, name):
    """Undo `refuse_rows`."""
    for event in ("update", "insert"):
        trigger = f"lock_{table}_{name}_{event}"
        if is_sqlite(op):
            op.execute(f'DROP TRIGGER IF EXISTS "{trigger}"')
        else:
            op.execute(f"DROP FUNCTION IF EXISTS {trigger}() CASCADE")


def require_second_officer(op, table, facts):
    """Refuse a row that is decided from its start, a decision by its author, and changes after the decision."""
    differs = _differs(op)
    decided = " OR ".join(
        f'OLD."{name}" {differs} NEW."{name}"' for name in ("decided_at", "decided_by_id", "decision_reason")
    )
    conditions = {
        "INSERT": "NEW.confirmation IN ('confirmed', 'rejected') OR NEW.decided_by_id IS NOT NULL",
        "UPDATE": f"(OLD.confirmation {differs} NEW.confirmation AND (OLD.confirmation {differs} 'awaiting'"
        " OR NEW.decided_by_id IS NULL OR NEW.decided_by_id = NEW.recorded_by_id OR NEW.decided_at IS NULL))"
        f" OR (OLD.decided_at IS NOT NULL AND ({decided}))",
    }
    refuse = _abort("two officers") if is_sqlite(op) else "EXECUTE FUNCTION lock_refuse('two officers')"
    for event, condition in conditions.items():
        name = f"lock_{table}_decision_{event.lower()}"
        execute(
            op,
            f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" FOR EACH ROW WHEN ({condition}) {refuse}',
        )
    lock_when(op, table, "decided", "OLD.decided_at IS NOT NULL", facts)


def lock_when(op, table, name, condition, facts):
    """Let the columns `facts` of a row change only through a correction while `condition` is true."""
    changed = (
        f'(OLD."{column}" {_differs(op)} NEW."{column}"'
        + (f" AND NOT EXISTS ({_exemption(table, column)}))" if is_sqlite(op) else ")")
        for column in facts
    )
    names = ", ".join(f"'{column}'" for column in facts)
    refuse = _abort("locked") if is_sqlite(op) else f"EXECUTE FUNCTION lock_unless_exempt({names})"
    execute(
        op,
        f'CREATE TRIGGER "lock_{table}_{name}" BEFORE UPDATE ON "{table}" FOR EACH ROW'
        f" WHEN (({condition}) AND ({' OR '.join(changed)})) {refuse}",
    )


def unlock_when(op, table, name):
    """Undo `lock_when`."""
    where = "" if is_sqlite(op) else f' ON "{table}"'
    op.execute(f'DROP TRIGGER IF EXISTS "lock_{table}_{name}"{where}')


def keep_flag(op, table, column):
    """Let a flag that is set after 48 hours be cleared only through a correction. It may still be set."""
    since = now(op, f", '-{HOURS} hours'", f" - interval '{HOURS} hours'")
    lock_when(op, table, f"{column}_kept", f'OLD."{column}" AND OLD.recorded_at <= {since}', (column,))


def free_flag(op, table, column):
    """Undo `keep_flag` before the column is dropped."""
    unlock_when(op, table, f"{column}_kept")


def keeps_flag(connection, table, column):
    """Return whether the flag is kept, as the trigger has it."""
    return bool(_definition(connection, table, f"{column}_kept"))


def forget_second_officer(op, table):
    """Undo `require_second_officer` before its columns are dropped."""
    for name in ("decision_insert", "decision_update", "decided"):
        unlock_when(op, table, name)


def _differs(op):
    return "IS NOT" if is_sqlite(op) else "IS DISTINCT FROM"


def _abort(message):
    return f"BEGIN SELECT RAISE(ABORT, 'lock: {message}'); END"


def _rank(column, levels):
    """Return the SQL of the rank of a value of `column` among `levels`; 0 for any other."""
    ranks = " ".join(f"WHEN '{level}' THEN {rank}" for rank, level in enumerate(levels, 1))
    return f"CASE {column} {ranks} ELSE 0 END"


def locked_columns(connection, table):
    """Return (the columns that lock after 48 hours, those that never change) as the triggers have them."""
    return tuple(compared_columns(connection, table, name) for name in ("facts", "immutable"))


def compared_columns(connection, table, name):
    """Return the columns of which the trigger of this name refuses a change."""
    return set(_COMPARED.findall(_definition(connection, table, name)))


def _definition(connection, table, name):
    if connection.dialect.name == "sqlite":
        query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name"
    else:
        query = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = :name"
    return connection.execute(sa.text(query), {"name": f"lock_{table}_{name}"}).scalar() or ""


def _triggers(op, table, facts, immutable, withdrawable=False):
    return (_on_sqlite if is_sqlite(op) else _on_postgresql)(table, facts, immutable, withdrawable)


def _except_withdrawal(condition, withdrawable, locked_since, equal):
    """Return the condition without the case that the author takes the row back within its 48 hours."""
    if not withdrawable:
        return condition
    return (
        f"({condition}) AND NOT (OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL"
        f" AND coalesce(NEW.void_reason, '') <> '' AND OLD.recorded_at > {locked_since}"
        f" AND OLD.recorded_by_id IS NOT NULL AND OLD.recorded_by_id {equal} NEW.changed_by_id)"
    )


def _on_sqlite(table, facts, immutable, withdrawable):
    def trigger(name, event, condition, message):
        return name, (
            f'CREATE TRIGGER "lock_{table}_{name}" BEFORE {event} ON "{table}" FOR EACH ROW WHEN {condition}'
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )

    def changed(names, unless_exempt=False):
        conditions = (
            f'(OLD."{name}" IS NOT NEW."{name}"'
            + (f" AND NOT EXISTS ({_exemption(table, name)})" if unless_exempt else "")
            + ")"
            for name in names
        )
        return " OR ".join(conditions)

    future, locked_since = _SQLITE_NOW.format(", '+5 minutes'"), _SQLITE_NOW.format(f", '-{HOURS} hours'")
    no_time = f"NEW.recorded_at IS NULL OR NEW.recorded_at > {future}"
    yield trigger("insert", "INSERT", no_time, "lock: registered later than now")
    yield trigger("immutable", "UPDATE", changed(immutable), "lock: immutable column")
    void = _except_withdrawal(changed(VOID, unless_exempt=True), withdrawable, locked_since, "IS")
    yield trigger("void", "UPDATE", void, "lock: voided only by a correction")
    if facts:
        condition = f"OLD.recorded_at <= {locked_since} AND ({changed(facts, unless_exempt=True)})"
        yield trigger("facts", "UPDATE", condition, "lock: locked")
    yield trigger("delete", "DELETE", "1", "lock: records are never deleted")


def _on_postgresql(table, facts, immutable, withdrawable):
    def trigger(name, event, condition, function, per="ROW"):
        when = f" WHEN ({condition})" if condition else ""
        return name, (
            f'CREATE TRIGGER "lock_{table}_{name}" BEFORE {event} ON "{table}" FOR EACH {per}{when}'
            f" EXECUTE FUNCTION {function}"
        )

    def changed(names, cast=""):
        return " OR ".join(f'OLD."{name}"{cast} IS DISTINCT FROM NEW."{name}"{cast}' for name in names)

    def quoted(names):
        return ", ".join(f"'{name}'" for name in names)

    future = _POSTGRESQL_NOW.format(" + interval '5 minutes'")
    locked_since = _POSTGRESQL_NOW.format(f" - interval '{HOURS} hours'")
    yield trigger(
        "insert", "INSERT", f"NEW.recorded_at > {future}", "lock_refuse('registered later than now')"
    )
    # JSON can be compared only as text.
    yield trigger("immutable", "UPDATE", changed(immutable, "::text"), "lock_refuse('immutable column')")
    void = _except_withdrawal(changed(VOID), withdrawable, locked_since, "IS NOT DISTINCT FROM")
    yield trigger("void", "UPDATE", void, f"lock_unless_exempt({quoted(VOID)})")
    if facts:
        condition = f"OLD.recorded_at <= {locked_since} AND ({changed(facts)})"
        yield trigger("facts", "UPDATE", condition, f"lock_unless_exempt({quoted(facts)})")
    yield trigger("delete", "DELETE", "", "lock_refuse('records are never deleted')")
    yield trigger("truncate", "TRUNCATE", "", "lock_refuse('records are never deleted')", per="STATEMENT")


def _exemption(table, column):
    """Return the query that finds the exemption for a column of the row; for triggers of SQLite."""
    return (
        f"SELECT 1 FROM lock_exemption_active d"
        f" WHERE d.entity = '{table}' AND d.entity_id = OLD.id AND d.column_name = '{column}'"
    )


def is_sqlite(op):
    """Return whether the migration runs on SQLite."""
    return op.get_bind().dialect.name == "sqlite"


def now(op, sqlite="", postgresql=""):
    """Return the SQL of the current time in Cambodia by the database's clock, with an offset per dialect."""
    return _SQLITE_NOW.format(sqlite) if is_sqlite(op) else _POSTGRESQL_NOW.format(postgresql)


def search_path(op):
    """Return the clause of a PostgreSQL function that keeps a caller's temporary table out of its queries."""
    if is_sqlite(op):
        return ""
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    return f"SET search_path = {schema}, pg_temp"


def execute(op, statement):
    """Execute SQL in which every colon is literal."""
    op.execute(sa.text(statement.replace(":", r"\:")))
