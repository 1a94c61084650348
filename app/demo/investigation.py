"""The investigations of a few demo cases: a team, acts with exhibits, an overdue request, a task, a charge, a review.

A victim was informed of a step of procedure.
"""
# unrestricted: looks for cases of the demo as the system
# commits: the rows of each officer

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import User
from app.cases.models import Case, CaseDisposition, Involvement
from app.cases.rules.people import SUSPECT_ROLES, VICTIM
from app.extensions import db
from app.investigation import reviews
from app.investigation.models import (
    ActExhibit,
    CaseAssignment,
    CaseReview,
    Charge,
    InvestigationAct,
    OutcomeNotice,
)
from app.investigation.rules import LEAD, SUPPORT
from app.kernel.actor import SYSTEM, UNRESTRICTED, Actor, act_as
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.tasks.models import Task

CHIEF, LEADER, HELPER, PROVINCE = "chief.bb", "investigator.bb", "clerk.bb", "02"
CASES = 3
UNDECIDED = ("open", "solved", "unsolved", "at_prosecutor")  # a small demo has few open cases
RESULT = "សាក្សីបានឃើញជនម្នាក់ជិះម៉ូតូចេញពីកន្លែងកើតហេតុ។"
QUESTION = "តើមានស្នាមម្រាមដៃរបស់អ្នកណា?"
REQUEST = "សូមពិនិត្យស្នាមម្រាមដៃនៅលើទ្វារ និងកញ្ចក់។"


def generate_investigations():
    """Write the investigations if there are none yet, and return the number of cases."""
    act_as(db.session, SYSTEM)
    if db.session.scalar(select(CaseAssignment.id).limit(1)) is not None:
        return 0
    suspects = select(Involvement.case_id).where(
        Involvement.role.in_(SUSPECT_ROLES), Involvement.voided_at.is_(None)
    )
    found = select(Case.id).where(
        Case.province_code == PROVINCE,
        Case.status.in_(UNDECIDED),
        Case.voided_at.is_(None),
        Case.id.in_(suspects),
    )
    cases = db.session.scalars(found.order_by(Case.status != "open", Case.id.desc()).limit(CASES)).all()
    for number, case_id in enumerate(cases):
        _assign(case_id, number)
        _investigate(case_id, number)
    if cases:
        _review(cases[0])
    _inform_victim()
    return len(cases)


def act_as_officer(name):
    act_as(db.session, SYSTEM)
    user = db.session.scalars(select(User).where(User.username == name)).unique().one()
    act_as(db.session, Actor(user.id, user.unit_code, scope=UNRESTRICTED))
    return user


def find_officer_id(name):
    return db.session.scalar(select(User.id).where(User.username == name))


def _assign(case_id, number):
    leader, helper = find_officer_id(LEADER), find_officer_id(HELPER)
    act_as_officer(CHIEF)
    case = db.session.get(Case, case_id)
    due_on = dates.now().date() + timedelta(days=20 - number * 10)
    db.session.add(CaseAssignment(case=case, officer_id=leader, kind=LEAD, due_on=due_on))
    if number == 0:
        db.session.add(CaseAssignment(case=case, officer_id=helper, kind=SUPPORT))
    commit()


def _investigate(case_id, number):
    user, begun = act_as_officer(LEADER), dates.now().replace(hour=9, minute=0, second=0, microsecond=0)
    case = db.session.get(Case, case_id)
    suspect = next(one for one in case.involvements if one.role in SUSPECT_ROLES and not one.is_void)
    given = {"case": case, "officer_id": user.id}
    begun -= timedelta(days=5)
    request = InvestigationAct(
        kind="expert_request", begun_at=begun + timedelta(days=1), result=REQUEST,
        due_at=begun + timedelta(days=3 if number == 0 else 12), **given,
    )  # fmt: skip
    exhibits = [one for one in case.exhibits if not one.is_void]
    db.session.add_all(
        [
            InvestigationAct(kind="site_visit", begun_at=begun, result=RESULT, helps_suspect=number == 0, **given),
            InvestigationAct(
                kind="interview", begun_at=begun + timedelta(hours=3), involvement=suspect, signatures="every_page",
                result=RESULT, **given,
            ),
            request,
            *(ActExhibit(act=request, exhibit=one, note=QUESTION) for one in exhibits),
        ]
    )  # fmt: skip
    if number == 0:
        due_at, text = dates.now() + timedelta(days=2), "សូមសួរសាក្សីនៅផ្សារ និងបញ្ចូលលទ្ធផល។"
        helper = db.session.get(User, find_officer_id(HELPER))
        db.session.add(Task(case=case, to_user=helper, text=text, due_at=due_at))
    if number == 1 and case.offences:
        offence = case.offences[0]
        db.session.add(
            Charge(case=case, involvement=suspect, case_offence=offence, asked_on=dates.now().date())
        )
    commit()


def _inform_victim():
    """Send a case with a victim to the prosecution, and record that the victim was informed of it."""
    act_as(db.session, SYSTEM)
    is_open = Case.province_code == PROVINCE, Case.status.in_(UNDECIDED[:3]), Case.voided_at.is_(None)
    victims = (
        select(Involvement.id)
        .join(Involvement.case)
        .where(*is_open, Involvement.role == VICTIM, Involvement.voided_at.is_(None))
    )
    found = db.session.scalar(victims.order_by(Involvement.id).limit(1))
    if found is None:
        return
    act_as_officer(LEADER)
    victim, day = db.session.get(Involvement, found), dates.now().date()
    paper = {"document_no": "31/26", "document_date": day}
    step = CaseDisposition(case=victim.case, kind="at_prosecutor", decided_on=day, **paper)
    db.session.add(step)
    commit()
    db.session.add(OutcomeNotice(disposition=step, involvement=victim, informed_on=day, means="telephone"))
    commit()


def _review(case_id):
    act_as_officer(LEADER)
    review = CaseReview(case=db.session.get(Case, case_id), note="សូមពិនិត្យមុនបញ្ជូនទៅអយ្យការ។")
    db.session.add(review)
    commit()
    chief = act_as_officer(CHIEF)
    reviews.return_case(db.session, review, chief, {"people": "សូមបញ្ចូលអត្តសញ្ញាណប័ណ្ណរបស់ជនសង្ស័យ។"})
    commit()
