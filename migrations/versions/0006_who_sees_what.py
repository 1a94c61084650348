"""Who sees what: the levels of a case on all that hangs on it, whose a person is, and what was opened beyond"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

LEVELS = (("province_code", 2), ("district_code", 4), ("commune_code", 6))
NEWLY_LOCATED = ("case_file", "supplement")
LOCATED = ("case", "case_offence", "involvement", "exhibit")
HIDDEN = (
    "i.restricted = :true AND i.role NOT IN"
    " ('suspect', 'charged', 'accused', 'convicted_not_final', 'convicted', 'child_below_14')"
)


# Row-level security of PostgreSQL, behind the session's scope: app/kernel/access/row_level_security.py sets what is read here.
EYE = "current_setting('ecrime.eye', true)"
AREA = "coalesce(current_setting('ecrime.area', true), '')"
FAMILIES = "coalesce(current_setting('ecrime.families', true), '')"
UNIT = "current_setting('ecrime.unit', true)"
LIES_THERE = f"({AREA} = '' OR {AREA} IN ({{0}}.province_code, {{0}}.district_code, {{0}}.commune_code))"
OF_CASES = ("case", "case_offence", "involvement", "exhibit", "case_file", "supplement")
OF_PERSONS = ("person", "person_name", "person_document", "person_address", "person_mark", "person_photo")
JUST_NOW = "{0}.recorded_at > (now() AT TIME ZONE 'Asia/Phnom_Penh') - interval '5 minutes'"
FUNCTIONS = (
    # As their owner, whom no policy binds: a policy that asked its own table would ask for ever.
    f"""CREATE FUNCTION ecrime_of_family(of_case integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public AS $$ SELECT {FAMILIES} = '' OR EXISTS (SELECT 1 FROM case_offence o
    WHERE o.case_id = of_case AND o.family = ANY (string_to_array({FAMILIES}, ','))) $$""",
    """CREATE FUNCTION ecrime_listed(setting text, id integer) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT id::text = ANY (string_to_array(coalesce(current_setting(setting, true), ''), ',')) $$""",
)


def wall(table, sees):
    """Rows are seen by whoever sees everything, by the unit that wrote them, and where `sees` holds."""
    for act in (
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'CREATE POLICY part ON "{table}" USING (CASE {EYE} WHEN \'everything\' THEN true'
        f" WHEN 'part' THEN ({sees}) ELSE false END) WITH CHECK (true)",
    ):
        op.execute(act)


def build_walls():
    for function in FUNCTIONS:
        op.execute(function)
    for table in OF_CASES:
        name, case_id = f'"{table}"', f'"{table}".{"id" if table == "case" else "case_id"}'
        sees = (
            f"({LIES_THERE.format(name)} AND ecrime_of_family({case_id})) OR {name}.unit_code = {UNIT}"
            f" OR ecrime_listed('ecrime.shared', {case_id})"
        )
        if table == "involvement":
            sees += " OR ecrime_listed('ecrime.opened', involvement.person_id)"
        wall(table, sees)
    for table in OF_PERSONS:
        person_id = f"{table}.{'id' if table == 'person' else 'person_id'}"
        seen = (
            f"EXISTS (SELECT 1 FROM visibility v WHERE v.person_id = {person_id} AND NOT v.hidden"
            f" AND (v.unit_code = {UNIT} OR ({LIES_THERE.format('v')} AND"
            f" ({FAMILIES} = '' OR v.family = ANY (string_to_array({FAMILIES}, ','))))"
            " OR ecrime_listed('ecrime.shared', v.case_id)))"
        )
        wall(
            table,
            f"{seen} OR ecrime_listed('ecrime.opened', {person_id})"
            f" OR ({table}.unit_code = {UNIT} AND {JUST_NOW.format(table)})",
        )


def raze_walls():
    for table in (*OF_CASES, *OF_PERSONS):
        op.execute(f'DROP POLICY part ON "{table}"')
        op.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
    for name in ("ecrime_listed(text, integer)", "ecrime_of_family(integer)"):
        op.execute(f"DROP FUNCTION {name}")


def upgrade():
    for table in NEWLY_LOCATED:
        for name, width in LEVELS:
            op.add_column(table, sa.Column(name, sa.String(width), nullable=True))
            op.create_index(f"ix_{table}_{name}", table, [name])
    for table in LOCATED:
        op.create_index(f"ix_{table}_commune_code", table, ["commune_code"])
    op.add_column("case_offence", sa.Column("family", sa.String(40), nullable=True))
    op.create_table(
        "visibility",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("case.id"), index=True),
        sa.Column("province_code", sa.String(2)),
        sa.Column("district_code", sa.String(4)),
        sa.Column("commune_code", sa.String(6)),
        sa.Column("family", sa.String(40)),
        sa.Column("unit_code", sa.String(20)),
        sa.Column("hidden", sa.Boolean, nullable=False),
    )
    op.create_index("ix_visibility_person", "visibility", ["person_id", "province_code"])
    op.create_table(
        "opening",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("entity", sa.String(40), nullable=False),
        sa.Column("entity_id", sa.Integer, nullable=False),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("ab_user.id")),
        sa.Column("reason", sa.String(400)),
        sa.Column("case_number", sa.String(20)),
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column("opened_by_id", sa.Integer, sa.ForeignKey("ab_user.id")),
        sa.Column("closes_at", sa.DateTime),
        sa.Column("owner_unit", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("reviewed_at", sa.DateTime),
        sa.Column("reviewed_by_id", sa.Integer, sa.ForeignKey("ab_user.id")),
        sa.Column("review_note", sa.String(400)),
        sa.Column("justified", sa.Boolean),
        sa.Column("alerted_at", sa.DateTime),
        sa.CheckConstraint("reviewed_by_id <> user_id", name="reviewed_by_another"),
    )
    op.create_index("ix_opening_unit", "opening", ["unit_code", "closes_at"])
    op.create_index("ix_opening_user", "opening", ["user_id", "closes_at"])
    op.create_index("ix_opening_record", "opening", ["entity", "entity_id"])
    follow()
    lock.shut_too(op, "case_offence", "family")
    for table in NEWLY_LOCATED:
        lock.shut_too(op, table, *(name for name, _width in LEVELS))
    if op.get_bind().dialect.name == "postgresql":
        build_walls()


def follow():
    """What is in the register already gets its levels, families and visibility."""
    run = op.get_bind().execute
    for table in NEWLY_LOCATED:
        for name, _width in LEVELS:
            run(sa.text(f'UPDATE {table} SET {name} = (SELECT c.{name} FROM "case" c WHERE c.id = {table}.case_id)'))
    run(sa.text("UPDATE case_offence SET family = (SELECT o.family FROM offence o WHERE o.code = offence_code)"))
    run(
        sa.text(
            "INSERT INTO visibility (person_id, case_id, unit_code, province_code, district_code, commune_code,"
            " hidden, family) SELECT DISTINCT i.person_id, i.case_id, i.unit_code, i.province_code, i.district_code,"
            f" i.commune_code, {HIDDEN}, o.family FROM involvement i LEFT JOIN case_offence o ON o.case_id = i.case_id"
        ),
        {"true": True},
    )


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        raze_walls()
    lock.no_longer(op, "case_offence", "family")
    for table in NEWLY_LOCATED:
        lock.no_longer(op, table, *(name for name, _width in LEVELS))
    op.drop_table("opening")
    op.drop_table("visibility")
    with op.batch_alter_table("case_offence") as batch:
        batch.drop_column("family")
    for table in LOCATED:
        op.drop_index(f"ix_{table}_commune_code", table)
    for table in NEWLY_LOCATED:
        for name, _width in LEVELS:
            op.drop_index(f"ix_{table}_{name}", table)
        with op.batch_alter_table(table) as batch:
            for name, _width in LEVELS:
                batch.drop_column(name)
