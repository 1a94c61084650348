"""What a letter opens of its case to the unit that received it: the parts that its sender has chosen, until the day of the letter."""
# unrestricted: reads whether the case is valid and with its unit; shows no row

from sqlalchemy import select

from app.accounts.chain_of_command import get_command_chain
from app.cases.models import Case
from app.extensions import db
from app.kernel.actor import unrestricted
from app.letters import forwarding
from app.letters.models import CLOSED, CORRECTED, DECLINED, FORWARDED, SENT, WHOLE, WITHDRAWN
from app.letters.rights import find_recipient
from app.reference.unit_paths import list_own_units

ENDED = DECLINED, FORWARDED, CORRECTED, WITHDRAWN


def list_opened_parts(user, letter):
    """Return the parts of the case that the letter opens to the unit of the user today; none before its receipt.

    A correction of the letter ends them, and so does a void case or its move to another unit.
    """
    recipient = find_recipient(user, letter)
    if recipient is None or recipient.opened_at is None or recipient.state in ENDED:
        return []
    if not letter.is_share_open or letter.state not in (SENT, CLOSED) or _has_ended(letter):
        return []
    if WHOLE in letter.opened_parts and db.session.get(Case, letter.case_id) is None:
        return []  # the owner has ended the share
    return letter.opened_parts


def _has_ended(letter):
    case = Case.__table__.c
    owner = select(case.unit_code).where(case.id == letter.case_id, case.voided_at.is_(None))
    with unrestricted(db.session):
        unit_code = db.session.scalar(owner)
    chain = {unit_code, *(one.code for one in get_command_chain(unit_code))} if unit_code else set()
    is_corrected = forwarding.find_correction(db.session, letter) is not None
    return is_corrected or chain.isdisjoint(list_own_units(letter.unit_code))
