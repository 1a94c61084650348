"""The cases of an officer, the cases without an officer in charge, what is overdue, and the workload of officers."""
# unrestricted: the conditions are part of statements that the row filter limits; the workload is a count

from datetime import timedelta

from flask import current_app
from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.cases.models import Case, Exhibit
from app.cases.rules.completeness import SOLVED
from app.cases.rules.dispositions import OPEN
from app.extensions import db
from app.investigation.models import ActExhibit, CaseAssignment, InvestigationAct
from app.investigation.rules import LEAD
from app.kernel.access.area import is_of_units
from app.kernel.screens import list_filters
from app.kernel.text import dates
from app.reference.search import find_units_below
from app.reference.unit_paths import list_own_units

MAX_ROWS = 50

_assignment, _act = CaseAssignment.__table__.c, InvestigationAct.__table__.c
_IS_OPEN = and_(_assignment.until.is_(None), _assignment.voided_at.is_(None))
_OF_CASE = _assignment.case_id == Case.id


def is_mine(user_id):
    """Return the condition that the user is assigned to the case."""
    return exists().where(_OF_CASE, _assignment.officer_id == user_id, _IS_OPEN)


def is_led_by(user_id):
    """Return the condition that the user is in charge of the case."""
    led = select(_assignment.case_id).where(_assignment.officer_id == user_id, _IS_OPEN)
    return Case.id.in_(led.where(_assignment.kind == LEAD))


def is_unassigned(unit_code):
    """Return the condition that an open case of the unit has no officer in charge whose account is open."""
    user = User.__table__.c
    has_lead = exists().where(
        _OF_CASE, _assignment.kind == LEAD, _IS_OPEN, user.id == _assignment.officer_id, user.active
    )
    return and_(_is_in_work(), is_of_units(Case.unit_code, list_own_units(unit_code)), ~has_lead)


def _is_in_work():
    """Return the condition that a case is open, or was solved a short time ago: the work goes on after an arrest."""
    since = dates.now().date() - timedelta(days=current_app.config["QUIET_DAYS"])
    return or_(Case.status == OPEN, and_(Case.status == SOLVED, Case.solved_on >= since))


def is_overdue():
    """Return the condition that a deadline of an open case has passed, or that nothing happened in it for long."""
    now = dates.now()
    late = exists().where(_OF_CASE, _IS_OPEN, _assignment.due_on < now.date())
    waits = exists().where(
        _act.case_id == Case.id, _act.due_at < now, _act.answered_at.is_(None), _act.voided_at.is_(None)
    )
    since = now - timedelta(days=current_app.config["QUIET_DAYS"])
    has_lead = exists().where(_OF_CASE, _IS_OPEN, _assignment.kind == LEAD, _assignment.recorded_at < since)
    is_active = exists().where(_act.case_id == Case.id, _act.recorded_at >= since)
    is_quiet = and_(has_lead, Case.changed_at < since, ~is_active)
    return and_(_is_in_work(), Case.voided_at.is_(None), or_(late, waits, is_quiet))


def is_due(key):
    """Return the condition that an assignment or a request of the case, which its page shows, is due as `key` says."""
    assigned = exists().where(_OF_CASE, _IS_OPEN, list_filters.is_due(_assignment.due_on, key))
    asked = exists().where(
        _act.case_id == Case.id,
        _act.answered_at.is_(None),
        _act.voided_at.is_(None),
        list_filters.is_due(_act.due_at, key),
    )
    return and_(Case.voided_at.is_(None), or_(assigned, asked))


def list_own_assignments(user_id):
    """Return the open assignments of a user, the earliest deadline first."""
    found = (
        select(CaseAssignment)
        .where(
            CaseAssignment.officer_id == user_id,
            CaseAssignment.until.is_(None),
            CaseAssignment.voided_at.is_(None),
        )
        .options(joinedload(CaseAssignment.case))
        .order_by(CaseAssignment.due_on.is_(None), CaseAssignment.due_on, CaseAssignment.id)
        .limit(MAX_ROWS)
    )
    return db.session.scalars(found).unique().all()


def list_overdue_requests(user_id):
    """Return the overdue requests of a user, and of the cases that they are assigned to, the oldest first."""
    own_cases = select(_assignment.case_id).where(_assignment.officer_id == user_id, _IS_OPEN)
    found = (
        select(InvestigationAct)
        .where(
            InvestigationAct.due_at < dates.now(), InvestigationAct.answered_at.is_(None),
            InvestigationAct.voided_at.is_(None),
            or_(InvestigationAct.officer_id == user_id, InvestigationAct.case_id.in_(own_cases)),
        )
        .options(joinedload(InvestigationAct.case), joinedload(InvestigationAct.officer))
        .order_by(InvestigationAct.due_at)
        .limit(MAX_ROWS)
    )  # fmt: skip
    return db.session.scalars(found).unique().all()


def count_workload(unit_code):
    """Return (officer, cases in charge, supported cases, overdue cases) of a unit and those below it, the busiest first."""
    is_lead, today = _assignment.kind == LEAD, dates.now().date()
    in_charge = func.count().filter(is_lead)
    counts = (
        select(
            _assignment.officer_id, in_charge.label("leads"), func.count().filter(~is_lead).label("supports"),
            func.count().filter(_assignment.due_on < today).label("late"),
        )
        .where(_IS_OPEN)
        .group_by(_assignment.officer_id)
        .subquery()
    )  # fmt: skip
    found = (
        select(User, counts.c.leads, counts.c.supports, counts.c.late)
        .join(counts, counts.c.officer_id == User.id)
        .where(User.unit_code.in_(find_units_below(unit_code)))
        .order_by(counts.c.leads.desc(), counts.c.supports.desc(), User.id)
        .limit(MAX_ROWS)
    )
    return db.session.execute(found).unique().all()


def list_exhibits_to_add(act):
    """Return the exhibits of the case that are not in the act yet, the newest first."""
    chosen = select(ActExhibit.exhibit_id).where(ActExhibit.act_id == act.id, ActExhibit.voided_at.is_(None))
    found = select(Exhibit).where(
        Exhibit.case_id == act.case_id, Exhibit.voided_at.is_(None), Exhibit.id.not_in(chosen)
    )
    return db.session.scalars(found.order_by(Exhibit.id.desc()).limit(MAX_ROWS)).all()
