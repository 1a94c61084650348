"""Notifies the units of a person when another unit names the person in a case, an arrest or an order without access.

A case shows only the card of the person. An arrest, a detention or an order shows the record.
"""

from sqlalchemy import inspect, select

from app.cases.models import Case, Involvement
from app.court_orders.models import CourtOrder
from app.custody.visibility_rows import UNIT_COLUMNS
from app.kernel.actor import actor_of
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.people.models import Person
from app.special_access import notifications
from app.special_access.case_sharing import get_linked_id
from app.special_access.owning_units import find_owning_units

NAMED = Pending(list)  # people named from outside the scope
OPENED = Pending(set)  # people from outside the scope whose record opens
OPENING_MODELS = (*UNIT_COLUMNS, CourtOrder)


def collect_named(session, _context):
    """Collect the people named from outside the scope of the actor."""
    named = [
        (row.person_id, row.case_id)
        for row in (*session.new, *session.dirty)
        if isinstance(row, Involvement) and row.card_only and has_changed(row, ("person_id",))
    ]
    NAMED.get(session).extend(named)


def notify_owners(session, _context):
    """Notify the owning units after the flush, in the transaction of the save."""
    for person_id, case_id in NAMED.take(session):
        case = session.get(Case, case_id)
        for unit_code in find_owning_units(person_id):
            notifications.notify_named(session, person_id, case, unit_code)


def collect_opened(session, _context, _instances):
    """Collect the people outside the scope of the actor whose record opens by a row of this flush."""
    ids = {
        get_linked_id(row, "person")
        for row in (*session.new, *session.dirty)
        if isinstance(row, OPENING_MODELS) and _names_another_person(row)
    } - {None}
    if ids:
        with session.no_autoflush:
            visible = set(session.scalars(select(Person.id).where(Person.id.in_(ids))))
        OPENED.get(session).update(ids - visible)


def _names_another_person(row):
    return has_changed(row, ("person_id",)) or inspect(row).attrs.person.history.has_changes()


def notify_of_opened(session, _context):
    """Notify the owning units after the flush, in the transaction of the save."""
    for person_id in sorted(OPENED.take(session)):
        for unit_code in find_owning_units(person_id):
            notifications.notify_opened(session, person_id, actor_of(session).unit_code, unit_code)
