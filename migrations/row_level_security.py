"""Row-level security of PostgreSQL, behind the row filter of the session: one policy for each table.

app/kernel/access/row_level_security.py sets the variables that the policies read. A migration for a new table calls
`protect_table` with one of the conditions below:

    from migrations import row_level_security as rls
    rls.protect_table(op, "witness_note", *rls.of_case("witness_note"))

SQLite has no policies; there the functions do nothing.
"""

import re

import sqlalchemy as sa

MODE = "current_setting('ecrime.access', true)"
AREA = "coalesce(current_setting('ecrime.area', true), '')"
FAMILIES = "coalesce(current_setting('ecrime.families', true), '')"
UNIT = "current_setting('ecrime.unit', true)"
# The own unit and the closed units that it replaced (since 0022).
UNITS = "ANY (string_to_array(current_setting('ecrime.units', true), ','))"
USER = "current_setting('ecrime.user', true)"
ROLES = "string_to_array(coalesce(current_setting('ecrime.roles', true), ''), ',')"
JUST_NOW = "(now() AT TIME ZONE 'Asia/Phnom_Penh') - interval '5 minutes'"

# The functions run as their owner, whom no policy binds: a policy that queried its own table would recurse.
FUNCTIONS = {
    "ecrime_case_in_families(integer)": f"""CREATE FUNCTION ecrime_case_in_families(of_case integer) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$ SELECT {FAMILIES} = '' OR EXISTS (
    SELECT 1 FROM case_offence o WHERE o.case_id = of_case AND o.family = ANY (string_to_array({FAMILIES}, ','))) $$""",
    "ecrime_setting_contains(text, integer)": """CREATE FUNCTION ecrime_setting_contains(setting text, id integer) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT id::text = ANY (string_to_array(coalesce(current_setting(setting, true), ''), ',')) $$""",
    # The author of a save that detects a duplicate writes its evidence, also where the law hides the person.
    "ecrime_just_entered(integer, integer)": f"""CREATE FUNCTION ecrime_just_entered(one integer, other integer)
    RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT EXISTS (SELECT 1 FROM person p WHERE p.id IN (one, other)
    AND p.unit_code = {UNIT} AND p.recorded_at > {JUST_NOW}) $$""",
}

# Visibility rows of people below 18: the same exceptions as `people.visibility` has for the session.
NAMED_MINOR = "ecrime_names_minor(integer, integer, text, text, text, text, text)"
NAMES_MINOR = """CREATE FUNCTION ecrime_names_minor(
      person integer, of_case integer, province text, district text, commune text, of_family text, unit text)
    RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(unit = ANY (string_to_array(l.limits #>> '{within,unit}', ','))
        OR (l.limits #>> '{within,area}' IN ('', province, district, commune)
            AND (l.limits #> '{within,families}' = '[]' OR l.limits #> '{within,families}' ? of_family)), false)
      OR coalesce(unit = ANY (string_to_array(l.limits ->> 'unit', ',')), false)
      OR (of_case IS NULL AND coalesce(unit = ANY (string_to_array(l.limits ->> 'held_by', ',')), false))
      OR ecrime_setting_contains('ecrime.break_glass', person)
      OR EXISTS (SELECT 1 FROM involvement i WHERE i.person_id = person AND i.case_id = of_case
        AND i.recorded_by_id = CAST(l.limits ->> 'author' AS integer)
        AND i.recorded_at >= CAST(l.limits ->> 'since' AS timestamp))
    FROM (SELECT CAST(current_setting('ecrime.minors', true) AS jsonb) AS limits) l $$"""


