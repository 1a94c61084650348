"""Where clocks are seen

Who sees somebody is looked up for each open custody, detention and follow-up of the nation before a province sees its board.
No index holds two tables, so one is kept here by triggers: for each open clock the provinces, families of offences and units for
which its person is seen, and that it is there for the nation. A view computes the same, so that it can be compared.

The list of people is walked in the order of names; the year of birth, by which it is filtered, stands in that index now.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# table → when its clock ends, the column that says that it has ended
CLOCKS = {
    "custody": ("limit_at", "ended_at"),
    "detention": ("due_on", "ended_on"),
    "release": ("track_until", "ended_on"),
}
# A day ends a clock by its beginning, in the form in which moments are kept.
BEGINNING = {"sqlite": "r.{} || ' 00:00:00.000000'", "postgresql": "CAST(r.{} AS timestamp)"}
COLUMNS = "entity, seen_by, ends_at, entity_id, person_id"
FOR_WHOM = "CASE k.n WHEN 1 THEN 'nation' WHEN 2 THEN v.province_code WHEN 3 THEN v.family ELSE v.unit_code END"
# `coalesce`: by the index of a person's records, and not by that of all that are open.
ARM = (
    f"SELECT '{{table}}' AS entity, {FOR_WHOM} AS seen_by, {{ends_at}} AS ends_at, r.id AS entity_id, r.person_id"
    " FROM {table} r CROSS JOIN visibility v"
    " CROSS JOIN (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) k"
    " WHERE v.person_id = r.person_id AND coalesce(r.{ended}, r.voided_at) IS NULL AND r.{ends} IS NOT NULL"
    f" AND NOT v.hidden AND {FOR_WHOM} IS NOT NULL"
)
FILL = f"INSERT INTO open_clock ({COLUMNS}) SELECT DISTINCT {COLUMNS} FROM open_clock_computed"

# With the rights of their owner, who is behind no wall (0006): clocks of the nation follow from what is written in a part of it.
FUNCTION = f"""CREATE FUNCTION open_clock_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {{path}} AS $$
DECLARE people integer[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    people := ARRAY(SELECT DISTINCT person_id FROM rows_now r WHERE {{held}});
  ELSIF TG_OP = 'DELETE' THEN
    people := ARRAY(SELECT DISTINCT person_id FROM rows_before r WHERE {{held}});
  ELSE
    people := ARRAY(SELECT person_id FROM rows_before r WHERE {{held}} UNION SELECT person_id FROM rows_now r WHERE {{held}});
  END IF;
  IF cardinality(people) > 0 THEN
    DELETE FROM open_clock WHERE person_id = ANY (people);
    {FILL} WHERE person_id = ANY (people) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$"""
HAS_ONE = "EXISTS (SELECT 1 FROM {table} h WHERE h.person_id = r.person_id AND h.{ended} IS NULL AND h.voided_at IS NULL)"
HELD = " OR ".join(
    [
        "EXISTS (SELECT 1 FROM open_clock h WHERE h.person_id = r.person_id)",
        *(HAS_ONE.format(table=table, ended=ended) for table, (_ends, ended) in CLOCKS.items()),
    ]
)
SEEN = ("person_id", "hidden", "province_code", "family", "unit_code")
ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
NAMES = {"NEW": "NEW TABLE AS rows_now", "OLD": "OLD TABLE AS rows_before"}


def arm(table, ends, ended):
    day = BEGINNING[op.get_bind().dialect.name].format(ends)
    return ARM.format(table=table, ends=ends, ended=ended, ends_at=f"r.{ends}" if ends.endswith("_at") else day)


def followed():
    """(table, event, columns) of everything that moves a clock, or those who see it. Records are not deleted."""
    for table, (ends, ended) in CLOCKS.items():
        for event in ("INSERT", "UPDATE"):
            yield table, event, ("person_id", ends, ended, "voided_at")
    for event in ROWS:
        yield "visibility", event, SEEN


def trigger(table, event, columns):
    name = f"open_clock_{table}_{event.lower()}"
    if op.get_bind().dialect.name != "sqlite":
        rows = " ".join(NAMES[one] for one in ROWS[event])
        return (
            f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {rows}"
            " FOR EACH STATEMENT EXECUTE FUNCTION open_clock_follows()"
        )
    of = f" OF {', '.join(columns)}" if event == "UPDATE" else ""
    # First all that go, for both rows of a change may be of one person.
    persons = [f"{one}.person_id" for one in ROWS[event]]
    acts = [f"DELETE FROM open_clock WHERE person_id = {one};" for one in persons]
    acts += [f"{FILL.replace('INSERT', 'INSERT OR IGNORE', 1)} WHERE person_id = {one};" for one in persons]
    return f"CREATE TRIGGER {name} AFTER {event}{of} ON {table} BEGIN {' '.join(acts)} END"


def upgrade():
    op.drop_index("ix_person_sort", "person")
    op.create_index("ix_person_sort", "person", ["name_sort", "id", "birth_year"])
    op.create_table(
        "open_clock",
        sa.Column("entity", sa.String(40), primary_key=True),
        sa.Column("seen_by", sa.String(40), primary_key=True),
        sa.Column("ends_at", sa.DateTime, primary_key=True),
        sa.Column("entity_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
    )
    op.create_index("ix_open_clock_person_id", "open_clock", ["person_id"])
    arms = " UNION ALL ".join(arm(table, *columns) for table, columns in CLOCKS.items())
    op.execute(sa.text(f"CREATE VIEW open_clock_computed AS {arms}".replace(":", r"\:")))
    op.execute(sa.text(FILL))
    if op.get_bind().dialect.name != "sqlite":
        op.execute(sa.text(FUNCTION.format(path=lock.search_path(op), held=HELD).replace(":", r"\:")))
    for one in followed():
        op.execute(sa.text(trigger(*one)))
    op.execute(sa.text("ANALYZE open_clock"))
    op.execute(sa.text("ANALYZE person"))


def downgrade():
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, event, _columns in followed():
        op.execute(f"DROP TRIGGER open_clock_{table}_{event.lower()}" + ("" if on_sqlite else f" ON {table}"))
    if not on_sqlite:
        op.execute("DROP FUNCTION open_clock_follows()")
    op.execute("DROP VIEW open_clock_computed")
    op.drop_table("open_clock")
    op.drop_index("ix_person_sort", "person")
    op.create_index("ix_person_sort", "person", ["name_sort", "id"])
