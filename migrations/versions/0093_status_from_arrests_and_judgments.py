"""The status of a case follows from its arrests and judgments too.

It followed from the steps of procedure alone: after an arrest, and even after a conviction, the case was under
investigation until an officer entered the step again. A status without steps, as earlier imports and the demo data wrote
it, gets steps without a row of a file (`source_row` 0): every status then follows from acts.
"""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None

REWRITTEN = ("case", "case_disposition")  # their row hashes are computed again

STATUS_AFTER = {
    "returned": "open", "citation": "at_court", "immediate": "at_court", "introductory": "judicial",
    "indicted": "at_court", "non_suit": "ended", "appeal": "at_court",
}  # fmt: skip
COURT_STEPS = (
    "at_prosecutor", "citation", "immediate", "introductory", "indicted", "non_suit", "at_court", "judged", "appeal",
)  # fmt: skip
STEP_BEFORE = {"judicial": "introductory", "ended": "non_suit"}
ENDED = ("filed", "ended", "judged", "final", "closed")

STATUS = "CASE d.kind " + " ".join(f"WHEN '{kind}' THEN '{status}'" for kind, status in STATUS_AFTER.items())
# The valid steps, and the judgments that are in force and later than the steps of an import: {case} is the case.
STEPS = (
    f"SELECT {STATUS} ELSE d.kind END AS status, CASE WHEN d.source_row IS NULL THEN 1 ELSE 0 END AS place,"
    " CASE WHEN d.source_row IS NULL THEN d.decided_on END AS day, d.decided_on, d.id"
    " FROM case_disposition d WHERE d.case_id = {case} AND d.voided_at IS NULL"
    " AND NOT (d.kind = 'solved' AND coalesce(d.clearance, '') = 'arrest' AND d.source_row IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM arrest a WHERE a.case_id = {case} AND a.voided_at IS NULL))"
)
IMPORTED = "SELECT 1 FROM case_disposition i WHERE i.case_id = {case} AND i.voided_at IS NULL AND i.source_row IS NOT NULL"
JUDGMENTS = (
    "SELECT 'judged', 1, j.decided_on, j.decided_on, 0 FROM judgment j WHERE j.case_id = {case}"
    " AND j.voided_at IS NULL AND j.set_aside_on IS NULL AND j.replaced_on IS NULL"
    f" AND NOT EXISTS ({IMPORTED} AND i.decided_on >= j.decided_on)"
)
LAST = (
    f"SELECT e.status, e.decided_on FROM ({STEPS} UNION ALL {JUDGMENTS}) e"
    " ORDER BY e.place DESC, e.day DESC, e.id DESC LIMIT 1"
)
# An arrest after the last of them solves an open case.
COMPUTED = (
    "SELECT CASE WHEN coalesce(l.status, 'open') IN ('open', 'unsolved') AND EXISTS (SELECT 1 FROM arrest a"
    " WHERE a.case_id = {case} AND a.voided_at IS NULL AND (l.decided_on IS NULL OR date(a.at) > l.decided_on))"
    " THEN 'solved' ELSE coalesce(l.status, 'open') END"
    f" FROM (SELECT 1 AS one) o LEFT JOIN ({LAST}) l ON 1 = 1"
)

# A status that follows from no step, as stored or as the first step found it.
WITHOUT_STEPS = """
    SELECT c.id, c.status, c.clearance, c.solved_on, c.sent_on, c.court_code, c.province_code, c.district_code,
      c.commune_code, c.unit_code, c.recorded_at, date(c.reported_at) AS reported_on,
      coalesce((SELECT d.previous_status FROM case_disposition d WHERE d.case_id = c.id ORDER BY d.id LIMIT 1), c.status)
        AS before,
      EXISTS (SELECT 1 FROM case_disposition d WHERE d.case_id = c.id AND d.kind = 'solved') AS has_solved,
      EXISTS (SELECT 1 FROM case_disposition d WHERE d.case_id = c.id AND d.kind IN ({court_steps})) AS has_sent,
      (SELECT max(j.decided_on) FROM judgment j WHERE j.case_id = c.id AND j.voided_at IS NULL) AS judged_on,
      (SELECT max(date(a.at)) FROM arrest a WHERE a.case_id = c.id AND a.voided_at IS NULL) AS arrested_on
    FROM "case" c WHERE c.voided_at IS NULL AND c.id BETWEEN :first AND :last
""".format(court_steps=", ".join(f"'{kind}'" for kind in COURT_STEPS))
COPIED = ("province_code", "district_code", "commune_code", "unit_code")
INSERT = sa.text(
    "INSERT INTO case_disposition (case_id, kind, decided_on, clearance, court_code, source_row, previous_status,"
    f" {', '.join(COPIED)}, recorded_at, changed_at, version) VALUES (:case_id, :kind, :decided_on, :clearance,"
    f" :court_code, 0, :previous_status, {', '.join(f':{name}' for name in COPIED)}, :recorded_at, :recorded_at, 1)"
)

