"""Matches of people who were met before their order was in force.

The order came into force, is in force again, or is about another person, while this person is held. Or a corrected birth says that
the person was no child. Or two records were merged: one had the order, the other the arrest, the custody, the prison or the new
case.
"""
# unrestricted: finds the open records of a person nationwide for the orders; shows no row

from datetime import timedelta

from sqlalchemy import inspect, literal, null, select, union_all

from app.cases.models import Involvement
from app.court_orders import state_machine
from app.court_orders.matches import WANTED_AGAIN, Contact, raise_matches
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody.models import Arrest, Custody, Detention, Release
from app.custody.models.releases import is_followed
from app.custody.order_effects import CONTACTS
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.text import dates

RECENT = timedelta(days=30)  # a case in which the person was met so long ago still helps the unit in charge
HOLDING = (Arrest.__tablename__, Custody.__tablename__, Detention.__tablename__)
ENTERED = Pending(dict)  # id of an order that is just in force → its person
COLUMNS = ("status", "kind", "person_id")


def collect_orders(session, _context):
    """Collect the orders that are in force, or about another person, since this flush."""
    identified = {
        one.order_id for one in session.new if isinstance(one, OrderEvent) and one.kind == "checked"
    }
    for one in (*session.new, *session.dirty):
        if isinstance(one, CourtOrder) and one.person_id is not None and has_changed(one, COLUMNS):
            is_sought = state_machine.raises_matches(one.kind, one.status)
            is_other = one.id in identified and has_changed(one, ("person_id",))
            if is_sought and (is_other or not _was_sought(one)):
                ENTERED.get(session)[one.id] = one.person_id


def _was_sought(order):
    """Return whether the order raised matches before this flush."""
    before = {name: inspect(order).attrs[name].history.deleted for name in ("kind", "status")}
    return inspect(order).persistent and state_machine.raises_matches(
        *(before[name][0] if before[name] else getattr(order, name) for name in ("kind", "status"))
    )


def raise_matches_of_held(session, _context):
    """Raise the match of each order that is just in force with each open record of who holds its person."""
    for order_id, person_id in ENTERED.take(session).items():
        with unrestricted(session):
            found = _find_contacts(session, person_id)
        held = [contact for (table, _pk), contact in found.items() if table in HOLDING]
        if held:
            raise_matches(session, held, lambda order, order_id=order_id: order.id == order_id)
    for person_id in sorted(WANTED_AGAIN.take(session)):
        with unrestricted(session):
            found = _find_contacts(session, person_id)
        held = [contact for (table, _pk), contact in found.items() if table in HOLDING]
        if held:
            raise_matches(session, held, lambda _order: True)


def raise_matches_of_merge(session, person_id, moved):
    """Raise the matches between the orders of one record and the contacts of the other.

    `moved` has the (table, id) of the rows that the merge moved to the surviving person `person_id`.
    """
    with unrestricted(session):
        found = _find_contacts(session, person_id)
    orders = {pk for table, pk in moved if table == CourtOrder.__tablename__}
    before = [contact for key, contact in found.items() if key not in moved]
    raise_matches(session, before, lambda order: order.id in orders)
    came = [contact for key, contact in found.items() if key in moved]
    raise_matches(session, came, lambda order: order.id not in orders)


def _find_contacts(session, person_id):
    """Return {(table, id): contact} of what is open about a person, and of the recent cases."""
    now = dates.now()
    is_open = {
        Arrest: (Arrest.awaits_custody.is_(True),),
        Custody: (Custody.ended_at.is_(None),),
        Detention: (Detention.ended_on.is_(None), Detention.escaped.is_(False)),
        Release: (is_followed(Release, now.date()),),
        Involvement: (Involvement.recorded_at > now - RECENT,),
    }
    rows = union_all(
        *(
            select(
                literal(model.__tablename__).label("table"), literal(CONTACTS.get(model)).label("encounter"), model.id,
                model.case_id, model.unit_code, (model.role if model is Involvement else null()).label("role"),
            ).where(model.person_id == person_id, model.voided_at.is_(None), *conditions)
            for model, conditions in is_open.items()
        )
    ).order_by("table", "id")  # fmt: skip
    return {
        (row.table, row.id): Contact(
            person_id, row.case_id, row.encounter or row.role, is_custody=row.role is None,
            is_history=row.role is not None, unit_code=row.unit_code,
        )
        for row in session.execute(rows)
    }  # fmt: skip
