"""Whose a record is: the unit that registered it, and the units above it in the same province."""

from sqlalchemy import select

from app.extensions import db
from app.messages.chiefs import line_of
from app.people.visibility import Visibility


def is_of_owner(user, unit_code):
    """Whether `user` serves in the unit of that code, or above it in the same province."""
    if not unit_code or not user.unit_code:
        return False
    return user.unit_code == unit_code or user.unit_code in {unit.code for unit in line_of(unit_code)}


def owners_of(person_id):
    """The codes of the units that registered the cases in which a person stands, protected roles aside."""
    row = Visibility.__table__.c
    found = select(row.unit_code).where(
        row.person_id == person_id,
        row.hidden.is_(False),
        row.case_id.is_not(None),
        row.unit_code.is_not(None),
    )
    return sorted(set(db.session.scalars(found)))
