"""Check of every flush: a letter changes by the steps of the officers who may take them, from any entry point."""
# unrestricted: reads the stored state of a letter that its actor changes

from sqlalchemy import select

from app.accounts.admin_scope import get_role_names
from app.accounts.chain_of_command import is_in_command_chain
from app.accounts.models import User
from app.kernel.actor import UNRESTRICTED, actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation
from app.letters import forwarding
from app.letters.models import (
    CORRECTED,
    CORRECTION,
    DECLINED,
    DRAFT,
    SENT,
    WAITING,
    WITHDRAWN,
    Letter,
    LetterFile,
    LetterRecipient,
)
from app.letters.officers import find_present_chief, stands_in
from app.letters.protected_names import find_named_of_area
from app.letters.receivers import list_receivers, needs_signature
from app.letters.refusals import (
    ALREADY_ENDED,
    LOCKED,
    NOT_AUTHOR,
    NOT_CHIEF,
    NOT_RECEIVER,
    NOT_SIGNER,
    NOT_YOURS,
)
from app.letters.rights import is_author, may_sign, may_withdraw, may_write, must_chief_decline
from app.reference.unit_paths import list_own_units

FACTS = (
    "number", "template_code", "kind", "subject", "text", "to_unit_code", "to_below", "case_id", "person_id", "order_id", "exhibit_id",
    "about", "due_at", "urgent", "handling", "share_until", "share_parts", "sent_at", "needs_signature", "signed_by_id", "thread_id",
    "previous_id", "relation", "unit_code", "deleted_at",
)  # fmt: skip
STEPS = {  # state → the states that may follow by a step of an officer
    DRAFT: (WAITING, SENT),
    WAITING: (DRAFT, SENT),
    SENT: (WITHDRAWN,),
}
CHANGED = _("Another officer has changed this letter. Load the page again.")


def check_letters(session, _context, _instances):
    """Refuse a change of a letter that was sent, and each step by an officer who may not take it."""
    if actor_of(session).scope == UNRESTRICTED:
        return
    changed = [one for one in session.dirty if session.is_modified(one, include_collections=False)]
    with session.no_autoflush:
        problems = []
        for one in (*session.new, *changed):
            find = CHECKS.get(type(one))
            text = find(session, one, one in session.new) if find is not None else None
            if text is not None:
                problems.append(Problem("", text, row=one))
    if problems:
        raise RuleViolation(problems)


def _get_user(session):
    return session.get(User, actor_of(session).user_id or 0)


def _find_letter_problem(session, letter, is_new):
    user = _get_user(session)
    if user is None:
        return NOT_YOURS
    if is_new:
        is_plain = letter.state in (None, DRAFT) and letter.number is None and letter.signed_by_id is None
        own = may_write(user, letter) or letter.unit_code is None
        return None if is_plain and own else NOT_YOURS
    row = Letter.__table__.c
    stored = session.connection().scalar(select(row.state).where(row.id == letter.id))
    if letter.state == stored:
        if stored == DRAFT:
            return None if is_author(user, letter) else NOT_AUTHOR
        ends_share = has_changed(letter, ("share_ended_at",)) and not has_changed(letter, FACTS)
        return (None if may_write(user, letter) else NOT_YOURS) if ends_share else LOCKED
    if letter.state not in STEPS.get(stored, ()):
        return CHANGED
    if stored == DRAFT and not is_author(user, letter):
        return NOT_AUTHOR
    if stored == DRAFT and letter.signed_by_id is not None:  # only a letter that waits is signed
        return NOT_SIGNER
    if stored == WAITING and letter.state == DRAFT and is_author(user, letter):
        return None
    if stored == WAITING:
        return None if may_sign(user, letter) else NOT_SIGNER
    if stored == SENT and has_changed(letter, FACTS):
        return LOCKED
    if letter.state == WITHDRAWN:
        return None if may_withdraw(user, letter) else NOT_YOURS
    if letter.state == SENT and (
        needs_signature(session, letter, list_receivers(letter))
        or find_named_of_area(session, letter, f"{letter.subject} {letter.text}")
    ):
        return NOT_SIGNER
    return None if may_write(user, letter) else NOT_YOURS


def _find_recipient_problem(session, recipient, is_new):
    user = _get_user(session)
    if user is None:
        return NOT_RECEIVER
    if is_new:
        is_sent = recipient.letter is not None and recipient.letter.state == SENT
        return None if is_sent and recipient.letter in session.dirty else LOCKED
    row = LetterRecipient.__table__.c
    stored = session.connection().execute(select(row.state, row.done_at).where(row.id == recipient.id)).one()
    if stored.done_at is not None:
        return ALREADY_ENDED
    if has_changed(recipient, ("due_at", "asked_back_at")):
        return LOCKED
    if recipient.state == WITHDRAWN:
        return None if may_withdraw(user, recipient.letter) else NOT_YOURS
    reply = recipient.answer
    if recipient.state == CORRECTED:
        is_corrected = reply is not None and reply.relation == CORRECTION and reply.state == SENT
        return None if is_corrected and reply.previous_id == recipient.letter_id else NOT_YOURS
    if reply is not None and reply in session.dirty and is_reply_of(reply, recipient):
        # The check of the reply decides who signs it.
        return forwarding.NOT_AGREED if forwarding.needs_consent(reply) else None
    if has_changed(recipient, forwarding.CONSENT):
        return forwarding.find_problem(session, recipient, user)
    if not is_in_command_chain(user, recipient.to_unit_code):
        return NOT_RECEIVER
    return _find_decline_problem(session, recipient, user) if recipient.state == DECLINED else None


def _find_decline_problem(session, recipient, user):
    """Return why the user does not decline alone, or None. A unit without a chief declines by its officers."""
    role, unit_code = find_present_chief(recipient.to_unit_code)
    is_chief = role in get_role_names(user) and user.unit_code == unit_code
    if unit_code is None or is_chief or not must_chief_decline(session, recipient):
        return None
    return NOT_CHIEF


def is_reply_of(reply, recipient):
    """Return whether the unit that received a letter, or the chief who stands in for it, has written this reply to it."""
    is_own = recipient.to_unit_code in list_own_units(reply.unit_code)
    return reply.previous_id == recipient.letter_id and (
        is_own or stands_in(reply.recorded_by, recipient.to_unit_code)
    )


def _find_file_problem(session, file, is_new):
    user = _get_user(session)
    is_own = user is not None and file.letter is not None and is_author(user, file.letter)
    if not is_own:
        return NOT_AUTHOR
    return None if file.letter.is_draft else LOCKED


CHECKS = {
    Letter: _find_letter_problem,
    LetterRecipient: _find_recipient_problem,
    LetterFile: _find_file_problem,
}
