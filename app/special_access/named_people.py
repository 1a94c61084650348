"""Notifies the units of a person whom another unit names in a case without access to the person."""

from app.cases.models import Case, Involvement
from app.kernel.schema.record import has_changed
from app.special_access import notifications
from app.special_access.owning_units import find_owning_units

NAMED = "people named from outside the scope"  # in the `info` of a session


def collect_named(session, _context):
    named = [
        (row.person_id, row.case_id)
        for row in (*session.new, *session.dirty)
        if isinstance(row, Involvement) and row.card_only and has_changed(row, ("person_id",))
    ]
    session.info.setdefault(NAMED, []).extend(named)


def notify_owners(session, _context):
    """Notify the owning units after the flush, in the transaction of the save."""
    for person_id, case_id in session.info.pop(NAMED, ()):
        case = session.get(Case, case_id)
        for unit_code in find_owning_units(person_id):
            notifications.notify_named(session, person_id, case, unit_code)
