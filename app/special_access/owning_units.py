"""Whose a person is: of the units that registered the cases in which he stands."""

from sqlalchemy import select

from app.extensions import db
from app.people.visibility import Visibility


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
