"""What a letter opens of its case to the unit that received it: the parts that its sender has chosen, until the day of the letter."""
# unrestricted: reads whether the case is valid and with its unit, and whether a correction was sent; shows no row

from sqlalchemy import select

from app.accounts.chain_of_command import get_command_chain
from app.cases.models import Case
from app.extensions import db
from app.kernel.actor import unrestricted
from app.kernel.text import dates
from app.letters.actions import find_recipient
from app.letters.models import CLOSED, CORRECTION, DECLINED, FORWARDED, SENT, WITHDRAWN, Letter
from app.reference.unit_paths import list_own_units

ENDED = DECLINED, FORWARDED, WITHDRAWN


def list_opened_parts(user, letter):
    """Return the parts of the case that the letter opens to the unit of the user today; none before its receipt.

    A correction of the letter ends them, and so does a void case or its move to another unit.
    """
    recipient = find_recipient(user, letter)
    if recipient is None or recipient.opened_at is None or recipient.state in ENDED:
        return []
    is_over = letter.share_until is None or letter.share_until < dates.now().date()
    if is_over or letter.state not in (SENT, CLOSED) or _has_ended(letter):
        return []
    return letter.opened_parts


def _has_ended(letter):
    case, later = Case.__table__.c, Letter.__table__.c
    owner = select(case.unit_code).where(case.id == letter.case_id, case.voided_at.is_(None))
    corrections = select(later.id).where(
        later.previous_id == letter.id, later.relation == CORRECTION, later.state.in_((SENT, CLOSED))
    )
    with unrestricted(db.session):
        unit_code, correction = db.session.scalar(owner), db.session.scalar(corrections.limit(1))
    chain = {unit_code, *(one.code for one in get_command_chain(unit_code))} if unit_code else set()
    return correction is not None or chain.isdisjoint(list_own_units(letter.unit_code))
