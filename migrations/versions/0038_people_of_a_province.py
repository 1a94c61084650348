"""People of a province in the order of their names

The list of people is walked in the order of names, and of each of them it is asked whether the reader sees him. Whose people are
few goes through most of the nation for a page: of the last 1,949 a clerk of one province saw 26. No index holds two tables, so
triggers keep one here: for each province whoever may be seen there, for what lies in it or for a unit of it, by name.

It may hold too many, and each is still asked for: rows are added and never taken away. Of two transactions of which one shows
somebody and the other changes his name, or moves the unit for which he is shown, the later one waits and sees what the other wrote.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TABLE = "province_list"
COLUMNS = "province_code, name_sort, person_id"
SEEN = ("person_id", "hidden", "province_code", "unit_code")
# Each looked up by its key: joined, PostgreSQL would read all people for the first rows and keep that plan.
TOLD = (
    "SELECT s.province_code, (SELECT p.name_sort FROM person p WHERE p.id = s.person_id) AS name_sort, s.person_id FROM ("
    " SELECT v.person_id, v.province_code FROM {rows} v WHERE NOT v.hidden"
    " UNION SELECT v.person_id, (SELECT substr(u.area_code, 1, 2) FROM unit u WHERE u.code = v.unit_code)"
    " FROM {rows} v WHERE NOT v.hidden) s WHERE s.province_code <> ''"
)
IN_ORDER = "ORDER BY person_id, province_code"  # two who write the same people wait for each other, and not each for the other
FILL = f"INSERT INTO {TABLE} ({COLUMNS}) SELECT {COLUMNS} FROM {TABLE}_computed"
OF_PERSON = (
    "person_id = {row}.id AND name_sort = {row}.name_sort"
    " AND province_code IN (SELECT code FROM place WHERE parent_code IS NULL)"
)
OF_UNIT = "(SELECT * FROM visibility WHERE unit_code = NEW.code)"

# With the rights of their owner, who is behind no wall: who enters a case need not see the list of another province.
FUNCTIONS = {
    "shown": f"""PERFORM 1 FROM person WHERE id IN (SELECT person_id FROM rows_now) ORDER BY id FOR SHARE;
  INSERT INTO {TABLE} ({COLUMNS}) {TOLD.format(rows="rows_now")} {IN_ORDER} ON CONFLICT DO NOTHING""",
    "renamed": f"""WITH gone AS (DELETE FROM {TABLE} WHERE {OF_PERSON.format(row="OLD")} RETURNING province_code)
  INSERT INTO {TABLE} ({COLUMNS}) SELECT province_code, NEW.name_sort, NEW.id FROM gone ON CONFLICT DO NOTHING""",
    "moved": f"""LOCK TABLE visibility IN SHARE MODE;
  INSERT INTO {TABLE} ({COLUMNS}) {TOLD.format(rows=OF_UNIT)} {IN_ORDER} ON CONFLICT DO NOTHING""",
}
FUNCTION = """CREATE FUNCTION province_list_{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {path} AS $$
BEGIN
  {act};
  RETURN NULL;
END $$"""
ROWS = "REFERENCING NEW TABLE AS rows_now FOR EACH STATEMENT"
CHANGED = "FOR EACH ROW WHEN (OLD.{column} IS DISTINCT FROM NEW.{column})"
# name → its table, what it follows, for which rows, and what it does
TRIGGERS = {
    "inserted": ("visibility", "INSERT", ROWS, "shown"),
    "updated": ("visibility", "UPDATE", ROWS, "shown"),
    "renamed": ("person", "UPDATE OF name_sort", CHANGED.format(column="name_sort"), "renamed"),
    "moved": ("unit", "UPDATE OF area_code", CHANGED.format(column="area_code"), "moved"),
}
SHOWN = f"(SELECT {', '.join(f'NEW.{name} AS {name}' for name in SEEN)})"
ON_SQLITE = {
    "inserted": ("visibility", "INSERT", TOLD.format(rows=SHOWN)),
    "updated": ("visibility", f"UPDATE OF {', '.join(SEEN)}", TOLD.format(rows=SHOWN)),
    "renamed": ("person", "UPDATE OF name_sort", ""),
    "moved": ("unit", "UPDATE OF area_code", TOLD.format(rows=OF_UNIT)),
}

# Row-level security of PostgreSQL, behind the session's scope: whoever sees the person sees the row (0010).
AREA = "coalesce(current_setting('ecrime.area', true), '')"
FAMILIES = "coalesce(current_setting('ecrime.families', true), '')"
POLICY = f"""CREATE POLICY part ON {TABLE} FOR SELECT USING (CASE current_setting('ecrime.eye', true)
WHEN 'everything' THEN true WHEN 'part' THEN ecrime_listed('ecrime.revealed', {TABLE}.person_id)
OR EXISTS (SELECT 1 FROM visibility v WHERE v.person_id = {TABLE}.person_id AND NOT v.hidden
AND (v.unit_code = current_setting('ecrime.unit', true) OR ecrime_listed('ecrime.shared', v.case_id)
OR ecrime_listed('ecrime.opened', {TABLE}.person_id)
OR (({AREA} = '' OR {AREA} IN (v.province_code, v.district_code, v.commune_code))
AND ({FAMILIES} = '' OR v.family = ANY (string_to_array({FAMILIES}, ',')))))) ELSE false END)"""


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("province_code", sa.String(2), primary_key=True),
        sa.Column("name_sort", sa.String(900), primary_key=True),
        sa.Column("person_id", sa.Integer, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.execute(f"CREATE VIEW {TABLE}_computed AS {TOLD.format(rows='visibility')}")
    op.execute(f"{FILL} ORDER BY {COLUMNS}")
    if op.get_bind().dialect.name == "sqlite":
        _follow_on_sqlite()
    else:
        _follow_on_postgresql()
    op.execute(f"ANALYZE {TABLE}")


def _follow_on_sqlite():
    for name, (table, event, told) in ON_SQLITE.items():
        act = f"INSERT OR IGNORE INTO {TABLE} ({COLUMNS}) {told}"
        if not told:
            act = f"UPDATE OR REPLACE {TABLE} SET name_sort = NEW.name_sort WHERE {OF_PERSON.format(row='OLD')}"
        op.execute(f"CREATE TRIGGER {TABLE}_{name} AFTER {event} ON {table} BEGIN {act}; END")


def _follow_on_postgresql():
    for name, act in FUNCTIONS.items():
        op.execute(FUNCTION.format(name=name, path=lock.search_path(op), act=act))
    for name, (table, event, rows, function) in TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {TABLE}_{name} AFTER {event} ON {table} {rows} EXECUTE FUNCTION {TABLE}_{function}()"
        )
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(POLICY)


def downgrade():
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, (table, *_rest) in ON_SQLITE.items():
        op.execute(f"DROP TRIGGER {TABLE}_{name}" + ("" if on_sqlite else f" ON {table}"))
    if not on_sqlite:
        for name in FUNCTIONS:
            op.execute(f"DROP FUNCTION {TABLE}_{name}()")
    op.execute(f"DROP VIEW {TABLE}_computed")
    op.drop_table(TABLE)
