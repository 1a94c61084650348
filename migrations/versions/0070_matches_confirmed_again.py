"""Two officers confirm an undone match again, and an officer can deny a match twice.

One officer who took a denial back confirmed again what two officers had undone. An officer whose denial was taken back
could not deny the match again.
"""

from alembic import op
from sqlalchemy import inspect

from migrations import lock

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

TABLE = "report_match_answer"
ANSWER = ("match_id", "side", "decision", "evidence", "reason", "made_at", "made_by_id")
NAMES = {"uq": "uq_%(table_name)s_%(column_0_name)s"}  # SQLite has no name of the constraint
CURRENT = """a.decision = '{decision}' AND NOT EXISTS (SELECT 1 FROM report_match_answer w WHERE w.match_id = a.match_id
   AND w.side = a.side AND w.decision = '{opposite}' AND w.id > a.id)"""
DENIAL = CURRENT.format(decision="other", opposite="withdrawn")
TAKEN_BACK = CURRENT.format(decision="withdrawn", opposite="other")
ENOUGH = """(SELECT count(DISTINCT a.made_by_id) >= CASE NEW.kind WHEN 'property' THEN 1 ELSE 2 END
   AND count(DISTINCT a.side) >= CASE WHEN NEW.kind = 'property' OR NEW.first_unit_code IS NULL
    OR NEW.second_unit_code IS NULL THEN 1 ELSE 2 END
   FROM report_match_answer a WHERE a.match_id = NEW.id AND {answer})"""
IS_DENIED = f"EXISTS (SELECT 1 FROM report_match_answer a WHERE a.match_id = NEW.id AND {DENIAL})"
STATE = f"""CASE
  WHEN {ENOUGH.format(answer="a.decision = 'same'")} THEN CASE {{undone}}
   WHEN {ENOUGH.format(answer=DENIAL)} THEN 'denied' ELSE 'confirmed' END
  WHEN {IS_DENIED} THEN 'denied'
  WHEN NEW.state = 'ended' THEN 'ended' ELSE 'waiting' END"""
UNDONE = f"""WHEN OLD.state = 'denied' THEN
    CASE WHEN {ENOUGH.format(answer=TAKEN_BACK)} AND NOT {IS_DENIED} THEN 'confirmed' ELSE 'denied' END"""


def upgrade():
    lock.uncompute_column(op, "report_match", "state")
    # A downgrade keeps the answers, so it does not add the constraint again.
    unique = inspect(op.get_bind()).get_unique_constraints(TABLE)
    if unique and lock.is_sqlite(op):
        with op.batch_alter_table(TABLE, naming_convention=NAMES) as table:
            table.drop_constraint(f"uq_{TABLE}_match_id", type_="unique")
        lock.protect_columns(op, TABLE, ANSWER)
    elif unique:
        op.drop_constraint(unique[0]["name"], TABLE, type_="unique")
    lock.compute_column(op, "report_match", "state", STATE.format(undone=UNDONE), initial="'waiting'")


def downgrade():
    lock.uncompute_column(op, "report_match", "state")
    lock.compute_column(op, "report_match", "state", STATE.format(undone=""), initial="'waiting'")
