"""Owning units of a person: the units that registered the person's cases, or search or hold the person."""

from sqlalchemy import select

from app.extensions import db
from app.people.visibility import Visibility


def find_owning_units(person_id):
    """Return the codes of the units of the person's cases, orders and custody, without cases in a protected role."""
    row = Visibility.__table__.c
    found = select(row.unit_code).where(
        row.person_id == person_id, row.hidden.is_(False), row.unit_code.is_not(None)
    )
    return sorted(set(db.session.scalars(found)))
