"""Adds events that follow from another record to the orders of any unit, in the transaction of that record."""
# unrestricted: adds events to orders nationwide; no order stays in the session of the user

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.court_orders import state_machine
from app.court_orders.flush_hooks import valid_events
from app.court_orders.models import CourtOrder
from app.kernel.actor import unrestricted


def add_events(session, conditions, make_event, notify=None):
    """Add the event of `make_event(order)` to the orders under these conditions that allow it.

    Return the number of orders that have another state now.

    `make_event` returns None for an order that stays as it is. The orders can be outside the scope of the user, so none of
    them stays in the session.
    """
    with unrestricted(session):
        found = select(CourtOrder).where(*conditions, CourtOrder.voided_at.is_(None))
        orders = session.scalars(found.options(joinedload(CourtOrder.acts))).unique().all()
        with session.no_autoflush:
            made = [(one, event) for one in orders if (event := make_event(one)) is not None]
            for _order, event in made:
                # Before the order: no second officer confirms what follows from another record.
                event.is_derived = True
            events = [
                (one, event)
                for one, event in made
                if state_machine.allows(one.kind, valid_events(one), event)
            ]
            before = {one: one.status for one, _event in events}
            for one, event in events:
                event.order = one
                session.add(event)
        session.flush()
        for one, _event in events if notify is not None else ():
            notify(session, one)
        session.flush()
        changed = sum(one.status != status for one, status in before.items())
        loaded = {event for order in orders for event in order.__dict__.get("acts", ())}
        for one in (*loaded, *orders):
            if one in session:
                session.expunge(one)
    return changed
