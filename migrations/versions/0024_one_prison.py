"""One prison for each person: the database refuses a second open detention in another prison.

Two simultaneous requests could save a person in two prisons. A person who has escaped is in none.
"""

from alembic import op

from migrations import lock

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NAME = "one_prison_of_person"
HELD = "{row}.ended_on IS NULL AND {row}.voided_at IS NULL AND NOT {row}.escaped"
ELSEWHERE = (
    f"{HELD.format(row='NEW')} AND EXISTS (SELECT 1 FROM detention d WHERE d.person_id = NEW.person_id"
    f" AND d.id <> NEW.id AND d.prison_code <> NEW.prison_code AND {HELD.format(row='d')})"
)
# A transfer of a person with several open detentions changes one row after the other, so it is not compared here.
EVENTS = {"insert": "INSERT", "update": "UPDATE OF person_id, escaped, ended_on, voided_at"}
# Runs as its owner: the other detention may be outside the scope of the user.
FUNCTION = """CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {path} AS $$
BEGIN
  IF {elsewhere} THEN
    RAISE EXCEPTION USING MESSAGE = '{name}', ERRCODE = '23505';
  END IF;
  RETURN NULL;
END $$"""


def upgrade():
    if not lock.is_sqlite(op):
        lock.execute(op, FUNCTION.format(name=NAME, path=lock.search_path(op), elsewhere=ELSEWHERE))
    for name, event in EVENTS.items():
        if lock.is_sqlite(op):
            action = f"WHEN {ELSEWHERE} BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
        else:
            action = f"EXECUTE FUNCTION {NAME}()"
        op.execute(f"CREATE TRIGGER {NAME}_{name} AFTER {event} ON detention FOR EACH ROW {action}")


def downgrade():
    for name in EVENTS:
        op.execute(f"DROP TRIGGER {NAME}_{name}" + ("" if lock.is_sqlite(op) else " ON detention"))
    if not lock.is_sqlite(op):
        op.execute(f"DROP FUNCTION {NAME}()")
