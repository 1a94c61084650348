"""The clock of a request: its deadline, and how long it stops for a question to the sender."""
# unrestricted: reads the questions of other units, and moves the deadline of the unit that asked back

from datetime import timedelta

from sqlalchemy import select

from app.inbox.actions import postpone_tasks
from app.kernel.actor import unrestricted
from app.kernel.text import dates
from app.letters import forwarding
from app.letters.models import QUESTION, REQUEST, SENT, Letter, LetterRecipient
from app.reference.unit_paths import list_own_units

REMINDED_AT = 0.8  # of the term
URGENT_TERM = timedelta(hours=24)
DAYS = 7  # for the answer to a letter without a template


def set_deadline(letter, now):
    """Give a request the deadline of its template. Return when its receivers are reminded, or None without a deadline."""
    if letter.kind == REQUEST and letter.due_at is None:
        days = letter.template.days if letter.template is not None else None
        term = URGENT_TERM if letter.urgent else timedelta(days=days or DAYS)
        letter.due_at = (now + term).replace(second=0, microsecond=0)
    return now + (letter.due_at - now) * REMINDED_AT if letter.due_at is not None else None


def stop_clock(session, question):
    """Stop the clock of the unit that asks back, until its question has an answer."""
    recipient = forwarding.find_recipient_of(question)
    if recipient is not None and recipient.is_pending and recipient.asked_back_at is None:
        with unrestricted(session):  # the officer who signs the question may serve in another unit
            recipient.asked_back_at = dates.now()
            session.flush()


def start_clock(session, letter):
    """Move the deadline of the unit that asked back by the time that it has waited, after its last question ended."""
    with unrestricted(session):
        question = [letter, *forwarding.list_corrected(session, letter)][-1]
        if question.relation != QUESTION:
            return
        found = select(LetterRecipient).where(
            LetterRecipient.letter_id == question.previous_id,
            LetterRecipient.to_unit_code.in_(list_own_units(letter.unit_code)),
            LetterRecipient.done_at.is_(None),
            LetterRecipient.asked_back_at.is_not(None),
        )
        recipient = session.scalars(found).unique().one_or_none()
        if recipient is None or _has_open_question(session, recipient):
            return
        waited = dates.now() - recipient.asked_back_at
        recipient.asked_back_at = None
        if recipient.due_at is not None:
            recipient.due_at += waited
            postpone_tasks(session, LetterRecipient.__tablename__, recipient.id, recipient.due_at)
        if recipient.next_step_at is not None:
            recipient.next_step_at += waited
        session.flush()


def _has_open_question(session, recipient):
    asked = select(Letter.id).where(
        Letter.previous_id == recipient.letter_id, Letter.relation == QUESTION, Letter.state == SENT
    )
    return session.scalar(asked.limit(1)) is not None
