"""Answers, questions, corrections and forwarded letters: their drafts, and what they keep of the letter before."""
# unrestricted: reads the first sender of a letter that was forwarded

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.extensions import db
from app.kernel.actor import unrestricted
from app.kernel.schema.rules import Problem, RuleViolation
from app.letters import forwarding
from app.letters.models import (
    ANSWER,
    ASK_OWNER,
    CLOSED,
    CORRECTION,
    DRAFT,
    FORWARD,
    QUESTION,
    REQUEST,
    SENT,
    WAITING,
    Letter,
)
from app.letters.refusals import ALREADY_ENDED, NOT_RECEIVER, NOT_YOURS
from app.letters.rights import find_recipient, may_write
from app.reference.models import Unit

TO_SENDER = _("This letter goes to the unit that asked.")
KEPT_TEXT = _(
    "A forwarded letter keeps its subject, its text and its handling conditions. Write below the text."
)
KEPT_UNIT = _("The correction of a forwarded letter goes to the same units.")


def start_reply(session, letter, user, relation):
    """Return the draft of an answer, forward, question or correction of this letter: the open one of the user, or a new one."""
    recipient = find_recipient(user, letter)
    if relation == CORRECTION:
        allowed = may_write(user, letter) and letter.state in (SENT, CLOSED)
        problem = NOT_YOURS
        if allowed and forwarding.find_correction(session, letter) is not None:
            allowed, problem = False, ALREADY_ENDED
    else:
        allowed, problem = recipient is not None, NOT_RECEIVER
        if allowed and (not recipient.is_pending or letter.kind != REQUEST):
            allowed, problem = False, ALREADY_ENDED
    if allowed and relation == FORWARD and not forwarding.is_forwardable(session, letter):
        allowed, problem = False, forwarding.NOT_FORWARDED
    if not allowed:
        raise RuleViolation([Problem("", problem, row=letter)])
    begun = select(Letter).where(
        Letter.previous_id == letter.id, Letter.relation == relation, Letter.recorded_by_id == user.id,
        Letter.state.in_((DRAFT, WAITING)),
    )  # fmt: skip
    draft = session.scalars(begun.limit(1)).unique().one_or_none()
    if draft is None:
        draft = _make_reply(session, letter, relation)
        session.add(draft)
        session.flush()
    return draft


def _make_reply(session, letter, relation):
    draft = Letter(
        previous=letter, thread_id=letter.root_id, relation=relation, subject=letter.subject, about=letter.about,
        handling=letter.handling, urgent=letter.urgent, case=letter.case, person=letter.person, order=letter.order,
        exhibit=letter.exhibit, kind=ANSWER if relation == ANSWER else letter.kind,
    )  # fmt: skip
    if relation == ANSWER:
        draft.to_unit = db.session.get(Unit, _find_first_sender(session, letter))
    elif relation == QUESTION:
        draft.to_unit = letter.unit
    elif relation == FORWARD:
        draft.text, draft.due_at = letter.text, letter.due_at
    else:
        draft.to_unit, draft.to_below, draft.text, draft.due_at = (
            letter.to_unit, letter.to_below, letter.text, letter.due_at,
        )  # fmt: skip
    return draft


def _find_first_sender(session, letter):
    """Return the unit that sent a letter first: the answer to a forwarded letter goes there."""
    unit_code, relation, previous_id = letter.unit_code, letter.relation, letter.previous_id
    with unrestricted(session):
        while relation in (FORWARD, CORRECTION):
            columns = select(Letter.unit_code, Letter.relation, Letter.previous_id)
            unit_code, relation, previous_id = session.execute(columns.where(Letter.id == previous_id)).one()
    return unit_code


def check_reply(session, letter):
    """Yield the problems of an answer, a question back, a forwarded letter or the correction of one."""
    previous = letter.previous
    if letter.relation is not None and previous is None:  # its sender has withdrawn it
        yield Problem("", ALREADY_ENDED, row=letter)
    elif letter.relation in (ANSWER, QUESTION):
        sender = previous.unit_code if letter.relation == QUESTION else _find_first_sender(session, previous)
        if letter.to_unit is None or letter.to_unit.code != sender or letter.to_below:
            yield Problem("to_unit", TO_SENDER, row=letter)
    elif letter.relation == FORWARD:
        if not forwarding.is_forwardable(session, previous):
            yield Problem("", forwarding.NOT_FORWARDED, row=letter)
        if previous.handling == ASK_OWNER and letter.to_below:
            yield Problem("to_below", forwarding.NOT_BELOW, row=letter)
        yield from _check_kept(letter, previous)
    else:
        if letter.relation is not None and forwarding.find_correction(session, previous) is not None:
            yield Problem("", ALREADY_ENDED, row=letter)
        first = [letter, *forwarding.list_corrected(session, letter)][-1]
        if first.relation == FORWARD:
            receivers = letter.to_unit and letter.to_unit.code, letter.to_below
            if receivers != (first.to_unit_code, first.to_below):
                yield Problem("to_unit", KEPT_UNIT, row=letter)
            yield from _check_kept(letter, forwarding.read_row(session, first.previous_id))


def _check_kept(letter, forwarded):
    """Yield the problem of a changed letter that is forwarded."""
    kept = letter.subject == forwarded.subject and letter.handling == forwarded.handling
    if not (kept and (letter.text or "").startswith(forwarded.text)):
        yield Problem("text", KEPT_TEXT, row=letter)