# Steps, arrests and judgments of the cases, in their order; place -1: the steps of an import contain it.
EVENTS = f"""
    SELECT d.case_id, CASE WHEN d.source_row IS NULL THEN 1 ELSE 0 END AS place,
      CASE WHEN d.source_row IS NULL THEN d.decided_on END AS day, d.id, d.kind, d.clearance, d.court_code, d.decided_on
    FROM case_disposition d WHERE d.voided_at IS NULL AND d.case_id BETWEEN :first AND :last
    UNION ALL SELECT a.case_id,
      CASE WHEN EXISTS ({IMPORTED.format(case="a.case_id")} AND i.decided_on >= date(a.at)) THEN -1 ELSE 1 END,
      date(a.at), 0, 'arrest', NULL, NULL, date(a.at)
    FROM arrest a WHERE a.voided_at IS NULL AND a.case_id BETWEEN :first AND :last
    UNION ALL SELECT j.case_id,
      CASE WHEN EXISTS ({IMPORTED.format(case="j.case_id")} AND i.decided_on >= j.decided_on) THEN -1 ELSE 1 END,
      j.decided_on, 0, 'judged', NULL, j.court_code, j.decided_on
    FROM judgment j WHERE j.voided_at IS NULL AND j.set_aside_on IS NULL AND j.replaced_on IS NULL
      AND j.case_id BETWEEN :first AND :last
    ORDER BY 1, 2, 3, 4, 5
"""
CONCERNED = """
    SELECT case_id FROM arrest WHERE case_id BETWEEN :first AND :last
    UNION SELECT case_id FROM judgment WHERE case_id BETWEEN :first AND :last
    UNION SELECT case_id FROM case_disposition WHERE source_row = 0 AND case_id BETWEEN :first AND :last
"""
UPDATE = sa.text(
    'UPDATE "case" SET status = :status, clearance = :clearance, solved_on = :solved_on, sent_on = :sent_on,'
    " court_code = :court_code WHERE id = :id AND voided_at IS NULL"
)
BATCH_SIZE = 10_000


def upgrade():
    connection = op.get_bind()
    last = connection.scalar(sa.text('SELECT max(id) FROM "case"')) or 0
    batches = [{"first": one, "last": one + BATCH_SIZE - 1} for one in range(1, last + 1, BATCH_SIZE)]
    for batch in batches:
        if rows := [
            row for case in connection.execute(sa.text(WITHOUT_STEPS), batch) for row in _build_steps(case)
        ]:
            connection.execute(INSERT, rows)
    lock.uncompute_column(op, "case", "status")
    lock.compute_column(op, "case", "status", COMPUTED.format(case="NEW.id"))
    for batch in batches:
        cases = set(connection.scalars(sa.text(CONCERNED), batch))
        if rows := list(_compute_columns(connection, batch, cases)):
            connection.execute(UPDATE, rows)


def downgrade():
    """Compare with the steps alone again. The steps stay: they are records."""
    old = STEPS.format(case="NEW.id")
    last = f"SELECT e.status FROM ({old}) e ORDER BY e.place DESC, e.day DESC, e.id DESC LIMIT 1"
    first = "SELECT d.previous_status FROM case_disposition d WHERE d.case_id = NEW.id ORDER BY d.id LIMIT 1"
    lock.uncompute_column(op, "case", "status")
    lock.compute_column(op, "case", "status", f"SELECT coalesce(({last}), ({first}), OLD.status)")


def _build_steps(case):
    """Yield the steps that give what the case has without a step."""
    steps, last_step = [], STEP_BEFORE.get(case.before, case.before)
    if not case.has_solved and (case.clearance or case.solved_on):
        steps.append(("solved", case.solved_on or case.reported_on))
    if not case.has_sent and (case.sent_on or case.court_code):
        kind = last_step if last_step in COURT_STEPS else COURT_STEPS[0]
        steps.append((kind, case.sent_on or case.reported_on))
    if last_step != (steps[-1][0] if steps else "open") and last_step not in ("open", "void"):
        days = [case.reported_on, *((case.judged_on, case.arrested_on) if case.before in ENDED else ())]
        steps.append((last_step, max(filter(None, days))))
    before = "open"
    for kind, day in steps:
        yield {
            "case_id": case.id, "kind": kind, "decided_on": day, "previous_status": before,
            "clearance": case.clearance if kind == "solved" else None,
            "court_code": case.court_code if kind in COURT_STEPS else None,
            "recorded_at": case.recorded_at, **{name: getattr(case, name) for name in COPIED},
        }  # fmt: skip
        before = STATUS_AFTER.get(kind, kind)


def _compute_columns(connection, batch, cases):
    events = connection.execute(sa.text(EVENTS), batch).all()
    steps = {pk: list(group) for pk, group in groupby(events, lambda row: row.case_id)}
    for pk in sorted(cases - {None}):
        yield {"id": pk, **_fold(steps.get(pk, ()))}


def _fold(steps):
    status, clearance, solved_on, sent_on, court_code = "open", None, None, None, None
    has_arrest = any(one.kind == "arrest" for one in steps)
    for one in steps:
        if one.place < 0:
            continue
        if one.kind == "arrest":
            if status in ("open", "unsolved") or clearance in (None, "identified"):
                clearance, solved_on = "arrest", one.decided_on
            status = "solved" if status in ("open", "unsolved") else status
        elif one.kind != "solved" or one.clearance != "arrest" or has_arrest or not one.place:
            status = STATUS_AFTER.get(one.kind, one.kind)
            if one.kind == "solved":
                clearance, solved_on = one.clearance, one.decided_on
            elif one.kind in COURT_STEPS:
                sent_on, court_code = sent_on or one.decided_on, one.court_code or court_code
    return {
        "status": status,
        "clearance": clearance,
        "solved_on": solved_on,
        "sent_on": sent_on,
        "court_code": court_code,
    }
