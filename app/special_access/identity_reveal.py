"""Reveal of a protected victim or witness to permitted roles, for a reason, for 30 minutes."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts.chain_of_command import CHIEF_ROLE, is_in_command_chain
from app.cases.models import Involvement
from app.cases.rules import WITNESS
from app.extensions import db
from app.kernel.access.access_grants import REVEAL, AccessGrant
from app.kernel.audit import recorder
from app.kernel.text import dates
from app.people.nationwide import nationwide_session

REVEAL_DURATION = timedelta(minutes=30)
VICTIM_REVEAL_ROLES = frozenset((CHIEF_ROLE, "Investigator"))


def is_masked(row):
    """Return whether the name in this row of a case is hidden from the user."""
    return row.is_hidden and row.person is None


def may_reveal(user, roles, row):
    """Return whether `user` may reveal this person, by their role and the unit that owns the case."""
    if not is_masked(row) or row.card_only or not is_in_command_chain(user, row.case.unit_code):
        return False
    return is_chief(roles) or (row.protection != WITNESS and bool(VICTIM_REVEAL_ROLES & roles))


def is_chief(roles):
    return CHIEF_ROLE in roles


def is_protected_witness(row):
    """Return whether the person is a protected witness in any case: then only the chief may reveal the name."""
    other = select(Involvement.id).where(
        Involvement.person_id == row.person_id, Involvement.protection == WITNESS
    )
    with nationwide_session(protected_too=True) as session:
        return session.scalar(other.limit(1)) is not None


def reveal_identity(user, row, reason):
    """Reveal the person of a masked row to `user`."""
    now, case = dates.now(), row.case
    grant = AccessGrant(
        kind=REVEAL, entity="person", entity_id=row.person_id, user_id=user.id, granted_by_id=user.id, reason=reason,
        case_number=case.number, granted_at=now, expires_at=now + REVEAL_DURATION, owner_unit=case.unit_code,
    )  # fmt: skip
    db.session.add(grant)
    db.session.flush()
    recorder.record(
        db.session, "identity.revealed", "person", row.person_id,
        case=case.number, involvement=row.id, role=row.role, private={"reason": reason},
    )  # fmt: skip
    return grant
