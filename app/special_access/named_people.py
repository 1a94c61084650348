"""Notifies the units of a person when an officer without access names the person in a case, an arrest or an order.

A case shows only the card of the person. An arrest, a detention or an order shows the record. An officer who does not see
a suspect below 18 records such an act too, because the time limit must begin. The chief is notified then, and of an act
that opens the name to a unit which is not that of the author.
"""

from sqlalchemy import inspect, select

from app.cases.models import Case, Involvement
from app.court_orders.models import CourtOrder
from app.custody.models import CustodyStep, Judgment
from app.custody.visibility_rows import UNIT_COLUMNS
from app.kernel.actor import actor_of
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.people.merged_records import get_hidden_persons
from app.people.visibility import Visibility
from app.special_access import notifications
from app.special_access.case_sharing import get_linked_id
from app.special_access.owning_units import find_owning_units

NAMED = Pending(list)  # people named from outside the scope
OPENED = Pending(dict)  # people hidden from the author of an act, or shown to another unit
OPENING_MODELS = (*(model for model in UNIT_COLUMNS if model is not CustodyStep), CourtOrder)


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
        for unit_code in _leave_out_own(session, find_owning_units(person_id)):
            notifications.notify_named(session, person_id, case, unit_code)


def collect_opened(session, _context, _instances):
    """Collect the people hidden from the actor that an act of this flush names, with the units that own them before it.

    A judgment opens no record: it is collected only of a suspect below 18, as an act that names another unit. So is a
    step of a custody, which the author sees already: a transfer names the unit that receives the person.
    """
    scope = actor_of(session).scope
    if scope is None or scope.is_unrestricted:
        return
    named, opened, elsewhere = set(), set(), set()
    for row in (*session.new, *session.dirty):
        if isinstance(row, (*OPENING_MODELS, CustodyStep, Judgment)):
            person_id = get_linked_id(row, "person")
            if not isinstance(row, CustodyStep) and _names_another_person(row):
                named.add(person_id)
                opened |= {person_id} if isinstance(row, OPENING_MODELS) else set()
            if _names_another_unit(row, scope.units):
                elsewhere.add(person_id)
    if not (named or elsewhere) - {None}:
        return
    with session.no_autoflush:
        unseen = get_hidden_persons(session)
        hidden = named & unseen
        unseen -= opened  # the rows of this flush show them
        minors = _find_minors(session, (hidden | elsewhere) - {None})
        pending = OPENED.get(session)
        for person_id in sorted((hidden & opened) | minors):
            pending[person_id] = find_owning_units(person_id), person_id in minors


def _find_minors(session, ids):
    """Return the ids of those people who are suspects below 18."""
    row = Visibility.__table__.c
    found = select(row.person_id).where(row.person_id.in_(ids), row.minor.is_(True), row.hidden.is_(False))
    return set(session.scalars(found)) if ids else set()


def _names_another_person(row):
    return has_changed(row, ("person_id",)) or inspect(row).attrs.person.history.has_changes()


def _names_another_unit(row, own):
    """Return whether an act of custody just names a unit, to which it shows the person, that is none of these."""
    column = UNIT_COLUMNS.get(type(row))
    if column is None:
        return False
    link = column.removesuffix("_code")
    unit = row.__dict__.get(link)
    code = unit.code if unit is not None else getattr(row, column)
    changed = has_changed(row, (column,)) or (unit is not None and has_changed(row, (link,)))
    return changed and code is not None and code not in own


def notify_of_opened(session, _context):
    """Notify the owning units after the flush, in the transaction of the save; of a suspect below 18 also their chiefs."""
    author_unit = actor_of(session).unit_code
    for person_id, (owners, is_minor) in sorted(OPENED.take(session).items()):
        if is_minor:
            notifications.notify_of_minor(session, person_id, author_unit, owners)
            continue
        for unit_code in _leave_out_own(session, owners):
            notifications.notify_opened(session, person_id, author_unit, unit_code)


def _leave_out_own(session, units):
    """Return these units without those of the actor."""
    scope = actor_of(session).scope
    own = scope.units if scope is not None else ()
    return [one for one in units if one not in own]
