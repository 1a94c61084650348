"""Status of a case: computed from its steps of procedure, never typed.

A step obeys its rules from every entry point. The status of an imported case is a step too: it has the row of its file
in place of a document, and counts until the next step.
"""
# unrestricted: computes the status of a case that its actor changes; shows no row

from functools import partial
from itertools import groupby

from sqlalchemy import exists, inspect, or_, select
from sqlalchemy.orm import Session

from app.accounts.chain_of_command import CHIEF_ROLE
from app.accounts.models import User
from app.cases.models import Case, CaseDisposition
from app.cases.rules import DispositionFacts
from app.cases.rules.completeness import SOLVED
from app.cases.rules.dispositions import ARREST, COURT_STEPS, OPEN, STATUS_AFTER, sort_steps
from app.kernel.actor import SYSTEM, act_as, actor_of, unrestricted
from app.kernel.database.pending import Pending
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import ERROR, Problem, RuleViolation, check_rules
from app.kernel.text import dates

COMPUTED = ("status", "clearance", "solved_on", "sent_on", "court_code")
WITHOUT_STEPS = dict.fromkeys(COMPUTED) | {"status": OPEN}
CHANGED_CASES = Pending(set)  # cases with a changed step of procedure
BATCH_SIZE = 1000
_STEP, _CASE = CaseDisposition.__table__.c, Case.__table__.c
_arrest_sources = []


def set_arrest_source(select_arrests):
    """Set the function `select(case id)` of the registered arrests in a case; a higher feature has them."""
    _arrest_sources[:] = [select_arrests]


def load_facts(session, step):
    """Return the facts of a step that the actor of the session takes."""
    user_id = actor_of(session).user_id
    user = session.get(User, user_id) if user_id is not None else None
    is_chief = user is not None and any(role.name == CHIEF_ROLE for role in user.roles)
    case_id = step.case.id if step.case is not None else step.case_id
    return DispositionFacts(dates.now(), is_chief, step.clearance == ARREST and _has_arrest(session, case_id))


def _has_arrest(session, case_id):
    with unrestricted(session):
        return any(session.scalar(find(case_id).limit(1)) is not None for find in _arrest_sources)


def check_steps(session, _context, _instances):
    """Refuse a step that breaks a rule, and a typed status."""
    with session.no_autoflush:
        for step in session.new:
            if isinstance(step, CaseDisposition) and not _is_imported(step):
                problems = check_rules(CaseDisposition.__rules__, step, load_facts(session, step))
                if errors := [one for one in problems if one.severity == ERROR]:
                    raise RuleViolation(errors)
        for case in (*session.new, *session.dirty):
            if isinstance(case, Case) and _is_typed(session, case):
                text = _(
                    "The status of a case is computed from its steps of procedure. Enter a step instead."
                )
                raise RuleViolation([Problem("status", text, "V119", row=case)])


def _is_typed(session, case):
    if not inspect(case).persistent:
        values = {name: getattr(case, name) for name in COMPUTED}
        return not case.origin and values != WITHOUT_STEPS
    changed = [name for name in COMPUTED if has_changed(case, (name,))]
    computed = compute_status(session, case.id) if changed else {}
    return any(name not in computed or getattr(case, name) != computed[name] for name in changed)


def compute_status(session, case_id):
    """Return the columns of the case that its steps decide. A clearance by arrest counts as long as the arrest does."""
    with unrestricted(session):
        steps = session.execute(_select_steps().where(_STEP.case_id == case_id)).all()
    return fold_steps(steps, lambda: _has_arrest(session, case_id))


def _select_steps():
    return select(
        _STEP.case_id, _STEP.id, _STEP.kind, _STEP.decided_on, _STEP.clearance, _STEP.court_code, _STEP.previous_status,
        _STEP.voided_at, _STEP.source_row,
    ).order_by(_STEP.case_id, _STEP.id)  # fmt: skip


def fold_steps(steps, has_arrest):
    """Return the columns of a case that these steps decide, in any order; `has_arrest()` is asked if one names it."""
    if not steps:
        return {}
    valid = sort_steps(one for one in steps if one.voided_at is None)
    if any(_is_by_arrest(one) for one in valid) and not has_arrest():
        valid = [one for one in valid if not _is_by_arrest(one)]
    first = min(steps, key=lambda one: one.id)
    values = {"status": STATUS_AFTER[valid[-1].kind] if valid else first.previous_status}
    if any(one.kind == SOLVED for one in steps):
        solved = [one for one in valid if one.kind == SOLVED][-1:]
        values |= {"clearance": solved[0].clearance if solved else None}
        values |= {"solved_on": solved[0].decided_on if solved else None}
    if any(one.kind in COURT_STEPS for one in steps):
        sent = [one for one in valid if one.kind in COURT_STEPS]
        values |= {"sent_on": sent[0].decided_on if sent else None}
        values |= {"court_code": next((one.court_code for one in reversed(sent) if one.court_code), None)}
    return values


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the cases whose columns do not follow from their steps.

    `connection` must see every row.
    """
    found, last = [], 0
    with Session(connection, autoflush=False) as session:
        act_as(session, SYSTEM)
        columns = [_CASE.id, _CASE.origin, *(_CASE[name] for name in COMPUTED)]
        has_steps = exists().where(_STEP.case_id == _CASE.id)
        differs = (_CASE[name].is_distinct_from(value) for name, value in WITHOUT_STEPS.items())
        concerned = _CASE.voided_at.is_(None), or_(has_steps, *differs)
        statement = select(*columns).where(*concerned).order_by(_CASE.id)
        while cases := session.execute(statement.where(_CASE.id > last).limit(BATCH_SIZE)).all():
            first, last = cases[0].id, cases[-1].id
            rows = session.execute(_select_steps().where(_STEP.case_id.between(first, last)))
            steps = {pk: list(group) for pk, group in groupby(rows, lambda row: row.case_id)}
            for case in cases:
                computed = fold_steps(steps.get(case.id, ()), partial(_has_arrest, session, case.id))
                if not case.origin:  # an import wrote the columns of an earlier system without steps
                    computed = WITHOUT_STEPS | computed
                found += (
                    ("case", case.id, name, str(getattr(case, name)), str(value))
                    for name, value in computed.items()
                    if getattr(case, name) != value
                )
    return found


def _is_by_arrest(step):
    return step.kind == SOLVED and step.clearance == ARREST and not _is_imported(step)


def _is_imported(step):
    """Return whether an import wrote the step. The arrests of an earlier system are in no file."""
    return step.source_row is not None


def collect_changes(session, _context):
    """Collect the cases whose status may change. The flush that writes it follows this one."""
    for step in (*session.new, *session.dirty):
        if isinstance(step, CaseDisposition) and not (_is_imported(step) and step in session.new):
            CHANGED_CASES.get(session).add(step.case_id)


def set_statuses(session, _context):
    """Set the status of the collected cases after the flush: the database compares it with the steps."""
    for case_id in CHANGED_CASES.take(session):
        case = session.get(Case, case_id)
        if case is None or case.is_void:
            continue
        for name, value in compute_status(session, case_id).items():
            if getattr(case, name) != value:
                setattr(case, name, value)
