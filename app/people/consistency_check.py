"""Compares the dates of death and the telephones for comparison of people, for `run.py status check`."""
# unrestricted: compares all people, for a command

from sqlalchemy import or_, select

from app.kernel.text.phone_numbers import normalize_phone
from app.people import deaths
from app.people.models import Person


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the people whose derived columns follow from nothing.

    `connection` must see every row.
    """
    return deaths.find_drift(connection) + list(_find_phones(connection))


def _find_phones(connection):
    row = Person.__table__.c
    has_phone = or_(row.phone.is_not(None), row.phone_key.is_not(None))
    known = select(row.id, row.phone, row.phone_key).where(row.voided_at.is_(None), has_phone)
    for pk, phone, stored in connection.execute(known.order_by(row.id)):
        if stored != (computed := normalize_phone(phone) or None):
            yield "person", pk, "phone_key", str(stored), str(computed)
