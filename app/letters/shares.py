"""The share of a case that a letter opens to its receivers."""
# unrestricted: ends the share of a case that the actor does not see

from datetime import datetime, time

from flask_babel import lazy_gettext as _

from app.cases.models import Case
from app.extensions import db
from app.kernel.actor import unrestricted
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.letters.models import CLOSED, SENT, WHOLE
from app.reference.models import Unit
from app.special_access import case_sharing

SHARE_ENDED = _("This letter opens no case any more. Load the page again.")


def share_case(letter, user, receivers):
    """Share the case of the letter with its receivers until its last day, unless they see it longer already."""
    until = datetime.combine(letter.share_until, time(23, 59))
    for code in receivers:
        unit = db.session.get(Unit, code)
        active = case_sharing.find_active_share(letter.case, unit)
        if active is None or (active.expires_at is not None and active.expires_at < until):
            case_sharing.share_case(user, letter.case, unit, str(letter.number), until)


def end_share(session, letter):
    """End what the letter opens of its case, before its last day. Raise RuleViolation."""
    if letter.state not in (SENT, CLOSED) or not letter.is_share_open:
        raise RuleViolation([Problem("", SHARE_ENDED, row=letter)])
    letter.share_ended_at = dates.now()
    session.flush()
    end_shares(letter, [one.to_unit_code for one in letter.recipients])


def end_shares(letter, unit_codes):
    """End what the letter opened to these units."""
    if WHOLE not in letter.opened_parts:
        return
    with unrestricted(db.session):  # the receiver no longer sees the case after the day of the letter
        for grant in case_sharing.find_shares(db.session.get(Case, letter.case_id)):
            if grant.reason == letter.number and grant.unit_code in unit_codes:
                case_sharing.end_share(grant)
