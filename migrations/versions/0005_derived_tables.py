"""Derived tables and indexes that follow the records by trigger: free text, active deadlines, people by province.

No index spans two tables, so two derived tables keep the answers to frequent queries:

* `active_deadline`: for each open custody, detention and supervision, the provinces, offence families and units that
  see its person, and that it exists nationwide.
* `province_person`: for each province, the people who may be visible there, by name. It may hold too many, each of
  whom the row filter checks again; rows are added and never removed.

A view computes each table from the records, so that a command can compare the two.

Concurrency on PostgreSQL: of two transactions that make a person visible and that write a deadline, a name or a unit
of that person, the later one waits and sees what the other wrote. SQLite has one writer at a time.
"""

from alembic import op

from migrations import lock, text_index
from migrations import row_level_security as rls

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXTS = {"case": ("summary", "modus_operandi_text"), "supplement": ("text",), "person_mark": ("text",)}

# table → the column with its deadline, and the column that says that it has ended
DEADLINES = {
    "custody": ("limit_at", "ended_at"),
    "detention": ("due_on", "ended_on"),
    "release": ("supervised_until", "ended_on"),
}
# A date is compared as its first moment, in the form in which times are stored.
START_OF_DAY = {"sqlite": "r.{} || ' 00:00:00.000000'", "postgresql": "CAST(r.{} AS timestamp)"}
DEADLINE_COLUMNS = "entity, visible_to, ends_at, entity_id, person_id"
SEEN_BY = (
    "CASE k.n WHEN 1 THEN 'nation' WHEN 2 THEN v.province_code WHEN 3 THEN v.family ELSE v.unit_code END"
)
# `coalesce` makes PostgreSQL use the index of a person's records instead of the index of all open ones.
DEADLINES_OF_TABLE = (
    f"SELECT '{{table}}' AS entity, {SEEN_BY} AS visible_to, {{ends_at}} AS ends_at, r.id AS entity_id, r.person_id"
    " FROM {table} r CROSS JOIN visibility v"
    " CROSS JOIN (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) k"
    " WHERE v.person_id = r.person_id AND coalesce(r.{ended}, r.voided_at) IS NULL AND r.{ends} IS NOT NULL"
    f" AND NOT v.hidden AND {SEEN_BY} IS NOT NULL"
)
INSERT_DEADLINES = (
    f"INSERT INTO active_deadline ({DEADLINE_COLUMNS})"
    f" SELECT DISTINCT {DEADLINE_COLUMNS} FROM active_deadline_computed"
)
HAS_DEADLINE = " OR ".join(
    [
        "EXISTS (SELECT 1 FROM active_deadline h WHERE h.person_id = r.person_id)",
        *(
            f"EXISTS (SELECT 1 FROM {table} h WHERE h.person_id = r.person_id AND h.{ended} IS NULL"
            " AND h.voided_at IS NULL)"
            for table, (_ends, ended) in DEADLINES.items()
        ),
    ]
)
# Runs as its owner: what is written in one area changes the nationwide deadlines.
FOLLOW_DEADLINES = f"""CREATE FUNCTION refresh_active_deadlines() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {{path}} AS $$
DECLARE people integer[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    people := ARRAY(SELECT DISTINCT person_id FROM rows_now r WHERE {HAS_DEADLINE});
  ELSIF TG_OP = 'DELETE' THEN
    people := ARRAY(SELECT DISTINCT person_id FROM rows_before r WHERE {HAS_DEADLINE});
  ELSE
    people := ARRAY(SELECT person_id FROM rows_before r WHERE {HAS_DEADLINE}
      UNION SELECT person_id FROM rows_now r WHERE {HAS_DEADLINE});
  END IF;
  IF cardinality(people) > 0 THEN
    DELETE FROM active_deadline WHERE person_id = ANY (people);
    {INSERT_DEADLINES} WHERE person_id = ANY (people) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$"""
VISIBILITY_COLUMNS = ("person_id", "hidden", "province_code", "family", "unit_code")
EVENT_ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
TRANSITION_TABLES = {"NEW": "NEW TABLE AS rows_now", "OLD": "OLD TABLE AS rows_before"}

# Runs as its owner: a policy may hide the person. A merge changes two people; they are locked in the order of ids.
LOCK_PERSON = """CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {path} AS $$
BEGIN
  PERFORM 1 FROM person WHERE id IN (OLD.person_id, NEW.person_id) ORDER BY id FOR {strength};
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$"""
PERSON_LOCKS = {"lock_person_of_deadline": "UPDATE", "lock_person_of_visibility": "KEY SHARE"}

