"""What happens to a letter: it is sent, signed, opened, answered, declined, forwarded or withdrawn. `checks` refuses the other changes.

The caller commits. Entries of the inbox have the number of the letter, no text and no name.
"""
# unrestricted: reads protected names and the access of the receiver; closes the letter of another unit

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE as INBOX_NOTICE
from app.inbox.models import TASK
from app.inbox.record_links import register_page
from app.kernel.actor import unrestricted
from app.kernel.concurrency.database_errors import CONFLICT
from app.kernel.concurrency.unit_of_work import SaveRejected
from app.kernel.schema.rules import Problem, RuleViolation, check_rules
from app.kernel.text import dates
from app.letters import clock, forwarding, replies, shares
from app.letters.facts import load_facts
from app.letters.models import (
    ANSWER,
    ANSWERED,
    BLANK,
    CLOSED,
    CORRECTED,
    CORRECTION,
    DECLINED,
    DRAFT,
    FORWARD,
    FORWARDED,
    OPENED,
    QUESTION,
    REQUEST,
    SENT,
    WAITING,
    WHOLE,
    WITHDRAWN,
    Letter,
    LetterRecipient,
)
from app.letters.protected_names import asks_for_signature, names_protected_person
from app.letters.receivers import find_receiver, list_receivers, needs_signature
from app.letters.refusals import ALREADY_ENDED, LOCKED, NOT_RECEIVER
from app.letters.rights import find_recipient, find_signer
from app.reference.unit_paths import list_own_units
from app.tasks.models import DONE, PENDING, Task

OTHER_TEXT = _("The letter has changed since this page was opened. Read it again, then decide.")
ALREADY_OPENED = _("A receiving unit has opened this letter already. Send a correction instead.")
NEEDS_TEXT = _("Enter the subject and the text of the letter.")
NEEDS_RECORD = _("Choose the record that the letter is about, or replace the dots in the text.")
NEEDS_REASON = _("Enter the reason.")
NAMES_IN_TEXT = _(
    "The letter names a person whose identity is protected. Return it, so that its author uses the number."
)
NAMES_PROTECTED = _("Write no name of a person here. Use the number of the case or of the person instead.")
NOT_WITHDRAWN = _("An answer or a forwarded letter cannot be withdrawn. Send a correction instead.")
NO_RECEIVER = _("No unit receives this letter. Choose another unit.")

register_texts(
    **{
        "letter.to_sign": _("A letter of your unit waits for your signature."),
        "letter.returned": _(
            "The chief returned your letter without a signature. Read the reason on its page."
        ),
        "letter.received": _("Letter %(number)s has arrived. Read it on its page."),
        "letter.answered": _("Letter %(number)s was answered. Read the answer on its page."),
        "letter.declined": _("Letter %(number)s was declined. Read the reason on its page."),
        "letter.forwarded": _("Letter %(number)s was forwarded to another unit."),
        "letter.withdrawn": _("Letter %(number)s was withdrawn by its sender."),
    }
)
register_page("letter_recipient", "can_show", "Letter", "LetterView.show_received")


def _check_reason(session, letter, reason):
    if not reason:
        raise RuleViolation([Problem("reason", NEEDS_REASON, row=letter)])
    if names_protected_person(session, letter, reason):
        raise RuleViolation([Problem("reason", NAMES_PROTECTED, row=letter)])


def submit(session, letter, user):
    """Send the letter, or ask the chief for the signature if it needs one. Return whether it was sent.

    A draft stays one while the sender of the letter before is asked for the consent to forward it.
    """
    receivers = _check_draft(session, letter, user)
    if forwarding.needs_consent(letter):
        forwarding.ask_sender(session, letter, user)
        return False
    letter.needs_signature = needs_signature(session, letter, receivers) or asks_for_signature(
        session, letter
    )
    letter.return_reason = None
    if letter.needs_signature:
        letter.state = WAITING
        session.flush()
        role, unit_code = find_signer(letter)
        _send_about_letter(session, TASK, "letter.to_sign", letter, to_role=role, to_unit=unit_code)
        return False
    _send(session, letter, receivers, user)
    return True


def sign(session, letter, user, version):
    """Sign and send a letter that waits. `version` is the one that the signer has read.

    Raise SaveRejected if the letter has changed since, RuleViolation if it names a protected person.
    """
    _check_shown(letter, version)
    receivers = _check_draft(session, letter, letter.recorded_by or user)
    if names_protected_person(session, letter, f"{letter.subject} {letter.text}"):
        raise RuleViolation([Problem("text", NAMES_IN_TEXT, row=letter)])
    letter.signed_by_id = user.id
    _send(session, letter, receivers, user)
    complete_tasks(session, Letter.__tablename__, letter.id)


