"""Suspends the orders of a case after a final acquittal or non-suit, until the court recalls them.

It suspends them at once, in every province. Orders in other cases of the same person stay in force: an acquittal
counts for its own case alone. The orders become active again when the acquittal is set aside or voided.
"""
# unrestricted: suspends the orders of an acquitted person nationwide

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.court_orders import notifications, state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.actor import unrestricted
from app.kernel.text import dates


def suspend_orders(session, person_id, case_id, document_no, document_date):
    """Suspend every order against this person in this case, and return how many.

    Runs in the transaction of the session. The feature that registers judgments calls it.
    """
    document = {"document_no": document_no, "document_date": document_date}
    return _apply_to_orders(session, person_id, case_id, "acquitted", document, lambda order: True)


def reinstate_orders(session, person_id, case_id, documents):
    """Reactivate the orders that one of these judgments suspended, and return how many.

    `documents` are pairs of judgment number and date.
    """

    def was_suspended_by_one(order):
        events = [event for event in order.acts if event.kind == "acquitted" and event.is_in_effect]
        return bool(events) and (events[-1].document_no, events[-1].document_date) in documents

    document_no, document_date = documents[-1]
    document = {"document_no": document_no, "document_date": document_date}
    return _apply_to_orders(
        session, person_id, case_id, "restored", document, was_suspended_by_one, notifications.notify_restored
    )


def _apply_to_orders(session, person_id, case_id, kind, document, is_selected, notify=None):
    """Add an event of this kind to the selected orders, and return how many.

    The orders can be outside the scope of the user, so none of them stays in the session.
    """
    with unrestricted(session):
        conditions = CourtOrder.person_id == person_id, CourtOrder.case_id == case_id
        found = select(CourtOrder).where(*conditions, CourtOrder.voided_at.is_(None))
        orders = session.scalars(found.options(selectinload(CourtOrder.acts))).unique().all()
        found = [
            one for one in orders if state_machine.can_apply(one.kind, one.status, kind) and is_selected(one)
        ]
        events = [OrderEvent(order=one, kind=kind, at=dates.now(), **document) for one in found]
        for event in events:
            event.is_derived = True
        session.add_all(events)
        session.flush()
        for one in found if notify is not None else ():
            notify(session, one)
        session.flush()
        loaded = {event for order in orders for event in order.__dict__.get("acts", ())}
        for one in (*events, *loaded, *orders):
            if one in session:
                session.expunge(one)
    return len(found)