PROVINCE_COLUMNS = "province_code, name_sort, person_id"
# Each name is looked up by its key: with a join PostgreSQL would read all people for the first rows and keep that plan.
PEOPLE_OF_PROVINCE = (
    "SELECT s.province_code, (SELECT p.name_sort FROM person p WHERE p.id = s.person_id) AS name_sort, s.person_id FROM ("
    " SELECT v.person_id, v.province_code FROM {rows} v WHERE NOT v.hidden"
    " UNION SELECT v.person_id, (SELECT substr(u.area_code, 1, 2) FROM unit u WHERE u.code = v.unit_code)"
    " FROM {rows} v WHERE NOT v.hidden) s WHERE s.province_code <> ''"
)
OF_PERSON = (
    "person_id = {row}.id AND name_sort = {row}.name_sort"
    " AND province_code IN (SELECT code FROM place WHERE parent_code IS NULL)"
)
OF_UNIT = "(SELECT * FROM visibility WHERE unit_code = NEW.code)"
SHOWN_COLUMNS = ("person_id", "hidden", "province_code", "unit_code")
# The order keeps two transactions that write the same people from waiting for each other.
LOCK_ORDER = "ORDER BY person_id, province_code"
# Run as their owner: the author of a case need not see the people of another province.
PROVINCE_FUNCTIONS = {
    "shown": f"""PERFORM 1 FROM person WHERE id IN (SELECT person_id FROM rows_now) ORDER BY id FOR SHARE;
  INSERT INTO province_person ({PROVINCE_COLUMNS}) {PEOPLE_OF_PROVINCE.format(rows="rows_now")} {LOCK_ORDER}
  ON CONFLICT DO NOTHING""",
    "renamed": f"""WITH gone AS (DELETE FROM province_person WHERE {OF_PERSON.format(row="OLD")} RETURNING province_code)
  INSERT INTO province_person ({PROVINCE_COLUMNS}) SELECT province_code, NEW.name_sort, NEW.id FROM gone
  ON CONFLICT DO NOTHING""",
    "moved": f"""LOCK TABLE visibility IN SHARE MODE;
  INSERT INTO province_person ({PROVINCE_COLUMNS}) {PEOPLE_OF_PROVINCE.format(rows=OF_UNIT)} {LOCK_ORDER}
  ON CONFLICT DO NOTHING""",
}
PROVINCE_FUNCTION = """CREATE FUNCTION province_person_{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {path} AS $$
BEGIN
  {body};
  RETURN NULL;
END $$"""
EACH_STATEMENT = "REFERENCING NEW TABLE AS rows_now FOR EACH STATEMENT"
EACH_CHANGE = "FOR EACH ROW WHEN (OLD.{column} IS DISTINCT FROM NEW.{column})"
# name → table, event, rows, function
PROVINCE_TRIGGERS = {
    "inserted": ("visibility", "INSERT", EACH_STATEMENT, "shown"),
    "updated": ("visibility", "UPDATE", EACH_STATEMENT, "shown"),
    "renamed": ("person", "UPDATE OF name_sort", EACH_CHANGE.format(column="name_sort"), "renamed"),
    "moved": ("unit", "UPDATE OF area_code", EACH_CHANGE.format(column="area_code"), "moved"),
}
NEW_VISIBILITY = f"(SELECT {', '.join(f'NEW.{name} AS {name}' for name in SHOWN_COLUMNS)})"
PROVINCE_TRIGGERS_ON_SQLITE = {
    "inserted": ("visibility", "INSERT", PEOPLE_OF_PROVINCE.format(rows=NEW_VISIBILITY)),
    "updated": (
        "visibility",
        f"UPDATE OF {', '.join(SHOWN_COLUMNS)}",
        PEOPLE_OF_PROVINCE.format(rows=NEW_VISIBILITY),
    ),
    "renamed": ("person", "UPDATE OF name_sort", ""),
    "moved": ("unit", "UPDATE OF area_code", PEOPLE_OF_PROVINCE.format(rows=OF_UNIT)),
}


def upgrade():
    _index_texts()
    _create_active_deadlines()
    _create_province_people()
    if lock.is_sqlite(op):
        op.create_index("ix_name_bearer_person_id", "name_bearer", ["person_id"])
    else:
        # People who were registered one after the other are neighbours in the table: one entry for 32 of them.
        op.execute("CREATE INDEX ix_name_bearer_neighbours ON name_bearer ((person_id >> 5))")
        # Tells the planner how many matches are open: the indexes of open and of closed matches use this expression.
        op.execute("CREATE STATISTICS order_match_state ON (coalesce(state, '')) FROM order_match")


def _index_texts():
    text_index.create_functions(op)
    for table, columns in TEXTS.items():
        text_index.create_index(op, table, *columns)


def _create_active_deadlines():
    selects = " UNION ALL ".join(_deadlines_of(table, *columns) for table, columns in DEADLINES.items())
    lock.execute(op, f"CREATE VIEW active_deadline_computed AS {selects}")
    if not lock.is_sqlite(op):
        lock.execute(op, FOLLOW_DEADLINES.format(path=lock.search_path(op)))
        for name, strength in PERSON_LOCKS.items():
            lock.execute(op, LOCK_PERSON.format(name=name, path=lock.search_path(op), strength=strength))
        for table, event, function in _person_lock_triggers():
            op.execute(
                f"CREATE TRIGGER {function} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
            )
    for trigger in _deadline_triggers():
        lock.execute(op, _deadline_trigger(*trigger))
    op.execute(INSERT_DEADLINES)


