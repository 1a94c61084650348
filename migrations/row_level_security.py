"""Row-level security of PostgreSQL, behind the row filter of the session: one policy for each table.

app/kernel/access/row_level_security.py sets the variables that the policies read. A migration for a new table calls
`protect_table` with one of the conditions below:

    from migrations import row_level_security as rls
    rls.protect_table(op, "witness_note", *rls.of_case("witness_note"))

SQLite has no policies; there the functions do nothing.
"""

import sqlalchemy as sa

MODE = "current_setting('ecrime.access', true)"
AREA = "coalesce(current_setting('ecrime.area', true), '')"
FAMILIES = "coalesce(current_setting('ecrime.families', true), '')"
UNIT = "current_setting('ecrime.unit', true)"
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


def protect_table(op, table, visible, writable="", command="ALL"):
    """Enable row-level security on `table`: rows are visible, and may be written, where the conditions hold."""
    if op.get_bind().dialect.name == "sqlite":
        return
    check = f" WITH CHECK ({_scoped(writable) if writable else 'true'})" if command == "ALL" else ""
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    policy = f'CREATE POLICY scope ON "{table}" FOR {command} USING ({_scoped(visible)}){check}'
    op.execute(sa.text(policy.replace(":", r"\:")))


def unprotect_table(op, table):
    """Undo `protect_table`."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f'DROP POLICY scope ON "{table}"')
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


def of_own_unit(table):
    """Return the condition that the reader's unit wrote the row."""
    return f"{table}.unit_code = {UNIT}"


def of_unit(table):
    """Return (visible, writable) of a table of records that belong to a unit (app/kernel/access/owned_by_unit.py)."""
    inside = f"({AREA} = '' OR left(u.area_code, length({AREA})) = {AREA})"
    of_area = f"EXISTS (SELECT 1 FROM unit u WHERE u.code = {table}.unit_code AND {inside})"
    visible = f"{of_own_unit(table)} OR ({FAMILIES} = '' AND {of_area}) OR ({FAMILIES} = '' AND {AREA} = '')"
    return visible, visible


def of_case(table):
    """Return (visible, writable) of the table of cases, or of a table with `case_id` and the columns of a place."""
    name = f'"{table}"'
    case_id = f"{name}.{'id' if table == 'case' else 'case_id'}"
    visible = f"({in_area(name)} AND ecrime_case_in_families({case_id})) OR {of_own_unit(name)} OR {in_setting('shared', case_id)}"
    if table == "involvement":
        break_glass, revealed = (
            in_setting(one, "involvement.person_id") for one in ("break_glass", "revealed")
        )
        visible += f" OR ({break_glass} AND involvement.protection IS NULL) OR {revealed}"
    writable = visible if table == "case" else f'EXISTS (SELECT 1 FROM "case" c WHERE c.id = {case_id})'
    return visible, writable


def of_person(table):
    """Return (visible, writable) of the table of persons, or of a table with `person_id`."""
    person_id = f"{table}.{'id' if table == 'person' else 'person_id'}"
    row = f"SELECT 1 FROM visibility v WHERE v.person_id = {person_id}"
    scope = (
        f"{of_own_unit('v')} OR ({in_area('v')} AND {of_family('v')}) OR {in_setting('shared', 'v.case_id')}"
    )
    # The visibility of a new person is written at the end of the flush that inserts the person.
    is_new = f"{of_own_unit(table)} AND {table}.recorded_at > {JUST_NOW} AND NOT EXISTS ({row})"
    visible = (
        f"EXISTS ({row} AND NOT v.hidden AND ({scope} OR {in_setting('break_glass', person_id)}))"
        f" OR {in_setting('revealed', person_id)} OR ({is_new})"
    )
    if table == "person":
        return visible, f"({visible}) OR {of_own_unit('person')}"
    return visible, f"EXISTS (SELECT 1 FROM person p WHERE p.id = {person_id})"


def of_detained_person(table):
    """Return (visible,) of a table about arrest, custody, prison or release."""
    name = f'"{table}"'
    return (
        f"{in_setting('break_glass', f'{name}.person_id')} OR {of_own_unit(name)}"
        f" OR EXISTS (SELECT 1 FROM visibility v WHERE v.person_id = {name}.person_id AND NOT v.hidden"
        f" AND ({of_own_unit('v')} OR {in_setting('shared', 'v.case_id')} OR ({in_area('v')} AND {of_family('v')})))",
    )


def of_order(table):
    """Return (visible,) of a table with `order_id`."""
    return (f"EXISTS (SELECT 1 FROM court_order o WHERE o.id = {table}.order_id) OR {of_own_unit(table)}",)


def of_owner_unit(table):
    """Return (visible,) of court orders and their matches: in the reader's scope, or of the unit in charge."""
    scope = f"({in_area(table)} AND {of_family(table)})"
    return (f"{scope} OR {of_own_unit(table)} OR {table}.owner_unit_code = {UNIT}",)