def protect_table(op, table, visible, changeable="", addable="", command="ALL"):
    """Enable row-level security on `table`.

    Rows are visible where `visible` holds, may be changed where `changeable` holds (default: `visible`), and may have
    been added or changed only to rows where `addable` holds (default: all). `command` "SELECT" is for a table that only
    triggers write.
    """
    if op.get_bind().dialect.name == "sqlite":
        return
    using, check = f"USING ({_scoped(changeable or visible)})", f"WITH CHECK ({_scoped(addable or 'true')})"
    rules = {
        "SELECT": f"USING ({_scoped(visible)})",
        "INSERT": check,
        "UPDATE": f"{using} {check}",
        "DELETE": using,
    }
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    for one, rule in rules.items():
        if command in ("ALL", one):
            policy = f'CREATE POLICY scope_{one.lower()} ON "{table}" FOR {one} {rule}'
            op.execute(sa.text(policy.replace(":", r"\:")))


def unprotect_table(op, table):
    """Undo `protect_table`."""
    if op.get_bind().dialect.name != "sqlite":
        for command in ("select", "insert", "update", "delete"):
            op.execute(f'DROP POLICY IF EXISTS scope_{command} ON "{table}"')
        op.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')


def _scoped(condition):
    return f"CASE {MODE} WHEN 'unrestricted' THEN true WHEN 'scoped' THEN ({condition}) ELSE false END"


def in_setting(setting, key):
    """Return the condition that the session's setting names this key."""
    return f"ecrime_setting_contains('ecrime.{setting}', {key})"


def in_area(table):
    """Return the condition that a row with the columns of a place is in the reader's area."""
    return f"({AREA} = '' OR {AREA} IN ({table}.province_code, {table}.district_code, {table}.commune_code))"


def of_family(table):
    """Return the condition that a row is of the reader's families of offences."""
    return f"({FAMILIES} = '' OR {table}.family = ANY (string_to_array({FAMILIES}, ',')))"


def of_own_user(table):
    """Return the condition that a row with `user_id` belongs to the reader."""
    return f"{table}.user_id::text = {USER}"


# Records with a policy of their own before 0011: the payload of an event follows its record.
RECORDS = (
    "case",
    "case_offence",
    "involvement",
    "exhibit",
    "case_file",
    "supplement",
    "person",
    "person_name",
    "person_document",
    "person_address",
    "person_mark",
    "person_photo",
    "arrest",
    "custody",
    "custody_step",
    "judgment",
    "judgment_step",
    "sentence",
    "sentence_change",
    "detention",
    "detention_step",
    "release",
    "supervision_step",
    "custody_document",
    "court_order",
    "order_event",
    "order_file",
    "order_match",
    "correction",
    "correction_field",
    "duplicate",
    "person_merge",
    "import_run",
    "import_entry",
)


# The tables of the policy of the payloads, in the text that PostgreSQL returns.
_PAYLOAD_TABLE = re.compile(r"WHEN '(\w+)'::text THEN \(?EXISTS")


def of_payload(records):
    """Return the condition that the reader may see a payload of the audit log: it follows its record, one of `records`."""
    of_record = " ".join(
        f"WHEN '{table}' THEN EXISTS (SELECT 1 FROM \"{table}\" r WHERE r.id = e.entity_id)"
        for table in records
    )
    own = f"coalesce(e.actor_id::text = {USER}, false)"
    return (
        f"'Auditor' = ANY ({ROLES}) OR EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = audit_payload.seq"
        f" AND ({own} OR CASE e.entity {of_record} ELSE false END))"
    )


def show_payloads(op, *tables):
    """Let the payload of an event follow its record in these tables too, in addition to those that have it already."""
    _change_payloads(op, lambda known: known | dict.fromkeys(tables))


def hide_payloads(op, *tables):
    """Undo `show_payloads`."""
    _change_payloads(op, lambda known: {table: None for table in known if table not in tables})


