"""The status of a case follows from the decision about each suspect.

One judgment showed the whole case as judged, also while another suspect had no decision; a final judgment and an appeal
had to be entered again as a step. An arrest of a person whom a final decision has cleared was still the clearance.
"""

from datetime import date
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None

REWRITTEN = ("case",)  # their row hashes are computed again

STATUS_AFTER = {
    "returned": "open", "citation": "at_court", "immediate": "at_court", "introductory": "judicial",
    "indicted": "at_court", "non_suit": "ended", "appeal": "at_court",
}  # fmt: skip
COURT_STEPS = (
    "at_prosecutor", "citation", "immediate", "introductory", "indicted", "non_suit", "at_court", "judged", "appeal",
)  # fmt: skip
BEFORE_ARREST = ("unsolved", "returned", "open")
AFTER_JUDGMENT = ("closed", "filed", "final", "appeal", "open")
BEFORE_JUDGMENT = (
    "solved", "unsolved", "at_prosecutor", "returned", "citation", "immediate", "introductory", "indicted", "at_court",
)  # fmt: skip
STATUSES_OF_ENDS = ("filed", "ended", "closed")
SUSPECT_ROLES = ("suspect", "charged", "accused", "convicted_not_final", "convicted")
FROM_THE_BEGINNING = (
    "open", "unsolved", "solved", "at_prosecutor", "judicial", "at_court", "judged", "filed", "ended", "final", "closed",
)  # fmt: skip


def _list(names):
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


# Each {case} is the case; of a batch, a column.
ARREST = (
    "a.voided_at IS NULL AND NOT EXISTS (SELECT 1 FROM involvement v WHERE v.case_id = a.case_id"
    " AND v.person_id = a.person_id AND v.ended_on IS NOT NULL AND v.voided_at IS NULL)"
)
COUNTS = "{0}.voided_at IS NULL AND {0}.replaced_on IS NULL"
DIED = "EXISTS (SELECT 1 FROM person p WHERE p.id = {0}.person_id AND p.deceased_on IS NOT NULL)"
IS_JUDGED = f"{COUNTS} AND NOT ({{0}}.set_aside_on IS NOT NULL AND {DIED})"
CONTESTED_ON = f"CASE WHEN {DIED.format('j')} THEN NULL ELSE coalesce(j.set_aside_on, j.contested_on) END"
IS_ACCUSED = f"{{0}}.voided_at IS NULL AND {{0}}.role IN {_list(SUSPECT_ROLES)} AND NOT {DIED}"
UNDECIDED_SUSPECT = (
    f"{IS_ACCUSED.format('i')} AND NOT EXISTS (SELECT 1 FROM judgment k WHERE k.case_id = i.case_id"
    f" AND k.person_id = i.person_id AND {COUNTS.format('k')})"
)
UNDECIDED_OFFENCE = (
    "o.voided_at IS NULL AND NOT EXISTS (SELECT 1 FROM judgment k WHERE k.case_id = o.case_id"
    f" AND (k.case_offence_id IS NULL OR k.case_offence_id = o.id) AND {COUNTS.format('k')})"
    f" AND EXISTS (SELECT 1 FROM involvement r WHERE r.case_id = o.case_id AND {IS_ACCUSED.format('r')})"
)
# The last step that counts, and the last day that the status of an import contains.
STATUS = "CASE d.kind " + " ".join(f"WHEN '{kind}' THEN '{status}'" for kind, status in STATUS_AFTER.items())


def _select_last_step(condition=""):
    return (
        f"SELECT {STATUS} ELSE d.kind END AS status, d.kind, d.decided_on"
        " FROM case_disposition d WHERE d.case_id = {case} AND d.voided_at IS NULL"
        " AND NOT (d.kind = 'solved' AND coalesce(d.clearance, '') = 'arrest' AND d.source_row IS NULL AND NOT EXISTS"
        f" (SELECT 1 FROM arrest a WHERE a.case_id = {{case}} AND {ARREST})){condition}"
        " ORDER BY CASE WHEN d.source_row IS NULL THEN 1 ELSE 0 END DESC,"
        " CASE WHEN d.source_row IS NULL THEN d.decided_on END DESC, d.id DESC LIMIT 1"
    )


