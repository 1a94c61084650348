"""Who may forward a letter. A letter that says «Ask the owner first» is forwarded only to the unit that its sender has agreed to.

The draft of the receiving unit names the unit. An officer of the sender agrees to it, or refuses with a reason.
"""
# unrestricted: reads how a letter was corrected, also from letters to other units

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.identity_traits import share_identity
from app.accounts.models import User
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE, TASK
from app.kernel.actor import unrestricted
from app.kernel.concurrency.database_errors import CONFLICT
from app.kernel.concurrency.unit_of_work import SaveRejected
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation
from app.letters.models import ASK_OWNER, CLOSED, CORRECTION, FORWARD, FREE, NO_COURT, SENT, Letter
from app.letters.officers import stands_in
from app.reference.unit_paths import list_own_units

CONSENT = "forward_to_code", "forward_asked_by_id", "forward_agreed_by_id", "forward_reason"
RECEIPT = (
    "state",
    "opened_at",
    "opened_by_id",
    "done_at",
    "done_by_id",
    "reason",
    "answer_id",
    "next_step_at",
    "level",
)
ASKED, AGREED, REFUSED = "letter.forward_asked", "letter.forward_agreed", "letter.forward_refused"
NOT_FORWARDED = _("The handling conditions do not allow to forward this letter. Ask its sender first.")
NOT_AGREED = _("The sender has not agreed to this unit. Send the draft to ask for consent.")
NOT_ASKED = _("No unit waits for the consent to forward this letter. Load the page again.")
OTHER_UNIT = _("The request to forward this letter has changed. Read it again, then decide.")
NOT_BELOW = _("The sender agrees to one unit. Forward this letter without the units below it.")
NOT_SENDER = _("Another officer, of the unit that sent the letter, agrees to forward it.")

register_texts(
    **{
        ASKED: _("A unit asks to forward letter %(number)s. Decide on its page."),
        AGREED: _("The sender agreed to forward letter %(number)s. Send your draft again."),
        REFUSED: _("The sender refused to forward letter %(number)s. Read the reason on its page."),
    }
)


def is_forwardable(session, letter):
    """Return whether the handling conditions allow to forward the letter, at least with consent.

    A letter that was forwarded with consent is not forwarded again: its first sender is no longer asked.
    This is so for its corrections too.
    """
    chain = [letter, *list_corrected(session, letter)]
    if chain[-1].relation == FORWARD:
        return all(one.handling in (FREE, NO_COURT) for one in chain)
    return letter.handling in (FREE, NO_COURT, ASK_OWNER)


def list_corrected(session, letter):
    """Return the rows of the letters that this letter corrects, the first letter last."""
    rows = [letter]
    while rows[-1].relation == CORRECTION:
        rows.append(read_row(session, rows[-1].previous_id))
    return rows[1:]


def find_correction(session, letter):
    """Return the id of the letter that was sent as the correction of this one, or None."""
    row = Letter.__table__.c
    found = select(row.id).where(
        row.previous_id == letter.id, row.relation == CORRECTION, row.state.in_((SENT, CLOSED))
    )
    with unrestricted(session):
        return session.scalar(found.limit(1))


def read_row(session, letter_id):
    """Return what a forwarded letter keeps, also of a letter that the actor may not see."""
    row = Letter.__table__.c
    kept = row.subject, row.text, row.handling, row.to_unit_code, row.to_below
    found = select(row.relation, row.previous_id, *kept).where(row.id == letter_id)
    with unrestricted(session):
        return session.execute(found).one()


def needs_consent(draft):
    """Return whether the sender of the letter before has not agreed to the unit that the draft names."""
    if draft.relation != FORWARD or draft.previous is None or draft.previous.handling != ASK_OWNER:
        return False
    recipient = find_recipient_of(draft)
    is_agreed = recipient is not None and recipient.forward_agreed_by_id is not None
    return not is_agreed or draft.to_below or recipient.forward_to_code != draft.to_unit.code


def find_recipient_of(draft):
    """Return the recipient of the letter before for which this letter answers or forwards, or None."""
    own, author = list_own_units(draft.unit_code), draft.recorded_by
    found = next((one for one in draft.previous.recipients if one.to_unit_code in own), None)
    if found is not None or author is None:
        return found
    return next((one for one in draft.previous.recipients if stands_in(author, one.to_unit_code)), None)


def find_asking(letter):
    """Return the recipient that waits for the consent to forward the letter, or None."""
    waiting = (one for one in letter.recipients if one.is_pending and one.forward_to_code is not None)
    return next((one for one in waiting if one.forward_agreed_by_id is None), None)


def may_decide(user, recipient):
    """Return whether the user serves in the unit that sent the letter, and is not the officer who asks."""
    asking = recipient.forward_asked_by
    return (
        recipient.is_pending
        and asking is not None
        and user.unit_code is not None
        and recipient.unit_code in list_own_units(user.unit_code)
        and user.id != asking.id
        and not share_identity(user, asking)
    )


def ask_sender(session, draft, user):
    """Ask the sender of the letter before for the consent to forward it to the unit that the draft names."""
    recipient = find_recipient_of(draft)
    if recipient.forward_to_code == draft.to_unit.code and recipient.forward_asked_by_id == user.id:
        return  # a second click
    recipient.forward_to_code, recipient.forward_asked_by_id = draft.to_unit.code, user.id
    recipient.forward_agreed_by_id = recipient.forward_reason = None
    session.flush()
    complete_tasks(session, Letter.__tablename__, draft.previous_id)
    _notify(session, TASK, ASKED, recipient, to_unit=recipient.unit_code)


def decide(session, letter, user, agrees, reason, asked):
    """Agree to forward the letter to the unit that was asked for, or refuse with the reason.

    `asked` is what the officer has read: (code of the unit, id of the officer who asks).
    """
    recipient = find_asking(letter)
    if recipient is None:
        raise RuleViolation([Problem("", NOT_ASKED, row=letter)])
    if asked != (recipient.forward_to_code, recipient.forward_asked_by_id):
        raise SaveRejected(CONFLICT, [Problem("", OTHER_UNIT, row=letter)])
    if agrees:
        recipient.forward_agreed_by_id = user.id
    else:
        recipient.forward_to_code, recipient.forward_reason = None, reason
    session.flush()
    complete_tasks(session, Letter.__tablename__, letter.id)
    _notify(session, NOTICE, AGREED if agrees else REFUSED, recipient, to_user=recipient.forward_asked_by_id)


def _notify(session, kind, text_key, recipient, **to):
    about = {"entity": Letter.__tablename__, "entity_id": recipient.letter_id}
    send_message(session, kind, text_key=text_key, number=recipient.letter.number, **about, **to)


def find_problem(session, recipient, user):
    """Return why this officer may not change the consent of a recipient as the flush would, or None."""
    if recipient.to_unit_code in list_own_units(
        user.unit_code or ""
    ):  # it asks, and may ask for another unit
        is_given = recipient.forward_agreed_by_id is not None and has_changed(recipient, CONSENT)
        is_own = recipient.forward_asked_by_id in (None, user.id) or not has_changed(recipient, CONSENT)
        return None if is_own and not is_given else NOT_SENDER
    asking = session.get(User, recipient.forward_asked_by_id or 0)
    agreed = recipient.forward_agreed_by_id in (None, user.id)
    is_decision = not has_changed(recipient, (*RECEIPT, "forward_asked_by_id")) and asking is not None
    return None if is_decision and agreed and may_decide(user, recipient) else NOT_SENDER
