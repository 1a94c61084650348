"""Walls that ask for more

Row-level security asked where a row lies, but not whom the law protects among those who were opened, nor on what a
new row hangs; and corrections, which hold names before and after, had no wall. Now an opened person is seen only while
nothing hides him, a row hangs on what its writer sees, and a correction is seen where its province is.
"""

from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

EYE = "current_setting('ecrime.eye', true)"
AREA = "coalesce(current_setting('ecrime.area', true), '')"
FAMILIES = "coalesce(current_setting('ecrime.families', true), '')"
UNIT = "current_setting('ecrime.unit', true)"
LIES_THERE = f"({AREA} = '' OR {AREA} IN ({{0}}.province_code, {{0}}.district_code, {{0}}.commune_code))"
OF_FAMILY = f"({FAMILIES} = '' OR {{0}}.family = ANY (string_to_array({FAMILIES}, ',')))"
OF_CASES = ("case", "case_offence", "involvement", "exhibit", "case_file", "supplement")
OF_PERSONS = ("person", "person_name", "person_document", "person_address", "person_mark", "person_photo")
CORRECTIONS = ("correction", "correction_field")
JUST_NOW = "{0}.recorded_at > (now() AT TIME ZONE 'Asia/Phnom_Penh') - interval '5 minutes'"


def listed(setting, key):
    return f"ecrime_listed('ecrime.{setting}', {key})"


def policy(table, sees, writes):
    """What is seen, and what may be written, of `table` by whoever does not see everything."""
    def asked(part):
        return f"CASE {EYE} WHEN 'everything' THEN true WHEN 'part' THEN ({part}) ELSE false END"

    check = asked(writes) if writes else "true"
    op.execute(f'DROP POLICY IF EXISTS part ON "{table}"')
    op.execute(f'CREATE POLICY part ON "{table}" USING ({asked(sees)}) WITH CHECK ({check})')


def of_case(table, narrow):
    """(sees, writes) of a case, or of a row that hangs on one."""
    name, case_id = f'"{table}"', f'"{table}".{"id" if table == "case" else "case_id"}'
    sees = (
        f"({LIES_THERE.format(name)} AND ecrime_of_family({case_id})) OR {name}.unit_code = {UNIT}"
        f" OR {listed('shared', case_id)}"
    )
    if table == "involvement":
        opened, revealed = (listed(one, "involvement.person_id") for one in ("opened", "revealed"))
        sees += f" OR ({opened} AND NOT involvement.restricted) OR {revealed}" if narrow else f" OR {opened}"
    writes = sees if table == "case" else f'EXISTS (SELECT 1 FROM "case" c WHERE c.id = {case_id})'
    return sees, writes if narrow else ""


def of_person(table, narrow):
    """(sees, writes) of a person, or of a row that hangs on one."""
    person_id = f"{table}.{'id' if table == 'person' else 'person_id'}"
    visible = f"SELECT 1 FROM visibility v WHERE v.person_id = {person_id}"
    part = f"v.unit_code = {UNIT} OR ({LIES_THERE.format('v')} AND {OF_FAMILY.format('v')}) OR {listed('shared', 'v.case_id')}"
    # Between the insert of a person and that of what makes him visible lies the end of one flush.
    fresh = f"{table}.unit_code = {UNIT} AND {JUST_NOW.format(table)}"
    if not narrow:
        seen = f"EXISTS ({visible} AND NOT v.hidden AND ({part}))"
        return f"{seen} OR {listed('opened', person_id)} OR ({fresh})", ""
    sees = (
        f"EXISTS ({visible} AND NOT v.hidden AND ({part} OR {listed('opened', person_id)}))"
        f" OR {listed('revealed', person_id)} OR ({fresh} AND NOT EXISTS ({visible}))"
    )
    own = f"({sees}) OR person.unit_code = {UNIT}"
    return sees, own if table == "person" else f"EXISTS (SELECT 1 FROM person p WHERE p.id = {person_id})"


def walls(narrow):
    for table in OF_CASES:
        policy(table, *of_case(table, narrow))
    for table in OF_PERSONS:
        policy(table, *of_person(table, narrow))


def upgrade():
    if op.get_bind().dialect.name != "postgresql":
        return
    walls(narrow=True)
    for table in CORRECTIONS:
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    there = f"({AREA} = '' OR correction.province_code = left({AREA}, 2)) AND ecrime_of_family(correction.case_id)"
    policy("correction", f"({there}) OR correction.unit_code = {UNIT}", "")
    of_one = "EXISTS (SELECT 1 FROM correction c WHERE c.id = correction_field.correction_id)"
    policy("correction_field", of_one, of_one)


def downgrade():
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in CORRECTIONS:
        op.execute(f'DROP POLICY part ON "{table}"')
        op.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
    walls(narrow=False)
