"""A protected victim or witness is shown for a reason, to whom the law leaves the name, for half an hour."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts.chain_of_command import CHIEF, is_of_owner
from app.cases.models import Involvement
from app.cases.rules import SHOWN_ROLES
from app.extensions import db
from app.kernel.access.access_grants import REVEAL, Opening
from app.kernel.audit import recorder
from app.kernel.text import dates
from app.people.nationwide import nation

OPEN_FOR = timedelta(minutes=30)
WITNESS = "witness"
VICTIMS_TO = frozenset((CHIEF, "Investigator"))


def is_masked(row):
    """Whether the name of this row of a case is hidden from its reader."""
    return row.restricted and row.role not in SHOWN_ROLES and row.person is None


def may_reveal(user, roles, row):
    """Whether `user` may have this masked person shown: of the unit that owns the case, by his role."""
    if not is_masked(row) or not is_of_owner(user, row.case.unit_code):
        return False
    return is_chief(roles) or (row.role != WITNESS and bool(VICTIMS_TO & roles))


def is_chief(roles):
    return CHIEF in roles


def is_for_chief_alone(row):
    """Whether the person is a protected witness of any case: then the name is for the chief."""
    other = select(Involvement.id).where(
        Involvement.person_id == row.person_id, Involvement.role == WITNESS, Involvement.restricted.is_(True)
    )
    with nation(protected_too=True) as session:
        return session.scalar(other.limit(1)) is not None


def reveal(user, row, reason):
    """Show the person of a masked row to `user`."""
    now, case = dates.now(), row.case
    opening = Opening(
        kind=REVEAL, entity="person", entity_id=row.person_id, user_id=user.id, opened_by_id=user.id, reason=reason,
        case_number=case.number, opened_at=now, closes_at=now + OPEN_FOR, owner_unit=case.unit_code,
    )  # fmt: skip
    db.session.add(opening)
    db.session.flush()
    recorder.note(
        db.session, "reveal", "person", row.person_id,
        case=case.number, involvement=row.id, role=row.role, private={"reason": reason},
    )  # fmt: skip
    return opening
