"""The job that reminds of a request before its deadline, then reports it to the chief of the receiver and to the unit above both."""
# commits: each step, so that the job can be killed between two

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.chain_of_command import NATIONAL_ROLE, find_responsible_chief
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.text import dates
from app.letters.models import LetterRecipient
from app.letters.officers import find_present_chief

REMINDER, OVERDUE = "letter.reminder", "letter.overdue"
REMINDED, REPORTED = 1, 2  # levels
AFTER, AFTER_URGENT = timedelta(hours=24), timedelta(hours=2)  # from the deadline to the unit above both
MOST = 500  # in one run

register_texts(
    **{
        REMINDER: _("The term of letter %(number)s ends soon. Answer it on its page."),
        OVERDUE: _("Letter %(number)s to %(unit)s is overdue and has no answer."),
    }
)


def escalate_letters(session):
    """Take each step that is due, and return their number. An answer at the same moment wins."""
    is_due = (
        LetterRecipient.next_step_at <= dates.now(),
        LetterRecipient.done_at.is_(None),
        LetterRecipient.asked_back_at.is_(None),
    )
    ids = session.scalars(
        select(LetterRecipient.id).where(*is_due).order_by(LetterRecipient.id).limit(MOST)
    ).all()
    taken = 0
    for pk in ids:
        try:
            with unit_of_work(session, where="escalate_letters"):
                taken += _take_step(session, pk)
        except SaveRejected as rejection:
            if not rejection.is_lost_race:
                raise
    return taken


def _take_step(session, pk):
    """Move the recipient one level up and notify. Return 0 if another process was faster."""
    options = joinedload(LetterRecipient.letter), joinedload(LetterRecipient.to_unit)
    one = session.get(LetterRecipient, pk, options=options, populate_existing=True)
    waits = one.done_at is None and one.asked_back_at is None
    if not waits or one.next_step_at is None or one.next_step_at > dates.now():
        return 0
    one.level += 1
    if one.level == REMINDED:
        one.next_step_at, text_key, to = one.due_at, REMINDER, {"to_unit": one.to_unit_code}
    else:
        text_key = OVERDUE
        role, unit_code = _find_informed(one)
        to = {"to_role": role, "to_unit": unit_code}
        after = AFTER_URGENT if one.letter.urgent else AFTER
        one.next_step_at = one.due_at + after if one.level == REPORTED else None
        if one.level == REPORTED:  # the officer who waits for the answer
            _notify(session, one, text_key, to_user=one.letter.recorded_by_id)
    _notify(session, one, text_key, **to)
    return 1


def _notify(session, one, text_key, **to):
    send_message(
        session, NOTICE, text_key=text_key, entity=LetterRecipient.__tablename__, entity_id=one.id,
        number=one.letter.number, unit=one.to_unit.name_km, **to,
    )  # fmt: skip


def _find_informed(recipient):
    """Return (role, unit code) of who learns that the letter is overdue."""
    if recipient.level == REPORTED:
        return find_present_chief(recipient.to_unit_code)
    of_receiver = find_responsible_chief(recipient.to_unit_code)
    units = (recipient.to_unit_code, recipient.unit_code)
    is_above_both = of_receiver == find_responsible_chief(recipient.unit_code) and of_receiver[1] not in units
    return of_receiver if is_above_both else (NATIONAL_ROLE, None)