def _change_payloads(op, change):
    if op.get_bind().dialect.name == "sqlite":
        return
    policy = "SELECT qual FROM pg_policies WHERE tablename = 'audit_payload' AND policyname = 'scope_select'"
    known = dict.fromkeys(_PAYLOAD_TABLE.findall(op.get_bind().scalar(sa.text(policy))))
    unprotect_table(op, "audit_payload")
    protect_table(op, "audit_payload", of_payload(change(known)), command="SELECT")
    op.execute("CREATE POLICY scope_insert ON audit_payload FOR INSERT WITH CHECK (true)")


def of_own_unit(table):
    """Return the condition that the reader's unit, or a closed unit that it replaced, wrote the row."""
    return f"{table}.unit_code = {UNITS}"


def of_unit(table):
    """Return the conditions of a table of records that belong to a unit (app/kernel/access/owned_by_unit.py)."""
    inside = f"({AREA} = '' OR left(u.area_code, length({AREA})) = {AREA})"
    of_area = f"EXISTS (SELECT 1 FROM unit u WHERE u.code = {table}.unit_code AND {inside})"
    visible = f"{of_own_unit(table)} OR ({FAMILIES} = '' AND {of_area}) OR ({FAMILIES} = '' AND {AREA} = '')"
    return visible, visible, visible


def of_units_below(column, levels=3):
    """Return the condition that a column holds the reader's unit, or a unit below it."""
    is_below = f"parent_code = {UNITS}"
    for _level in range(1, levels):
        is_below = f"parent_code = {UNITS} OR parent_code IN (SELECT code FROM unit WHERE {is_below})"
    return f"{column} = {UNITS} OR {column} IN (SELECT code FROM unit WHERE {is_below})"


def of_juvenile_officers(table):
    """Return the conditions of rows about minors: of the reader's unit as a juvenile officer, or in the chief's area."""
    own = f"{table}.unit_code = ANY (string_to_array(coalesce(current_setting('ecrime.juvenile', true), ''), ','))"
    limits = "CAST(nullif(current_setting('ecrime.minors', true), '') AS jsonb) -> 'within'"
    inside = "w ->> 'area' = '' OR left(u.area_code, length(w ->> 'area')) = w ->> 'area'"
    within = (
        f"EXISTS (SELECT 1 FROM unit u, (SELECT {limits} AS w) l WHERE u.code = {table}.unit_code AND (u.code ="
        f" ANY (string_to_array(w ->> 'unit', ',')) OR (w -> 'families' = '[]' AND ({inside}))))"
    )
    visible = f"{own} OR {within}"
    return visible, visible, visible


# The grants that a condition takes into account: a case may be shared for reading, or for writing too.
TO_READ, TO_WRITE = "shared", "writable"


def _within_case(row, case_id, shared):
    inside = f"({in_area(row)} AND ecrime_case_in_families({case_id}))"
    return f"({inside} OR {of_own_unit(row)} OR {in_setting(shared, case_id)})"


def _of_writable_case(case_id):
    return f'EXISTS (SELECT 1 FROM "case" c WHERE c.id = {case_id} AND {_within_case("c", "c.id", TO_WRITE)})'


def within_person(person_id, shared, by_age=False):
    """Return the condition that a visibility row makes the person visible; `by_age` hides people below 18 (since 0016)."""
    scope = (
        f"{of_own_unit('v')} OR ({in_area('v')} AND {of_family('v')}) OR {in_setting(shared, 'v.case_id')}"
    )
    scope += f" OR {in_setting('break_glass', person_id)}" if shared == TO_READ else ""
    named = ""
    if by_age:
        columns = (
            "person_id",
            "case_id",
            "province_code",
            "district_code",
            "commune_code",
            "family",
            "unit_code",
        )
        row = ", ".join(f"v.{name}" for name in columns)
        named = (
            f" AND (NOT v.minor OR current_setting('ecrime.minors', true) = '' OR ecrime_names_minor({row}))"
        )
    visible = (
        f"SELECT 1 FROM visibility v WHERE v.person_id = {person_id} AND NOT v.hidden AND ({scope}){named}"
    )
    return f"EXISTS ({visible})"


