"""What an officer does with a line-up before and after its photos are shown, and the facts for its rules."""
# unrestricted: compares with all rows of the case and all accounts of the presenter

from flask import has_request_context
from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.identity_traits import find_own_accounts
from app.accounts.models import User
from app.cases.rules import ADULT_AGE
from app.investigation.actions import may_assign
from app.investigation.models import CaseAssignment, InvestigationAct
from app.investigation.rules import LEAD
from app.kernel.actor import actor_of, unrestricted
from app.kernel.audit.rate_limit import NATIONWIDE, count_question
from app.kernel.schema import code_lists
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.lineups import steps
from app.lineups.blindness import count_named, get_presenter_id, is_of_case, knows_case, was_shown_before
from app.lineups.fillers import find_photo
from app.lineups.models import LineupEvent, LineupFace
from app.lineups.rules import LineupFacts
from app.lineups.sessions import ENDED, compute_hash
from app.people.rules import get_ages_on
from app.printouts.typesetting import LANGUAGE

ACT_KIND = "lineup"  # of an investigation act


def load_facts(session, lineup):
    """Return the facts about a new line-up that the actor of the session prepares."""
    if lineup.id is not None or lineup.case is None:
        return LineupFacts(dates.now())
    author_id, suspect = actor_of(session).user_id, lineup.suspect
    with session.no_autoflush:
        has_photo = suspect is None or find_photo(session, suspect.person_id) is not None
        if has_request_context() and get_presenter_id(lineup) is not None:
            count_question(NATIONWIDE)  # the answer tells whether an officer has opened the case
        with unrestricted(session):
            return LineupFacts(
                dates.now(),
                presenter_knows_case=get_presenter_id(lineup) is not None
                and knows_case(session, lineup, author_id),
                times_named=count_named(session, lineup),
                author_is_of_case=is_of_case(session, author_id, lineup.case),
                has_photo=has_photo,
                suspect_is_minor=suspect is not None and _is_minor(suspect.person),
                was_shown_before=was_shown_before(session, lineup),
            )


def _is_minor(person):
    ages = get_ages_on(person, dates.now()) if person is not None else None
    return ages is not None and ages[0] < ADULT_AGE


def may_prepare(session, lineup):
    """Return whether the actor is an officer of the case, and not the presenter with this or another account."""
    user_id = actor_of(session).user_id
    with session.no_autoflush, unrestricted(session):
        return not find_own_accounts(lineup.presenter, {user_id}) and is_of_case(
            session, user_id, lineup.case
        )


def may_cancel(session, lineup):
    """Return whether the actor is the author, the officer in charge or a chief, and not the presenter with any account."""
    user = session.get(User, actor_of(session).user_id or 0)
    if user is None or lineup.state not in (steps.DRAFT, steps.PREPARED):
        return False
    is_lead = select(CaseAssignment.id).where(
        CaseAssignment.case_id == lineup.case_id, CaseAssignment.officer_id == user.id, CaseAssignment.kind == LEAD,
        CaseAssignment.until.is_(None), CaseAssignment.voided_at.is_(None),
    )  # fmt: skip
    with session.no_autoflush, unrestricted(session):
        if find_own_accounts(lineup.presenter, {user.id}):
            return False
        return (
            user.id == lineup.recorded_by_id
            or session.scalar(is_lead) is not None
            or may_assign(user, lineup.case)
        )


def cancel(session, lineup, reason):
    """End a line-up whose photos were not shown, with a reason. The case is shown to the presenter again."""
    problems = [] if reason else [Problem("reason", _("Enter why the line-up is cancelled."), row=lineup)]
    refuse(problems if may_cancel(session, lineup) else [Problem("", steps.NOT_CANCELLING, row=lineup)])
    with session.no_autoflush:  # one flush: the result is recorded once
        lineup.result, lineup.reason, lineup.ended_at = steps.CANCELLED, reason, dates.now()
        lineup.events.append(LineupEvent(kind=ENDED, at=dates.now(), made_by_id=actor_of(session).user_id))
        lineup.sha256 = compute_hash(lineup)
    session.flush()


def fix_faces(session, lineup, person_ids):
    """Fix the photos of the suspect and of these people."""
    if lineup.state != steps.DRAFT:
        raise RuleViolation([Problem("faces", steps.FIXED, "V137", row=lineup)])
    suspect_id = lineup.suspect.person_id
    people = sorted([*person_ids, suspect_id])
    photos = {one: find_photo(session, one) for one in people}
    if problems := list(
        steps.check_faces(people, suspect_id, {one for one in people if photos[one] is not None})
    ):
        raise RuleViolation(problems)
    lineup.faces += [
        LineupFace(
            person_id=one, photo_id=photos[one].id, sha256=photos[one].sha256, is_suspect=one == suspect_id
        )
        for one in people
    ]


def enter_act(session, lineup):
    """Enter the recorded line-up as an investigation act of its case, and return the act."""
    if lineup.result not in steps.STATEMENTS or lineup.act_id is not None:
        raise RuleViolation([Problem("", steps.NOT_NOW, row=lineup)])
    with force_locale(LANGUAGE):
        outcome = str(_describe_choice(lineup))
    lineup.act = InvestigationAct(
        case=lineup.case, kind=ACT_KIND, begun_at=lineup.started_at, ended_at=lineup.ended_at, officer=lineup.presenter,
        involvement=lineup.witness, other_involvement=lineup.suspect, place_text=lineup.place_text,
        document_no=lineup.number, result=f"{outcome}\n{lineup.words}",
    )  # fmt: skip
    session.add(lineup.act)
    session.flush()
    return lineup.act


def _describe_choice(lineup):
    if lineup.result != steps.PICKED:
        return code_lists.label("lineup_result", lineup.result)
    if steps.has_chosen_suspect(lineup):
        return _("The witness chose the suspect.")
    return _("The witness chose another person, not the suspect.")


def refuse(problems):
    if problems := list(problems):
        raise RuleViolation(problems)