IMPORTED_UNTIL = (
    "SELECT max(d.decided_on) AS day FROM case_disposition d"
    " WHERE d.case_id = {case} AND d.voided_at IS NULL AND d.source_row IS NOT NULL"
)
# The case by its steps and arrests: an arrest after the last step solves an open case.
BY_STEPS = (
    "SELECT CASE WHEN coalesce(l.status, 'open') IN ('open', 'unsolved') AND EXISTS (SELECT 1 FROM arrest a"
    f" WHERE a.case_id = {{case}} AND {ARREST} AND (l.decided_on IS NULL OR date(a.at) >= l.decided_on)"
    " AND (u.day IS NULL OR date(a.at) > u.day)) THEN 'solved' ELSE coalesce(l.status, 'open') END AS status,"
    " n.kind, n.decided_on, u.day AS imported_until"
    f" FROM (SELECT 1 AS one) z LEFT JOIN ({_select_last_step()}) l ON 1 = 1"
    f" LEFT JOIN ({_select_last_step(f' AND d.kind NOT IN {_list(BEFORE_JUDGMENT)}')}) n ON 1 = 1"
    f" LEFT JOIN ({IMPORTED_UNTIL}) u ON 1 = 1"
)
# The judgments about the suspects: what each decides, and since when.
IS_CONTESTED = "f.contested_on IS NOT NULL AND (f.final_on IS NULL OR f.contested_on >= f.final_on)"
DECISIONS = (
    f"SELECT CASE WHEN {IS_CONTESTED} THEN 'at_court' WHEN f.final_on IS NOT NULL THEN 'final' ELSE 'judged' END AS status,"
    f" CASE WHEN {IS_CONTESTED} THEN f.contested_on ELSE coalesce(f.final_on, f.decided_on) END AS day"
    f" FROM (SELECT j.person_id, j.case_offence_id, j.decided_on, j.final_on, {CONTESTED_ON} AS contested_on"
    f" FROM judgment j WHERE j.case_id = {{case}} AND {IS_JUDGED.format('j')}) f"
    " WHERE NOT EXISTS (SELECT 1 FROM judgment k WHERE k.case_id = {case} AND k.person_id = f.person_id"
    " AND (k.case_offence_id IS NULL OR k.case_offence_id = f.case_offence_id) AND k.decided_on > f.decided_on"
    f" AND (f.contested_on IS NULL OR k.decided_on >= f.contested_on) AND {IS_JUDGED.format('k')})"
)
UNDECIDED = (
    f"SELECT NULL, NULL FROM involvement i WHERE i.case_id = {{case}} AND {UNDECIDED_SUSPECT}"
    f" UNION ALL SELECT NULL, NULL FROM case_offence o WHERE o.case_id = {{case}} AND {UNDECIDED_OFFENCE}"
)
RANK = (
    "CASE s.status " + " ".join(f"WHEN '{one}' THEN {n}" for n, one in enumerate(FROM_THE_BEGINNING)) + " END"
)
# A step after the last decision counts for all suspects. A pending appeal is never ended.
COMPUTED = (
    "SELECT s.status FROM (SELECT coalesce(e.status, c.status) AS status"
    f" FROM ({BY_STEPS}) c CROSS JOIN (SELECT max(x.day) AS day FROM ({DECISIONS}) x) m"
    f" LEFT JOIN ({DECISIONS} UNION ALL {UNDECIDED}) e ON ((c.kind IS NULL OR m.day > c.decided_on"
    f" OR (m.day = c.decided_on AND c.kind NOT IN {_list(AFTER_JUDGMENT)}))"
    " AND m.day IS NOT NULL AND (c.imported_until IS NULL OR m.day > c.imported_until))"
    f" OR (e.status = 'at_court' AND c.status IN {_list(STATUSES_OF_ENDS)}"
    " AND (c.imported_until IS NULL OR e.day > c.imported_until))) s"
    f" ORDER BY {RANK} LIMIT 1"
)

