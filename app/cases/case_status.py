"""Status of a case: computed from its steps of procedure, arrests and judgments, never typed.

A step obeys its rules from every entry point. The status of an imported case is a step too: it has the row of its file
in place of a document, and counts until the next step. An arrest and a judgment in force count as steps without a row.
"""
# unrestricted: computes the status of a case that its actor changes; shows no row

from collections import defaultdict
from functools import cache

from sqlalchemy import Date, Integer, String, bindparam, cast, inspect, null, select, union_all

from app.accounts.chain_of_command import CHIEF_ROLE
from app.accounts.models import User
from app.cases.models import Case, CaseDisposition, Involvement
from app.cases.models.case import COMPUTED_COLUMNS
from app.cases.rules import DispositionFacts
from app.cases.rules.dispositions import JUDGED, OPEN, ImpliedStep, fold_steps
from app.cases.rules.people import SUSPECT_ROLES
from app.kernel.actor import actor_of, unrestricted
from app.kernel.database.pending import Pending
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import ERROR, Problem, RuleViolation, check_rules
from app.kernel.text import dates
from app.people.models import Person

CHANGED_CASES = Pending(set)  # cases with a changed step of procedure
# Cases with a changed arrest, judgment or suspect, which the actor perhaps does not see.
IMPLIED_CASES = Pending(set)
COMPUTED_VALUES = Pending(dict)  # case → the columns that E-Crime has just set
BATCH_SIZE = 500  # cases in one query; for more, SQLite reads all suspects of the country
# The columns of `ImpliedStep`.
STEP_COLUMNS = {
    "kind": String, "decided_on": Date, "court_code": String, "id": Integer, "clearance": String, "source_row": Integer,
    "person_id": Integer, "offence_id": Integer, "contested_on": Date, "final_on": Date,
}  # fmt: skip
_STEP, _CASE = CaseDisposition.__table__.c, Case.__table__.c
_implied_sources = []


def set_implied_sources(select_acts, select_undecided):
    """Set the functions of a condition on a column of case ids that return the statements for the implied steps.

    They are made by `select_row`. A higher feature has the arrests and judgments. The suspects and offences without a
    judgment are statements of their own: a case without a judgment does not need them.
    """
    _implied_sources[:] = select_acts, select_undecided


def load_facts(session, step):
    """Return the facts of a step that the actor of the session takes."""
    user_id = actor_of(session).user_id
    user = session.get(User, user_id) if user_id is not None else None
    is_chief = user is not None and any(role.name == CHIEF_ROLE for role in user.roles)
    case_id = step.case.id if step.case is not None else step.case_id
    found, has_dead_suspect = (), False
    if case_id is not None:
        with unrestricted(session):
            found = session.execute(_select_implied_of_case(), {"case": case_id}).all()
            has_dead_suspect = session.scalar(_select_dead_suspect(), {"case": case_id}) is not None
    return DispositionFacts(
        dates.now(),
        is_chief,
        [ImpliedStep(**{name: getattr(one, name) for name in STEP_COLUMNS}) for one in found],
        has_dead_suspect,
    )


@cache
def _select_dead_suspect():
    row, person = Involvement.__table__.c, Person.__table__.c
    dead = select(row.id).join(Person.__table__, person.id == row.person_id).where(
        _is_case(row.case_id), row.voided_at.is_(None), row.role.in_(SUSPECT_ROLES), person.deceased_on.is_not(None)
    )  # fmt: skip
    return dead.limit(1)


def _select_implied(in_cases):
    return [statement for find in _implied_sources for statement in find(in_cases)]


def select_row(case_id, **columns):
    """Return the statement for the steps or implied steps of cases, with NULL for each column that is not given."""
    values = [columns.get(name, cast(null(), type_)).label(name) for name, type_ in STEP_COLUMNS.items()]
    return select(case_id.label("case_id"), *values)


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
        values = {name: getattr(case, name) for name in COMPUTED_COLUMNS}
        return not case.origin and values != dict.fromkeys(COMPUTED_COLUMNS) | {"status": OPEN}
    changed = [name for name in COMPUTED_COLUMNS if has_changed(case, (name,))]
    if not changed:
        return False
    computed = COMPUTED_VALUES.get(session).pop(case.id, None) or compute_status(session, case.id)
    return any(getattr(case, name) != computed[name] for name in changed)


def compute_status(session, case_id):
    """Return the columns of the case that its steps, arrests and judgments decide."""
    return compute_statuses(session, [case_id])[case_id]


def compute_statuses(session, ids):
    """Return case id → the columns that the steps, arrests and judgments of the case decide, with one query."""
    steps = {one: [] for one in ids}
    with unrestricted(session):
        for row in session.execute(_select_steps_of_cases(), {"cases": list(ids)}):
            steps[row.case_id].append(row)
    return {one: fold_steps(rows) for one, rows in steps.items()}


