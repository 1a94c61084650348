"""Two officers undo the confirmation of a match of reports, and a denial can be taken back.

One officer could undo what two had confirmed, and no one could undo a mistaken denial. The refusals of contradicting ends
and of another kind of report were in the application only. A match is hidden from the other unit when the case of the theft
protects a person later.
"""

from alembic import op

from migrations import lock

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

LIVE = """a.decision = 'other' AND NOT EXISTS (SELECT 1 FROM report_match_answer w WHERE w.match_id = a.match_id
   AND w.side = a.side AND w.decision = 'withdrawn' AND w.id > a.id)"""
ENOUGH = """(SELECT count(DISTINCT a.made_by_id) >= CASE NEW.kind WHEN 'property' THEN 1 ELSE 2 END
   AND count(DISTINCT a.side) >= CASE WHEN NEW.kind = 'property' OR NEW.first_unit_code IS NULL
    OR NEW.second_unit_code IS NULL THEN 1 ELSE 2 END
   FROM report_match_answer a WHERE a.match_id = NEW.id AND {answer})"""
MATCH_STATE = f"""CASE
  WHEN {ENOUGH.format(answer="a.decision = 'same'")}
   THEN CASE WHEN {ENOUGH.format(answer=LIVE)} THEN 'denied' ELSE 'confirmed' END
  WHEN EXISTS (SELECT 1 FROM report_match_answer a WHERE a.match_id = NEW.id AND {LIVE}) THEN 'denied'
  WHEN NEW.state = 'ended' THEN 'ended' ELSE 'waiting' END"""
OLD_MATCH_STATE = """CASE
  WHEN EXISTS (SELECT 1 FROM report_match_answer a WHERE a.match_id = NEW.id AND a.decision = 'other') THEN 'denied'
  WHEN (SELECT min(n) FROM (
    SELECT count(DISTINCT a.side) AS n FROM report_match_answer a WHERE a.match_id = NEW.id AND a.decision = 'same'
    UNION ALL SELECT count(DISTINCT a.made_by_id) FROM report_match_answer a
    WHERE a.match_id = NEW.id AND a.decision = 'same') c) >= CASE NEW.kind WHEN 'person' THEN 2 ELSE 1 END
   THEN 'confirmed'
  WHEN NEW.state = 'ended' THEN 'ended' ELSE 'waiting' END"""
SIDES = ("missing_id", "body_id", "lost_id", "found_id", "exhibit_id")
FIXED = (*SIDES, "kind", "first_unit_code", "raised_at")
IS_VALID = "{row}.voided_at IS NULL AND coalesce({row}.confirmation, '') <> 'rejected'"
# A body with a confirmed match is not found alive, and a body with an open match is not identified otherwise.
CONTRADICTS = f"""({IS_VALID.format(row="NEW")} AND (
  (NEW.outcome = 'found_alive' AND EXISTS (SELECT 1 FROM report_match m JOIN person_report b ON b.id = m.body_id
   WHERE m.missing_id = NEW.person_report_id AND m.state = 'confirmed' AND b.kind = 'body' AND b.voided_at IS NULL))
  OR (NEW.outcome = 'identified' AND EXISTS (SELECT 1 FROM report_match m
   WHERE m.body_id = NEW.person_report_id AND m.state = 'waiting'))))"""
ENDED_TWICE = f"""EXISTS (SELECT 1 FROM report_end e WHERE {IS_VALID.format(row="e")}
  AND (e.person_report_id = NEW.person_report_id OR e.property_report_id = NEW.property_report_id))"""
IS_USED = """(EXISTS (SELECT 1 FROM report_match m WHERE NEW.id IN ({sides}))
  OR EXISTS (SELECT 1 FROM report_end e WHERE e.{table}_id = NEW.id AND {valid}))"""
KINDS = {
    "person_report": ("OLD.kind <> NEW.kind", "coalesce(m.missing_id, 0), coalesce(m.body_id, 0)"),
    "property_report": (
        "(OLD.kind <> NEW.kind OR OLD.side <> NEW.side)", "coalesce(m.lost_id, 0), coalesce(m.found_id, 0)"
    ),
}  # fmt: skip
HIDDEN = """SELECT e.id FROM exhibit e JOIN involvement i ON i.case_id = e.case_id
  WHERE i.protection IS NOT NULL AND i.protection <> 'minor'"""


def upgrade():
    lock.uncompute_column(op, "report_match", "state")
    lock.compute_column(op, "report_match", "state", MATCH_STATE, initial="'waiting'")
    lock.protect_columns(op, "report_match", FIXED)
    keeps_unit = "NEW.second_unit_code IS NOT NULL OR OLD.exhibit_id IS NULL"
    lock.lock_when(op, "report_match", "second_unit", keeps_unit, ("second_unit_code",))
    changed = f"(OLD.outcome <> NEW.outcome OR coalesce(OLD.confirmation, '') <> coalesce(NEW.confirmation, '')) AND {CONTRADICTS}"
    conditions = {"insert": f"({CONTRADICTS} OR {ENDED_TWICE})", "update": changed}
    lock.refuse_rows(op, "report_end", "contradiction", conditions)
    for table, (changes, sides) in KINDS.items():
        used = IS_USED.format(sides=sides, table=table, valid=IS_VALID.format(row="e"))
        lock.refuse_rows(op, table, "kind", {"update": f"{changes} AND {used}"})
    op.execute(f"UPDATE report_match SET second_unit_code = NULL WHERE exhibit_id IN ({HIDDEN})")
    op.execute(f"UPDATE item_match SET protected = true WHERE stolen_id IN ({HIDDEN})")
    op.execute(f"UPDATE item_match SET unit_code = NULL WHERE found_id IN ({HIDDEN})")


def downgrade():
    for table in KINDS:
        lock.accept_rows(op, table, "kind")
    lock.accept_rows(op, "report_end", "contradiction")
    where = "" if lock.is_sqlite(op) else " ON report_match"
    op.execute(f"DROP TRIGGER lock_report_match_second_unit{where}")
    lock.protect_columns(op, "report_match", (*FIXED, "second_unit_code"))
    lock.uncompute_column(op, "report_match", "state")
    lock.compute_column(op, "report_match", "state", OLD_MATCH_STATE, initial="'waiting'")