ROWS = f"""
    SELECT d.case_id, d.kind, d.decided_on, d.court_code, d.id, d.clearance, d.source_row,
      CAST(NULL AS integer) AS person_id, CAST(NULL AS integer) AS offence_id, CAST(NULL AS date) AS contested_on, CAST(NULL AS date) AS final_on
    FROM case_disposition d WHERE d.voided_at IS NULL AND d.case_id BETWEEN :first AND :last
    UNION ALL SELECT a.case_id, 'arrest', date(a.at), NULL, 0, NULL, NULL, NULL, NULL, CAST(NULL AS date), CAST(NULL AS date)
    FROM arrest a WHERE {ARREST} AND a.case_id BETWEEN :first AND :last
    UNION ALL SELECT j.case_id, 'judged', j.decided_on, j.court_code, 0, NULL, NULL, j.person_id, j.case_offence_id,
      {CONTESTED_ON}, j.final_on
    FROM judgment j WHERE {IS_JUDGED.format("j")} AND j.case_id BETWEEN :first AND :last
    UNION ALL SELECT i.case_id, 'undecided', CAST(NULL AS date), NULL, 0, NULL, NULL, i.person_id, NULL, CAST(NULL AS date), CAST(NULL AS date)
    FROM involvement i WHERE {UNDECIDED_SUSPECT} AND i.case_id BETWEEN :first AND :last
      AND EXISTS (SELECT 1 FROM judgment j WHERE j.case_id = i.case_id)
    UNION ALL SELECT o.case_id, 'undecided', CAST(NULL AS date), NULL, 0, NULL, NULL, NULL, o.id, CAST(NULL AS date), CAST(NULL AS date)
    FROM case_offence o WHERE {UNDECIDED_OFFENCE} AND o.case_id BETWEEN :first AND :last
      AND EXISTS (SELECT 1 FROM judgment j WHERE j.case_id = o.case_id)
    ORDER BY 1
"""
CASES = """
    SELECT c.id, c.status, c.clearance, c.solved_on, c.sent_on, c.court_code FROM "case" c
    WHERE c.voided_at IS NULL AND c.id IN (
      SELECT case_id FROM arrest WHERE case_id BETWEEN :first AND :last
      UNION SELECT case_id FROM judgment WHERE case_id BETWEEN :first AND :last)
"""
UPDATE = sa.text(
    'UPDATE "case" SET status = :status, clearance = :clearance, solved_on = :solved_on, sent_on = :sent_on,'
    " court_code = :court_code WHERE id = :id"
)
BATCH_SIZE = 10_000


def upgrade():
    connection = op.get_bind()
    lock.uncompute_column(op, "case", "status")
    lock.compute_column(op, "case", "status", COMPUTED.format(case="NEW.id"))
    last = connection.scalar(sa.text('SELECT max(id) FROM "case"')) or 0
    for first in range(1, last + 1, BATCH_SIZE):
        batch = {"first": first, "last": first + BATCH_SIZE - 1}
        if changed := list(_find_changed(connection, batch)):
            connection.execute(UPDATE, changed)


def downgrade():
    """Compare with the status of revision 0093 again. It is computed by the statement of that migration."""
    from importlib import import_module  # a name that begins with a digit

    before = import_module("migrations.versions.0093_status_from_arrests_and_judgments")
    lock.uncompute_column(op, "case", "status")
    lock.compute_column(op, "case", "status", before.COMPUTED.format(case="NEW.id"))


def _find_changed(connection, batch):
    """Yield the columns of the cases that change."""
    cases = {row.id: row for row in connection.execute(_with_dates(CASES, "solved_on", "sent_on"), batch)}
    if not cases:
        return
    rows = connection.execute(_with_dates(ROWS, "decided_on", "contested_on", "final_on"), batch)
    for pk, steps in groupby(rows.all(), lambda row: row.case_id):
        if pk in cases:
            values = _fold(list(steps))
            if any(getattr(cases[pk], name) != value for name, value in values.items()):
                yield {"id": pk, **values}