@cache
def _select_steps_of_cases():
    return union_all(_select_steps(_is_one_of), *_select_implied(_is_one_of))


@cache
def _select_implied_of_case():
    return union_all(*_select_implied(_is_case))


def _is_case(column):
    return column == bindparam("case", type_=Integer)


def _is_one_of(column):
    return column.in_(bindparam("cases", type_=Integer, expanding=True))


def _is_between(column):
    return column.between(bindparam("first", type_=Integer), bindparam("final", type_=Integer))


def _select_steps(in_cases):
    """Return the statement for the valid steps of cases, without the implied ones."""
    names = ("kind", "decided_on", "court_code", "id", "clearance", "source_row")
    steps = select_row(_STEP.case_id, **{name: _STEP[name] for name in names})
    return steps.where(in_cases(_STEP.case_id), _STEP.voided_at.is_(None))


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the cases whose columns do not follow from their steps.

    `connection` must see every row.
    """
    found, last = [], 0
    select_acts, select_undecided = _implied_sources
    acts = union_all(_select_steps(_is_between), *select_acts(_is_between))
    undecided = union_all(*select_undecided(_is_one_of))
    columns = [_CASE.id, *(_CASE[name] for name in COMPUTED_COLUMNS)]
    statement = select(*columns).where(_CASE.voided_at.is_(None)).order_by(_CASE.id).limit(BATCH_SIZE)
    while cases := connection.execute(statement.where(_CASE.id > last)).all():
        last = cases[-1].id
        rows = connection.execute(acts, {"first": cases[0].id, "final": last}).all()
        if judged := {row.case_id for row in rows if row.id == 0 and row.kind == JUDGED}:
            rows += connection.execute(undecided, {"cases": sorted(judged)})
        steps = defaultdict(list)
        for row in rows:
            steps[row.case_id].append(row)
        found += (
            ("case", case.id, name, str(getattr(case, name)), str(value))
            for case in cases
            for name, value in fold_steps(steps.get(case.id, ())).items()
            if getattr(case, name) != value
        )
    return found


def _is_imported(step):
    """Return whether an import wrote the step. The arrests of an earlier system are in no file."""
    return step.source_row is not None


def collect_changes(session, _context):
    """Collect the cases whose status may change. The flush that writes it follows this one."""
    for step in (*session.new, *session.dirty):
        if isinstance(step, CaseDisposition) and not (_is_imported(step) and step in session.new):
            CHANGED_CASES.get(session).add(step.case_id)


def set_statuses(session, _context):
    """Set the status of the collected cases after the flush: the database compares it with the steps.

    The lock of the case lets another transaction that adds a step or an arrest compute the status from both.
    """
    for case_id in sorted(CHANGED_CASES.take(session)):
        with unrestricted(session):
            session.execute(_select_stored([case_id]))
        case = session.get(Case, case_id)
        if case is not None and not case.is_void:
            _set_values(session, case, compute_status(session, case_id))


def set_implied_statuses(session):
    """Set the status of the cases with changed arrests and judgments before the commit, also outside the actor's scope.

    The lock of the case lets another transaction that changes its arrests compute the status from both.
    """
    if session.in_nested_transaction():
        return
    session.flush()
    if not (ids := IMPLIED_CASES.take(session)):
        return
    with unrestricted(session):
        rows = session.execute(_select_stored(ids)).all()
        computed = compute_statuses(session, ids)
        for stored in rows:
            values = computed[stored.id]
            if stored.voided_at is not None or all(
                getattr(stored, name) == values[name] for name in COMPUTED_COLUMNS
            ):
                continue
            seen = session.identity_map.get(inspect(Case).identity_key_from_primary_key((stored.id,)))
            case = session.get(Case, stored.id)
            if case.version != stored.version:
                session.refresh(case)
            _set_values(session, case, values)
            session.flush()
            if seen is None:
                session.expunge(case)


def _select_stored(ids):
    """Return the statement that locks these cases, in the order of their ids, and reads what is stored."""
    columns = _CASE.id, _CASE.version, _CASE.voided_at, *(_CASE[name] for name in COMPUTED_COLUMNS)
    return select(*columns).where(_CASE.id.in_(ids)).order_by(_CASE.id).with_for_update(key_share=True)


def _set_values(session, case, values):
    """Set the columns of the case whose values differ."""
    changed = {name: value for name, value in values.items() if getattr(case, name) != value}
    if changed:
        COMPUTED_VALUES.get(session)[case.id] = values
    for name, value in changed.items():
        setattr(case, name, value)