def _check_shown(letter, version):
    if version != letter.version:
        raise SaveRejected(CONFLICT, [Problem("", OTHER_TEXT, row=letter)])


def return_letter(session, letter, reason, version):
    """Return a letter that waits to its author, with the reason. `version` is the one that the signer has read."""
    _check_shown(letter, version)
    _check_reason(session, letter, reason)
    letter.state, letter.return_reason = DRAFT, reason
    session.flush()
    complete_tasks(session, Letter.__tablename__, letter.id)
    _send_about_letter(session, INBOX_NOTICE, "letter.returned", letter, to_user=letter.recorded_by_id)


def take_back(session, letter):
    """Make a draft of a letter again that waits for the signature."""
    letter.state = DRAFT
    session.flush()
    complete_tasks(session, Letter.__tablename__, letter.id)


def delete_draft(session, letter):
    """Delete a draft; the check of the flush refuses it to any other officer than its author."""
    if not letter.is_draft:
        raise RuleViolation([Problem("", LOCKED, row=letter)])
    letter.deleted_at = dates.now()
    session.flush()


def _check_draft(session, letter, user):
    """Return the receivers of a letter that can be sent. Raise RuleViolation."""
    problems = check_rules(letter.__rules__, letter, load_facts(session, letter, user))
    if not (letter.subject and letter.text):
        problems = [*problems, Problem("text", NEEDS_TEXT, row=letter)]
    elif BLANK in letter.text:
        problems = [*problems, Problem("text", NEEDS_RECORD, row=letter)]
    receivers = list_receivers(letter) if not problems else []
    if not problems and not receivers:
        problems = [Problem("to_unit", NO_RECEIVER, row=letter)]
    problems = [*problems, *replies.check_reply(session, letter)]
    if problems:
        raise RuleViolation(problems)
    return receivers


def _send(session, letter, receivers, user):
    with session.no_autoflush:  # the letter is sent whole, and does not change afterwards
        _write_sent(letter, receivers)
        _end_previous(session, letter, user)
    session.flush()
    if letter.share_until is not None and WHOLE in letter.opened_parts:
        shares.share_case(letter, user, receivers)
    for one in letter.recipients:
        about = {"entity": LetterRecipient.__tablename__, "entity_id": one.id}
        send_message(
            session, TASK, text_key="letter.received", due_at=one.due_at, number=letter.number, **find_receiver(one), **about,
        )  # fmt: skip


def _write_sent(letter, receivers):
    """Give the letter its number, its deadline and its recipients."""
    now = dates.now()
    letter.state, letter.sent_at = SENT, now
    letter.number = f"L-{now.year}-{letter.id:06d}"
    reminded_at = clock.set_deadline(letter, now)
    for code in receivers:
        letter.recipients.append(
            LetterRecipient(
                unit_code=letter.unit_code,
                to_unit_code=code,
                due_at=letter.due_at,
                next_step_at=reminded_at,
            )
        )


def _end_previous(session, letter, user):
    """End what the letter answers, forwards or corrects. A question stops the clock of its receiver."""
    if letter.relation in (CORRECTION, QUESTION):
        session.flush()  # the sending is checked as the act of the officer, its consequences are not
    if letter.relation == CORRECTION:
        for one in letter.previous.recipients:
            if one.is_pending:
                one.answer = letter
                _end(session, one, CORRECTED, user)
        shares.end_shares(letter.previous, [one.to_unit_code for one in letter.previous.recipients])
    if letter.relation == QUESTION:
        clock.stop_clock(session, letter)
    if letter.relation not in (ANSWER, FORWARD):
        return
    recipient = forwarding.find_recipient_of(letter)
    if recipient is None or not recipient.is_pending:
        raise RuleViolation([Problem("", ALREADY_ENDED, row=letter)])
    if forwarding.needs_consent(letter):
        raise RuleViolation([Problem("to_unit", forwarding.NOT_AGREED, row=letter)])
    recipient.answer = letter
    _end(session, recipient, ANSWERED if letter.relation == ANSWER else FORWARDED, user)


