"""What happens to a letter: it is sent, signed, opened, answered, declined, forwarded or withdrawn. `checks` refuses the other changes.

The caller commits. Entries of the inbox have the number of the letter, no text and no name.
"""
# unrestricted: reads protected names and the access of the receiver; closes the letter of another unit

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.admin_scope import get_role_names
from app.accounts.identity_traits import share_identity
from app.cases.models import Case
from app.extensions import db
from app.inbox.actions import complete_tasks, postpone_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE as INBOX_NOTICE
from app.inbox.models import TASK
from app.inbox.record_links import register_page
from app.kernel.actor import unrestricted
from app.kernel.concurrency.database_errors import CONFLICT
from app.kernel.concurrency.unit_of_work import SaveRejected
from app.kernel.schema.rules import Problem, RuleViolation, check_rules
from app.kernel.text import dates
from app.letters import forwarding
from app.letters.models import (
    ANSWER,
    ANSWERED,
    ASK_OWNER,
    BLANK,
    CLOSED,
    CORRECTED,
    CORRECTION,
    DECLINED,
    DRAFT,
    FORWARD,
    FORWARDED,
    FREE,
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
from app.letters.officers import find_present_chief, has_officer, stands_in
from app.letters.protected_names import has_protected_people, names_protected_person
from app.reference.models import Unit
from app.reference.periods import has_ended, is_selectable
from app.reference.search import find_units_below
from app.reference.unit_paths import list_own_units
from app.special_access import case_sharing
from app.tasks.models import DONE, PENDING, Task

REMINDED_AT = 0.8  # of the term
URGENT_TERM = timedelta(hours=24)
DAYS = 7  # for the answer to a letter without a template
NOT_YOURS = _("Only an officer of the unit that writes the letter may do this.")
NOT_AUTHOR = _("Only the author changes and sends a draft. Write a letter of your own.")
NOT_SIGNER = _("The chief of the unit signs this letter, not its author. A second officer must do it.")
OTHER_TEXT = _("The letter has changed since this page was opened. Read it again, then decide.")
NOT_CHIEF = _("The answer to this letter needs the signature of the chief. So only the chief declines it.")
NOT_RECEIVER = _("Only an officer of the unit that received the letter may do this.")
ALREADY_ENDED = _(
    "This letter was already answered, declined, forwarded, corrected or withdrawn. Load the page again."
)
ALREADY_OPENED = _("A receiving unit has opened this letter already. Send a correction instead.")
LOCKED = _("A letter does not change after it was sent. Send a correction instead.")
NEEDS_TEXT = _("Enter the subject and the text of the letter.")
NEEDS_RECORD = _("Choose the record that the letter is about, or replace the dots in the text.")
NEEDS_REASON = _("Enter the reason.")
NAMES_IN_TEXT = _(
    "The letter names a person whose identity is protected in the record. Return it, so that its author uses the number."
)
NAMES_PROTECTED = _("The reason names a person whose identity is protected. Use the number instead.")
NOT_WITHDRAWN = _("An answer or a forwarded letter cannot be withdrawn. Send a correction instead.")
TO_SENDER = _("This letter goes to the unit that asked.")
KEPT_TEXT = _(
    "A forwarded letter keeps its subject, its text and its handling conditions. Write below the text."
)
KEPT_UNIT = _("The correction of a forwarded letter goes to the same units.")
SHARE_ENDED = _("This letter opens no case any more. Load the page again.")
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


@dataclass(frozen=True)
class LetterFacts:
    """Facts about a draft: the units of its author, and what the author and the receiver may see."""

    now: datetime
    own_units: tuple = ()
    is_receiver_closed: bool = False
    may_share: bool = False


def load_facts(session, letter, user):
    """Return the facts about a draft for its rules; `user` writes or sends it."""
    unit = letter.to_unit
    own = letter.unit_code or user.unit_code
    return LetterFacts(
        now=dates.now(),
        own_units=list_own_units(own) if own else (),
        is_receiver_closed=unit is not None and not letter.to_below and not is_selectable(unit),
        may_share=letter.share_until is not None
        and letter.case is not None
        and _may_share(user, letter.case),
    )


def _may_share(user, case):
    table = current_app.extensions["ecrime.permission_table"]
    has_right = table.get_permissions(get_role_names(user)).may("can_share", "Share")
    return has_right and case_sharing.may_share(user, case)


def _check_reason(session, letter, reason):
    if not reason:
        raise RuleViolation([Problem("reason", NEEDS_REASON, row=letter)])
    if names_protected_person(session, letter, reason):
        raise RuleViolation([Problem("reason", NAMES_PROTECTED, row=letter)])


def list_receivers(letter):
    """Return the codes of the units that the letter goes to, without closed ones and its own."""
    if letter.to_unit is None:
        return []
    codes = find_units_below(letter.to_unit_code) if letter.to_below else [letter.to_unit.code]
    own = list_own_units(letter.unit_code)
    units = [_get_unit(code) for code in codes if code not in own]
    return [unit.code for unit in units if unit is not None and not has_ended(unit)]


def _get_unit(code):
    return db.session.get(Unit, code)


def needs_signature(session, letter, receivers):
    """Return whether the chief signs: the letter leaves the province, its use is limited, or its record protects a person.

    A national unit has the whole country as its area.
    """
    beyond = _leaves_province(letter.unit, receivers)
    return letter.handling != FREE or beyond or has_protected_people(session, letter)


def _leaves_province(unit, receivers):
    province = (unit.area_code or "")[:2]
    return bool(province) and any((_get_unit(code).area_code or "")[:2] != province for code in receivers)


def may_write(user, letter):
    """Return whether the user serves in the unit of the letter."""
    return user.unit_code is not None and letter.unit_code in list_own_units(user.unit_code)


def is_author(user, letter):
    """Return whether the user writes this letter. No other officer changes or sends it, so the signer has not written it."""
    return user.id == letter.recorded_by_id and may_write(user, letter)


def may_sign(user, letter):
    """Return whether the user is the chief who signs, and not the author."""
    author = letter.recorded_by
    if user.id == letter.recorded_by_id or (author is not None and share_identity(user, author)):
        return False
    role, unit_code = find_signer(letter)
    return role in get_role_names(user) and unit_code in (None, user.unit_code)


def find_signer(letter):
    """Return (role, unit code) of the officer who signs the letter.

    The national monitor signs for a unit without a provincial chief, and for a letter that the chief wrote.
    """
    return find_present_chief(letter.unit_code, letter.recorded_by_id)


def may_withdraw(user, letter):
    """Return whether the user is the author of the letter, or the chief who signs for its unit."""
    return is_author(user, letter) or may_sign(user, letter)


def find_recipient(user, letter):
    """Return the recipient of the letter that the user acts for, or None.

    It is that of the unit of the user, or of a unit below a chief that has no officer for its letters.
    """
    own = list_own_units(user.unit_code) if user.unit_code else ()
    found = next((one for one in letter.recipients if one.to_unit_code in own), None)
    if found is not None or letter.unit_code in own:
        return found
    return next((one for one in letter.recipients if stands_in(user, one.to_unit_code)), None)


def must_chief_decline(session, recipient):
    """Return whether only the chief of the receiver declines: an answer would need the signature."""
    letter = recipient.letter
    return needs_signature(session, letter, [recipient.to_unit_code]) or _leaves_province(
        recipient.to_unit, [letter.unit_code]
    )


def submit(session, letter, user):
    """Send the letter, or ask the chief for the signature if it needs one. Return whether it was sent.

    A draft stays one while the sender of the letter before is asked for the consent to forward it.
    """
    receivers = _check_draft(session, letter, user)
    if forwarding.needs_consent(letter):
        forwarding.ask_sender(session, letter, user)
        return False
    letter.needs_signature = needs_signature(session, letter, receivers)
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
    problems = [*problems, *_check_reply(session, letter)]
    if problems:
        raise RuleViolation(problems)
    return receivers


def _check_reply(session, letter):
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


def _send(session, letter, receivers, user):
    with session.no_autoflush:  # the letter is sent whole, and does not change afterwards
        _write_sent(letter, receivers)
        _end_previous(session, letter, user)
    session.flush()
    if letter.share_until is not None and WHOLE in letter.opened_parts:
        _share(letter, user, receivers)
    for one in letter.recipients:
        about = {"entity": LetterRecipient.__tablename__, "entity_id": one.id}
        send_message(
            session, TASK, text_key="letter.received", due_at=one.due_at, number=letter.number, **_find_receiver(one), **about,
        )  # fmt: skip


def _find_receiver(recipient):
    """Return to which unit or chief the task of a letter goes."""
    code = recipient.to_unit_code
    if recipient.letter.kind == REQUEST and not has_officer(code):
        role, unit_code = find_present_chief(code)
        if unit_code is not None:
            return {"to_role": role, "to_unit": unit_code}
    return {"to_unit": code}


def _write_sent(letter, receivers):
    """Give the letter its number, its deadline and its recipients."""
    now = dates.now()
    letter.state, letter.sent_at = SENT, now
    letter.number = f"L-{now.year}-{letter.id:06d}"
    if letter.kind == REQUEST and letter.due_at is None:
        days = letter.template.days if letter.template is not None else None
        term = URGENT_TERM if letter.urgent else timedelta(days=days or DAYS)
        letter.due_at = (now + term).replace(second=0, microsecond=0)
    reminded_at = now + (letter.due_at - now) * REMINDED_AT if letter.due_at is not None else None
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
        _end_shares(letter.previous, [one.to_unit_code for one in letter.previous.recipients])
    if letter.relation == QUESTION:
        _stop_clock(session, letter)
    if letter.relation not in (ANSWER, FORWARD):
        return
    recipient = forwarding.find_recipient_of(letter)
    if recipient is None or not recipient.is_pending:
        raise RuleViolation([Problem("", ALREADY_ENDED, row=letter)])
    if forwarding.needs_consent(letter):
        raise RuleViolation([Problem("to_unit", forwarding.NOT_AGREED, row=letter)])
    recipient.answer = letter
    _end(session, recipient, ANSWERED if letter.relation == ANSWER else FORWARDED, user)


def _share(letter, user, receivers):
    until = datetime.combine(letter.share_until, time(23, 59))
    for code in receivers:
        unit = _get_unit(code)
        active = case_sharing.find_active_share(letter.case, unit)
        if active is None or (active.expires_at is not None and active.expires_at < until):
            case_sharing.share_case(user, letter.case, unit, str(letter.number), until)


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
    _start_clock(session, letter)
    for one in letter.recipients:
        complete_tasks(session, LetterRecipient.__tablename__, one.id)
        _send_about_recipient(session, "letter.withdrawn", one, to_unit=one.to_unit_code)
    _end_shares(letter, [one.to_unit_code for one in letter.recipients])


def _end_shares(letter, unit_codes):
    """End what the letter opened to these units."""
    if WHOLE not in letter.opened_parts:
        return
    with unrestricted(db.session):  # the receiver no longer sees the case after the day of the letter
        for grant in case_sharing.find_shares(db.session.get(Case, letter.case_id)):
            if grant.reason == letter.number and grant.unit_code in unit_codes:
                case_sharing.end_share(grant)


def end_share(session, letter):
    """End what the letter opens of its case, before its last day. Raise RuleViolation."""
    if letter.state not in (SENT, CLOSED) or not letter.is_share_open:
        raise RuleViolation([Problem("", SHARE_ENDED, row=letter)])
    letter.share_ended_at = dates.now()
    session.flush()
    _end_shares(letter, [one.to_unit_code for one in letter.recipients])


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
        draft.to_unit = _get_unit(_find_first_sender(session, letter))
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
            _end_shares(letter, [recipient.to_unit_code])
    if state != CORRECTED:  # the correction of a question waits too
        _start_clock(session, letter)
    complete_tasks(session, LetterRecipient.__tablename__, recipient.id)
    complete_tasks(session, Letter.__tablename__, letter.id, forwarding.ASKED)
    if state not in (OPENED, CORRECTED):
        _send_about_letter(session, INBOX_NOTICE, f"letter.{state}", letter, to_user=letter.recorded_by_id)


def _stop_clock(session, question):
    """Stop the clock of the unit that asks back, until its question has an answer."""
    recipient = forwarding.find_recipient_of(question)
    if recipient is not None and recipient.is_pending and recipient.asked_back_at is None:
        with unrestricted(session):  # the officer who signs the question may serve in another unit
            recipient.asked_back_at = dates.now()
            session.flush()


def _start_clock(session, letter):
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


def _send_about_recipient(session, text_key, recipient, kind=INBOX_NOTICE, **to):
    about = {"entity": LetterRecipient.__tablename__, "entity_id": recipient.id}
    send_message(session, kind, text_key=text_key, number=recipient.letter.number, **about, **to)
