"""The steps of a review: asked for, returned with remarks, answered, approved. The flush checks who takes a step.

The author of the case and its team do not review it: of each step another officer is sure.
"""
# unrestricted: the team of a case that the actor sees

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import inspect, select, union
from sqlalchemy.orm.attributes import PASSIVE_NO_INITIALIZE

from app.accounts.chain_of_command import find_responsible_chief
from app.accounts.identity_traits import find_own_accounts
from app.accounts.models import User
from app.cases.models import Case
from app.cases.row_filter import CaseChild
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE, TASK
from app.investigation.actions import may_assign
from app.investigation.models import CaseAssignment, CaseReview, ReviewRemark
from app.investigation.rules import APPROVED, RETURNED, WAITING
from app.kernel.actor import UNRESTRICTED, actor_of, unrestricted
from app.kernel.audit.models import AuditEvent
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates

CHANGED_REVIEWS = Pending(list)  # reviews just changed
NO_REMARK = _("A return needs a remark. Write it at the part that must change.")
NO_ANSWER = _("Answer every remark.")
NOT_REVIEWER = _("Only a chief who did not enter the case and is not of its team reviews it.")
NOT_NOW = _("This review has another state now. Load the page again.")

register_texts(
    **{
        "review.waiting": _("Case %(number)s waits for a review."),
        "review.returned": _("The review of case %(number)s returned it with remarks."),
        "review.approved": _("The review of case %(number)s approved it."),
    }
)


def may_review(session, user, review):
    """Return whether the user reviews the case: a chief who neither entered nor changed it, nor is of its team.

    What another account of the same person did counts too.
    """
    case = review.case
    if not may_assign(user, case):
        return False
    with unrestricted(session), session.no_autoflush:
        workers = set(session.scalars(_select_workers(case.id)))
    workers |= {review.recorded_by_id, case.recorded_by_id, case.changed_by_id}
    return not find_own_accounts(user, workers - {None})


def _select_workers(case_id):
    """Return the statement for the accounts of a case: its team, the authors of its rows, and of its changes."""
    found = [
        select(CaseAssignment.officer_id).where(
            CaseAssignment.case_id == case_id, CaseAssignment.voided_at.is_(None)
        )
    ]
    for mapper in Model.registry.mappers:
        model = mapper.class_
        if issubclass(model, CaseChild) and model not in (CaseAssignment, CaseReview):
            found.append(select(model.recorded_by_id).where(model.case_id == case_id))
    found.append(
        select(AuditEvent.actor_id).where(
            AuditEvent.entity == Case.__tablename__,
            AuditEvent.entity_id == case_id,
            AuditEvent.action.in_(("record.added", "record.changed")),
        )
    )
    return union(*found)


def return_case(session, review, user, remarks):
    """Return the case with the remarks, part → text or "". Raise RuleViolation without one, or in another state."""
    _require(review, WAITING)
    remarks = {part: text for part, text in remarks.items() if text}
    if not remarks:
        raise RuleViolation([Problem("remarks", NO_REMARK, "V118", row=review)])
    for part, text in remarks.items():
        session.add(
            ReviewRemark(
                review=review,
                round=review.round,
                part=part,
                text=text,
                made_at=dates.now(),
                made_by_id=user.id,
            )
        )
    _decide(review, user, RETURNED)


def approve_case(review, user):
    """Approve the case."""
    _require(review, WAITING)
    _decide(review, user, APPROVED)


def answer_remarks(review, user, answers):
    """Answer the open remarks, id → text, and ask for the next round. Raise RuleViolation if one has no answer."""
    _require(review, RETURNED)
    waiting = [one for one in review.remarks if one.answer is None]
    if missing := [one.id for one in waiting if not answers.get(one.id)]:
        raise RuleViolation([Problem(f"answer-{pk}", NO_ANSWER, row=review) for pk in missing])
    for one in waiting:
        one.answer, one.answered_at, one.answered_by_id = answers[one.id], dates.now(), user.id
    review.state, review.round = WAITING, review.round + 1


def _require(review, state):
    if review.state != state or review.is_void:
        raise RuleViolation([Problem("", NOT_NOW, row=review)])


def _decide(review, user, state):
    review.state, review.decided_at, review.decided_by_id = state, dates.now(), user.id


def check_reviews(session, _context, _instances):
    """Refuse a decision by an officer who may not review the case."""
    actor = actor_of(session)
    if actor.scope == UNRESTRICTED:
        return
    with session.no_autoflush:
        for one in (*session.new, *session.dirty):
            if not isinstance(one, CaseReview):
                continue
            if one in session.new:
                one.state, one.round, one.decided_at, one.decided_by_id = WAITING, 1, None, None
            elif has_changed(one, ("state",)) and one.state in (RETURNED, APPROVED):
                before = inspect(one).get_history("state", PASSIVE_NO_INITIALIZE).deleted
                user = session.get(User, actor.user_id or 0)
                if WAITING not in before or user is None or not may_review(session, user, one):
                    raise RuleViolation([Problem("", NOT_REVIEWER, "V117", row=one)])


def collect_changes(session, _context):
    """Collect the reviews with a new state, and the void ones. Nothing can be added during a flush."""
    CHANGED_REVIEWS.get(session).extend(
        one
        for one in (*session.new, *session.dirty)
        if isinstance(one, CaseReview) and has_changed(one, ("state", "voided_at"))
    )


def send_messages(session, _context):
    """Give the chief the task of the review, and the officer who asked the task of the answer."""
    for one in CHANGED_REVIEWS.take(session):
        with session.no_autoflush:
            complete_tasks(session, CaseReview.__tablename__, one.id)
            if one.is_void:
                continue
            about = {"entity": CaseReview.__tablename__, "entity_id": one.id, "number": one.case.number}
            if one.state == WAITING:
                role, unit = find_responsible_chief(one.case.unit_code)
                send_message(session, TASK, text_key="review.waiting", to_role=role, to_unit=unit, **about)
            else:
                kind = TASK if one.state == RETURNED else NOTICE
                send_message(
                    session, kind, text_key=f"review.{one.state}", to_user=one.recorded_by_id, **about
                )