def _deadlines_of(table, ends, ended):
    day = START_OF_DAY[op.get_bind().dialect.name].format(ends)
    ends_at = f"r.{ends}" if ends.endswith("_at") else day
    return DEADLINES_OF_TABLE.format(table=table, ends=ends, ended=ended, ends_at=ends_at)


def _deadline_triggers():
    """Yield (table, event, columns) of every change of a deadline or of its visibility. Records are not deleted."""
    for table, (ends, ended) in DEADLINES.items():
        for event in ("INSERT", "UPDATE"):
            yield table, event, ("person_id", ends, ended, "voided_at")
    for event in EVENT_ROWS:
        yield "visibility", event, VISIBILITY_COLUMNS


def _deadline_trigger(table, event, columns):
    name = f"active_deadline_{table}_{event.lower()}"
    if not lock.is_sqlite(op):
        rows = " ".join(TRANSITION_TABLES[one] for one in EVENT_ROWS[event])
        return (
            f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {rows}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refresh_active_deadlines()"
        )
    of = f" OF {', '.join(columns)}" if event == "UPDATE" else ""
    # All rows are deleted first, because both rows of a change may be of one person.
    persons = [f"{row}.person_id" for row in EVENT_ROWS[event]]
    insert = INSERT_DEADLINES.replace("INSERT", "INSERT OR IGNORE", 1)
    body = [f"DELETE FROM active_deadline WHERE person_id = {one};" for one in persons]
    body += [f"{insert} WHERE person_id = {one};" for one in persons]
    return f"CREATE TRIGGER {name} AFTER {event}{of} ON {table} BEGIN {' '.join(body)} END"


def _person_lock_triggers():
    """Yield (table, event, function) of every change that locks its person."""
    for table, columns in DEADLINES.items():
        yield (
            table,
            f"INSERT OR UPDATE OF {', '.join(('person_id', *columns, 'voided_at'))}",
            "lock_person_of_deadline",
        )
    yield "visibility", f"DELETE OR UPDATE OF {', '.join(VISIBILITY_COLUMNS)}", "lock_person_of_visibility"


def _create_province_people():
    op.execute(f"CREATE VIEW province_person_computed AS {PEOPLE_OF_PROVINCE.format(rows='visibility')}")
    op.execute(
        f"INSERT INTO province_person ({PROVINCE_COLUMNS})"
        f" SELECT {PROVINCE_COLUMNS} FROM province_person_computed ORDER BY {PROVINCE_COLUMNS}"
    )
    if lock.is_sqlite(op):
        for name, (table, event, people) in PROVINCE_TRIGGERS_ON_SQLITE.items():
            body = f"INSERT OR IGNORE INTO province_person ({PROVINCE_COLUMNS}) {people}"
            if not people:
                body = f"UPDATE OR REPLACE province_person SET name_sort = NEW.name_sort WHERE {OF_PERSON.format(row='OLD')}"
            op.execute(f"CREATE TRIGGER province_person_{name} AFTER {event} ON {table} BEGIN {body}; END")
        return
    for name, body in PROVINCE_FUNCTIONS.items():
        op.execute(PROVINCE_FUNCTION.format(name=name, path=lock.search_path(op), body=body))
    for name, (table, event, rows, function) in PROVINCE_TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER province_person_{name} AFTER {event} ON {table} {rows}"
            f" EXECUTE FUNCTION province_person_{function}()"
        )
    person_id = "province_person.person_id"
    visible = f"{rls.in_setting('revealed', person_id)} OR {rls.within_person(person_id, rls.TO_READ)}"
    rls.protect_table(op, "province_person", visible, command="SELECT")


def downgrade():
    if lock.is_sqlite(op):
        for name in PROVINCE_TRIGGERS_ON_SQLITE:
            op.execute(f"DROP TRIGGER province_person_{name}")
        for table, event, _columns in _deadline_triggers():
            op.execute(f"DROP TRIGGER active_deadline_{table}_{event.lower()}")
        op.drop_index("ix_name_bearer_person_id", "name_bearer")
    else:
        rls.unprotect_table(op, "province_person")
        names = (
            *(f"province_person_{name}" for name in PROVINCE_FUNCTIONS),
            "refresh_active_deadlines",
            *PERSON_LOCKS,
        )
        for name in names:
            op.execute(f"DROP FUNCTION {name}() CASCADE")
        op.execute("DROP INDEX ix_name_bearer_neighbours")
        op.execute("DROP STATISTICS order_match_state")
    for table in ("province_person", "active_deadline"):
        op.execute(f"DROP VIEW {table}_computed")
        op.execute(f"DELETE FROM {table}")
    for table in TEXTS:
        text_index.drop_index(op, table)
    text_index.drop_functions(op)