def open_letter(session, letter, user):
    """Record that an officer of a receiving unit has opened the letter. Return whether this was the first time."""
    recipient = find_recipient(user, letter)
    if recipient is None or not recipient.is_pending or recipient.opened_at is not None:
        return False
    now = dates.now()
    recipient.opened_at, recipient.opened_by_id = now, user.id
    if letter.kind == REQUEST:
        recipient.state = OPENED
        session.flush()
    else:  # a notice and an answer ask for nothing
        _end(session, recipient, OPENED, user)
    return True


def decide_forwarding(session, letter, user, agrees, reason, asked):
    """Agree to forward a letter, or refuse with the reason."""
    if not agrees:
        _check_reason(session, letter, reason)
    forwarding.decide(session, letter, user, agrees, reason, asked)


def decline(session, letter, user, reason):
    """Decline a request, with the reason."""
    recipient = find_recipient(user, letter)
    if recipient is None:
        raise RuleViolation([Problem("", NOT_RECEIVER, row=letter)])
    _check_reason(session, letter, reason)
    if not recipient.is_pending or letter.kind != REQUEST:
        raise RuleViolation([Problem("", ALREADY_ENDED, row=letter)])
    recipient.reason = reason
    _end(session, recipient, DECLINED, user)


def withdraw(session, letter):
    """Withdraw a letter that no receiver has opened. A receiver who opens it at the same time wins or loses whole."""
    if letter.relation in (ANSWER, FORWARD):  # it ended the letter before
        raise RuleViolation([Problem("", NOT_WITHDRAWN, row=letter)])
    if any(one.opened_at is not None for one in letter.recipients):
        raise RuleViolation([Problem("", ALREADY_OPENED, row=letter)])
    now = dates.now()
    letter.state = WITHDRAWN
    for one in letter.recipients:
        one.state, one.done_at, one.next_step_at = WITHDRAWN, now, None
    session.flush()
    clock.start_clock(session, letter)
    for one in letter.recipients:
        complete_tasks(session, LetterRecipient.__tablename__, one.id)
        _send_about_recipient(session, "letter.withdrawn", one, to_unit=one.to_unit_code)
    shares.end_shares(letter, [one.to_unit_code for one in letter.recipients])


def _end(session, recipient, state, user):
    """End the work of a recipient: its tasks, its entry in the inbox, and the letter if it was the last one."""
    now = dates.now()
    recipient.state, recipient.done_at, recipient.done_by_id, recipient.next_step_at = (
        state,
        now,
        user.id,
        None,
    )
    if recipient.opened_at is None and state != CORRECTED:
        recipient.opened_at, recipient.opened_by_id = now, user.id
    session.flush()
    letter = recipient.letter
    with unrestricted(session):
        for task in session.scalars(_select_tasks(recipient)):
            task.state, task.done_at, task.done_by_id = DONE, now, user.id
            task.result = recipient.reason or (str(recipient.answer.number) if recipient.answer_id else "—")
        others = select(LetterRecipient.id).where(
            LetterRecipient.letter_id == letter.id, LetterRecipient.done_at.is_(None)
        )
        if letter.state == SENT and session.scalar(others.limit(1)) is None:
            letter.state = CLOSED
        session.flush()
        if state in (DECLINED, FORWARDED):
            shares.end_shares(letter, [recipient.to_unit_code])
    if state != CORRECTED:  # the correction of a question waits too
        clock.start_clock(session, letter)
    complete_tasks(session, LetterRecipient.__tablename__, recipient.id)
    complete_tasks(session, Letter.__tablename__, letter.id, forwarding.ASKED)
    if state not in (OPENED, CORRECTED):
        _send_about_letter(session, INBOX_NOTICE, f"letter.{state}", letter, to_user=letter.recorded_by_id)


def _select_tasks(recipient):
    return select(Task).where(
        Task.letter_id == recipient.letter_id,
        Task.unit_code.in_(list_own_units(recipient.to_unit_code)),
        Task.state.in_(PENDING),
        Task.voided_at.is_(None),
    )


def _send_about_letter(session, kind, text_key, letter, **to):
    about = {"entity": Letter.__tablename__, "entity_id": letter.id, "number": letter.number or ""}
    send_message(session, kind, text_key=text_key, **about, **to)


def _send_about_recipient(session, text_key, recipient, **to):
    about = {"entity": LetterRecipient.__tablename__, "entity_id": recipient.id}
    send_message(session, INBOX_NOTICE, text_key=text_key, number=recipient.letter.number, **about, **to)
