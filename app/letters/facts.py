"""The facts about a draft of a letter for its rules."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from app.accounts.admin_scope import get_role_names
from app.kernel.text import dates
from app.reference.periods import is_selectable
from app.reference.unit_paths import list_own_units
from app.special_access import case_sharing


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