def of_case(table):
    """Return (visible, changeable, addable) of the table of cases, or of a table with `case_id` and a place's columns."""
    name = f'"{table}"'
    case_id = f"{name}.{'id' if table == 'case' else 'case_id'}"
    visible, changeable = (_within_case(name, case_id, shared) for shared in (TO_READ, TO_WRITE))
    if table == "involvement":
        break_glass, revealed = (
            in_setting(one, "involvement.person_id") for one in ("break_glass", "revealed")
        )
        visible += f" OR ({break_glass} AND involvement.protection IS NULL) OR {revealed}"
        changeable += f" OR {revealed}"
    return visible, changeable, changeable if table == "case" else _of_writable_case(case_id)


def of_held_exhibit(table):
    """Return the conditions of a row of an exhibit: of its case, or of the unit that has the exhibit of a case elsewhere."""
    visible, changeable, addable = of_case(table)
    held = f"SELECT 1 FROM exhibit_custody c WHERE c.exhibit_id = {table}.exhibit_id AND {of_own_unit('c')}"
    return visible, changeable, f"{addable} OR ({of_own_unit(table)} AND EXISTS ({held}))"


def of_person(table, by_age=False):
    """Return (visible, changeable, addable) of the table of persons, or of a table with `person_id`."""
    person_id = f"{table}.{'id' if table == 'person' else 'person_id'}"
    # The visibility of a new person is written at the end of the flush that inserts the person.
    is_known = f"EXISTS (SELECT 1 FROM visibility v WHERE v.person_id = {person_id})"
    is_new = f"({of_own_unit(table)} AND {table}.recorded_at > {JUST_NOW} AND NOT {is_known})"
    always = f"{in_setting('revealed', person_id)} OR {is_new}"
    visible, changeable = (
        f"{within_person(person_id, shared, by_age)} OR {always}" for shared in (TO_READ, TO_WRITE)
    )
    return (
        visible,
        changeable,
        f"{changeable} OR {of_own_unit('person')}" if table == "person" else changeable,
    )


def of_named_person(table):
    """Return the conditions of `of_person` with the exceptions of people below 18, for tables since 0016."""
    return of_person(table, by_age=True)


def of_detained_person(table):
    """Return (visible, changeable, addable) of a table about arrest, custody, prison or release."""
    name = f'"{table}"'
    person_id = f"{name}.person_id"
    visible, changeable = (
        f"{of_own_unit(name)} OR {within_person(person_id, shared)}" for shared in (TO_READ, TO_WRITE)
    )
    addable = f"{within_person(person_id, TO_WRITE)} OR {_of_writable_case(f'{name}.case_id')}"
    return f"{visible} OR {in_setting('break_glass', person_id)}", changeable, addable


def of_order(table):
    """Return (visible, changeable, addable) of a table with `order_id`."""
    _visible, changeable = of_court_order("o")
    order = f"SELECT 1 FROM court_order o WHERE o.id = {table}.order_id"
    writable = f"EXISTS ({order} AND ({changeable}))"
    return f"EXISTS ({order}) OR {of_own_unit(table)}", writable, writable


def of_court_order(table="court_order"):
    """Return (visible, changeable) of the table of court orders."""
    (own,) = of_owner_unit(table)
    own += f" OR {in_setting('moved', f'{table}.id')}"
    shared, writable = (in_setting(one, f"{table}.case_id") for one in (TO_READ, TO_WRITE))
    return f"{own} OR {shared} OR {in_setting('break_glass', f'{table}.person_id')}", f"{own} OR {writable}"


def of_owner_unit(table):
    """Return (visible,) of court orders and their matches: in the reader's scope, or of the unit in charge."""
    scope = f"({in_area(table)} AND {of_family(table)})"
    return (f"{scope} OR {of_own_unit(table)} OR {table}.owner_unit_code = {UNITS}",)
