"""The release from a custody ends no arrest that was made during it on another ground.

A person who was arrested on a second order during a custody counted as free after the release from the first one: nobody
held the person, and no limit ran.
"""

from alembic import op

from migrations import lock

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

DETENTION = (
    " AND NOT EXISTS (SELECT 1 FROM detention d WHERE d.person_id = arrest.person_id AND d.voided_at IS NULL"
    " AND (d.since > {day} OR (d.since = {day} AND d.case_id = arrest.case_id)"
    " OR ((d.ended_on IS NULL OR d.ended_on > {day}) AND (NOT d.escaped OR EXISTS (SELECT 1 FROM detention_step s"
    " WHERE s.detention_id = d.id AND s.kind = 'escape' AND s.done_on > {day} AND s.voided_at IS NULL)))))"
)
# Without a time, another custody of the day may have ended before the arrest.
WAITS = (
    "NOT EXISTS (SELECT 1 FROM custody c WHERE c.person_id = arrest.person_id AND c.voided_at IS NULL"
    " AND (c.ended_at IS NULL OR (c.ended_at >= arrest.at AND c.outcome NOT IN ('transferred', 'hospital')"
    "{answer} AND (c.arrest_id = arrest.id OR NOT (arrest.time_unknown OR c.end_time_unknown) OR {ended} > {day}))))"
) + DETENTION
# A custody that began before the arrest answers another arrest, unless the person escaped or died.
ANSWER = " AND (c.arrest_id = arrest.id OR c.arrived_at >= arrest.at OR c.outcome IN ('escaped', 'died'))"
DAYS = {
    "sqlite": {"day": "date(arrest.at)", "ended": "date(c.ended_at)"},
    "postgresql": {"day": "CAST(arrest.at AS date)", "ended": "CAST(c.ended_at AS date)"},
}
# table → the columns that decided which arrests wait, and those that decide it now
DECIDED = {
    "arrest": ("person_id", "at", "voided_at", "case_id", "time_unknown"),
    "custody": ("person_id", "ended_at", "outcome", "voided_at", "arrest_id", "end_time_unknown"),
    "detention": ("person_id", "since", "ended_on", "escaped", "voided_at", "case_id"),
    "detention_step": ("person_id", "kind", "done_on", "voided_at"),
}
DECIDING = DECIDED | {"custody": (*DECIDED["custody"], "arrived_at")}
# Runs as its owner: a custody may begin in one area and end in another.
REFRESH = """CREATE OR REPLACE FUNCTION refresh_waiting_arrests() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {path} AS $$
BEGIN
  UPDATE arrest SET awaits_custody = ({waits})
  WHERE person_id IN (OLD.person_id, NEW.person_id) AND awaits_custody <> ({waits});
  RETURN NULL;
END $$"""


def upgrade():
    _replace_triggers(DECIDED, DECIDING, ANSWER)


def downgrade():
    _replace_triggers(DECIDING, DECIDED, "")


def _replace_triggers(before, after, answer):
    waits = WAITS.format(answer=answer, **DAYS[op.get_bind().dialect.name])
    for name, _of, table in _list_triggers(before):
        op.execute(f"DROP TRIGGER {name}" + ("" if lock.is_sqlite(op) else f" ON {table}"))
    if not lock.is_sqlite(op):
        lock.execute(op, REFRESH.format(path=lock.search_path(op), waits=waits))
    for name, of, table in _list_triggers(after):
        op.execute(f"CREATE TRIGGER {name} AFTER {of} ON {table} {_build_action(of, waits)}")
    op.execute(f"UPDATE arrest SET awaits_custody = ({waits}) WHERE awaits_custody <> ({waits})")


def _list_triggers(deciding):
    """Yield (name, event, table) of every change that decides which arrests wait."""
    for table, columns in deciding.items():
        yield f"waiting_arrest_{table}_insert", "INSERT", table
        yield f"waiting_arrest_{table}_update", f"UPDATE OF {', '.join(columns)}", table


def _build_action(of, waits):
    if not lock.is_sqlite(op):
        return "FOR EACH ROW EXECUTE FUNCTION refresh_waiting_arrests()"
    of_person = "NEW.person_id" if of == "INSERT" else "OLD.person_id, NEW.person_id"
    return (
        f"BEGIN UPDATE arrest SET awaits_custody = ({waits})"
        f" WHERE person_id IN ({of_person}) AND awaits_custody <> ({waits}); END"
    )
