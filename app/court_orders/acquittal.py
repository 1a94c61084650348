"""Suspends the orders of a case after a final acquittal or non-suit, until the court recalls them.

It suspends them in every province, whether they were received before the decision or after it. Orders in other cases of
the same person stay in force: an acquittal counts for its own case alone. The unit in charge of an order that names no
case decides whether it belongs to that case. The orders become active again when the acquittal is set aside or voided.
"""
# unrestricted: finds the orders of an acquitted person nationwide; shows no row

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select

from app.court_orders import notifications, state_machine
from app.court_orders.flush_hooks import valid_events
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.system_events import add_events
from app.kernel.actor import actor_of, unrestricted
from app.kernel.text import dates
from app.reference.models import Unit


@dataclass(frozen=True)
class Decision:
    """A final decision of a court that clears a person in a case: number and date of its document, and when it took effect."""

    document_no: str
    document_date: date
    final_on: date

    @property
    def effective_at(self):
        """Return the end of the day on which the decision became final, and not a moment in the future."""
        return min(dates.now(), datetime.combine(self.final_on, time.max))


def suspend_orders(session, person_id, case_id, decision):
    """Suspend every order against this person in this case, and return how many changed their state.

    Runs in the transaction of the session. The feature that registers judgments calls it.
    """

    def make_event(order):
        if _find_acquittals(order):
            return None
        at = max(decision.effective_at, datetime.combine(order.issued_on, time()))
        document = {"document_no": decision.document_no, "document_date": decision.document_date}
        return OrderEvent(kind="acquitted", at=at, **document)

    unit = session.get(Unit, actor_of(session).unit_code or "")
    document = {
        "document_no": decision.document_no,
        "entered_by": unit.name_km if unit is not None else "—",
    }

    def notify(session, order):
        if order.status == state_machine.SUSPENDED:
            notifications.notify_suspended(session, order, **document)

    return add_events(session, _of_case(person_id, case_id), make_event, notify)


def reinstate_orders(session, person_id, case_id, documents):
    """Reactivate the orders that one of these judgments suspended, and return how many changed their state.

    `documents` are pairs of judgment number and date.
    """
    document_no, document_date = documents[-1]

    def make_event(order):
        events = _find_acquittals(order)
        if not events or (events[-1].document_no, events[-1].document_date) not in documents:
            return None
        return OrderEvent(
            kind="restored", at=dates.now(), document_no=document_no, document_date=document_date
        )

    return add_events(session, _of_case(person_id, case_id), make_event, _notify_if_active)


def _notify_if_active(session, order):
    if order.status in state_machine.VALID_STATES:
        notifications.notify_restored(session, order)


def _find_acquittals(order):
    """Return the acquittals of an order that nothing has reversed, oldest entry first."""
    return [one for one in state_machine.list_standing(valid_events(order)) if one.kind == "acquitted"]


def _of_case(person_id, case_id):
    return CourtOrder.person_id == person_id, CourtOrder.case_id == case_id


def ask_about_orders(session, person_id):
    """Ask the units in charge whether their orders without a case belong to the case of the acquittal."""
    row = CourtOrder.__table__.c
    columns = row.id, row.number, row.kind, row.status, row.owner_unit_code
    found = select(*columns).where(row.person_id == person_id, row.case_id.is_(None), row.voided_at.is_(None))
    with unrestricted(session):
        orders = session.execute(found.order_by(row.id)).all()
        for one in orders:
            if state_machine.can_apply(one.kind, one.status, "acquitted"):
                notifications.notify_acquitted_elsewhere(session, one)
        session.flush()