def _with_dates(statement, *names):
    return sa.text(statement).columns(**dict.fromkeys(names, sa.Date))


def _fold(steps):
    """Return the columns of a case, as `cases.rules.dispositions.fold_steps` does."""
    status, clearance, solved_on, sent_on, court_code, last_step = "open", None, None, None, None, None
    imported_until = max((one.decided_on for one in steps if one.source_row is not None), default=date.min)
    has_arrest = any(one.kind == "arrest" for one in steps)
    for one in _sort(one for one in steps if one.kind != "undecided"):
        is_lost = one.kind == "solved" and one.clearance == "arrest" and one.source_row is None
        if (one.id == 0 and _get_decision(one)[1] <= imported_until) or (is_lost and not has_arrest):
            continue
        if one.kind == "arrest":
            if status in ("open", "unsolved") or clearance in (None, "identified"):
                clearance, solved_on = "arrest", one.decided_on
            status = "solved" if status in ("open", "unsolved") else status
        elif one.id != 0:
            status = STATUS_AFTER.get(one.kind, one.kind)
            last_step = last_step if one.kind in BEFORE_JUDGMENT else one
        if one.kind == "solved":
            clearance, solved_on = one.clearance, one.decided_on
        elif one.kind in COURT_STEPS:
            sent_on, court_code = sent_on or one.decided_on, one.court_code or court_code
    statuses = _list_statuses(steps, status, last_step, imported_until)
    return {
        "status": min(statuses, key=FROM_THE_BEGINNING.index), "clearance": clearance, "solved_on": solved_on,
        "sent_on": sent_on, "court_code": court_code,
    }  # fmt: skip


def _sort(steps):
    steps, before = list(steps), {}
    for one in steps:
        if one.id != 0 and one.source_row is None:
            for kind, comes_first in (
                ("arrest", one.kind in BEFORE_ARREST),
                ("judged", one.kind not in AFTER_JUDGMENT),
            ):
                if comes_first:
                    key = kind, one.decided_on
                    before[key] = max(before.get(key, 0), one.id)

    def get_order(one):
        if one.source_row is not None:
            return 0, date.min, one.id, 0, ""
        if one.id == 0:
            place = before.get((one.kind, one.decided_on), 0)
            return 1, one.decided_on, place, 1 + (one.kind == "judged"), one.court_code or ""
        return 1, one.decided_on, one.id, 0, ""

    return sorted(steps, key=get_order)


def _list_statuses(steps, status, last_step, imported_until):
    judgments = [one for one in steps if one.kind == "judged" and one.id == 0]
    decisions = [
        _get_decision(one)
        for one in judgments
        if not any(_is_decided_again(one, other) for other in judgments)
    ]
    last = max((day for _status, day in decisions), default=imported_until)
    is_step_later = last_step is not None and (
        last < last_step.decided_on or (last == last_step.decided_on and last_step.kind in AFTER_JUDGMENT)
    )
    if last <= imported_until or is_step_later:
        is_ended = status in STATUSES_OF_ENDS
        return [status] + [
            one for one, day in decisions if is_ended and one == "at_court" and day > imported_until
        ]
    undecided = [status] if any(one.kind == "undecided" for one in steps) else []
    return [decision for decision, _day in decisions] + undecided


def _is_decided_again(one, other):
    return (
        other.person_id == one.person_id
        and other.offence_id in (None, one.offence_id)
        and other.decided_on > one.decided_on
        and (one.contested_on is None or other.decided_on >= one.contested_on)
    )


def _get_decision(one):
    if one.contested_on is not None and (one.final_on is None or one.contested_on >= one.final_on):
        return "at_court", one.contested_on
    return ("final", one.final_on) if one.final_on is not None else (one.kind, one.decided_on)
