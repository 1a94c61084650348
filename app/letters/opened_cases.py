"""What a letter opens of its case to the unit that received it: the parts that its sender has chosen, until the day of the letter."""

from app.kernel.text import dates
from app.letters.actions import find_recipient
from app.letters.models import CLOSED, DECLINED, FORWARDED, SENT, WITHDRAWN

ENDED = DECLINED, FORWARDED, WITHDRAWN


def list_opened_parts(user, letter):
    """Return the parts of the case that the letter opens to the unit of the user today; none before its receipt."""
    recipient = find_recipient(user, letter)
    if recipient is None or recipient.opened_at is None or recipient.state in ENDED:
        return []
    is_over = letter.share_until is None or letter.share_until < dates.now().date()
    return [] if is_over or letter.state not in (SENT, CLOSED) else letter.opened_parts
