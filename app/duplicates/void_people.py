"""What follows when a person becomes void: the open pairs with the person end, and the units of the other record are notified.

An officer who registers a wanted person as a new one, and withdraws the person again, would otherwise end the comparison
before the unit of the wanted person sees it.
"""
# unrestricted: ends the pairs of a void person, also those of other areas; shows no row

from sqlalchemy import or_, select, update

from app.duplicates.models import VOID, WAITING, Duplicate
from app.duplicates.notifications import notify_void
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.people.models import Person
from app.people.visibility import Visibility
from app.special_access.owning_units import find_owning_units

VOIDED = Pending(list)


def collect_void_people(session, _context):
    """Collect the people who just became void. Nothing can be added during a flush, so messages wait."""
    VOIDED.get(session).extend(
        one.id
        for one in session.dirty
        if isinstance(one, Person) and has_changed(one, ("voided_at",)) and one.is_void
    )


def end_pairs(session, _context):
    """End the open pairs of the collected people, and notify the units of the other person, unless a name is protected."""
    if not (void := VOIDED.take(session)):
        return
    table = Duplicate.__table__
    row = table.c
    found = select(row.id, row.first_id, row.second_id).where(
        row.state == WAITING, or_(row.first_id.in_(void), row.second_id.in_(void))
    )
    pairs = session.execute(found.order_by(row.id)).all()
    session.execute(update(table).where(row.id.in_([one.id for one in pairs])).values(state=VOID))
    hidden = set(
        session.scalars(select(Visibility.person_id).where(Visibility.person_id.in_(void), Visibility.hidden))
    )
    for pair in pairs:
        person, other = (pair.first_id, pair.second_id)[:: 1 if pair.first_id in void else -1]
        for unit_code in find_owning_units(other) if person not in hidden else ():
            notify_void(pair.id, person, other, unit_code)
