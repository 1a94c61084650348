"""Suspends the orders of a case after a final acquittal or non-suit, until the court recalls them.

It suspends them in every province, whether they were received before the decision or after it. Orders in other cases of
the same person stay in force: an acquittal counts for its own case alone. The unit in charge of an order that names no
case decides whether it belongs to that case. The orders become active again when the acquittal is set aside or voided. An
acquittal that an officer entered on an order counts until an officer enters its end.
"""
# unrestricted: finds the orders of an acquitted person nationwide; shows no row

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import or_, select

from app.cases.models import Involvement
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

    judgment_id: int
    document_no: str
    document_date: date
    final_on: date

    @property
    def effective_at(self):
        """Return the end of the day on which the decision became final, and not a moment in the future."""
        return min(dates.now(), datetime.combine(self.final_on, time.max))


def apply_decision(session, person_id, case_id, decision, restores=True):
    """Let the orders against this person in this case follow from the decision that clears the person, or None.

    An order that another judgment suspended, or one that does not count any more, is active again. `restores` is False if
    there is no such order. Return how many orders have another state now. Runs in the transaction of the session.
    """
    of_case = CourtOrder.person_id == person_id, CourtOrder.case_id == case_id
    unit = session.get(Unit, actor_of(session).unit_code or "")

    def restore(order):
        derived = _find_acquittals(order)
        if not derived or (decision is not None and follows_from(derived[-1], order, decision)):
            return None
        names = ("judgment_id", "document_no", "document_date")
        return OrderEvent(
            kind="restored", at=dates.now(), **{name: getattr(derived[-1], name) for name in names}
        )

    def suspend(order):
        if _find_acquittals(order):
            return None
        at = max(decision.effective_at, datetime.combine(order.issued_on, time()))
        document = {"document_no": decision.document_no, "document_date": decision.document_date}
        return OrderEvent(kind="acquitted", at=at, judgment_id=decision.judgment_id, **document)

    def notify(session, order):
        if order.status == state_machine.SUSPENDED:
            entered_by = unit.name_km if unit is not None else "—"
            notifications.notify_suspended(session, order, decision.document_no, entered_by)

    changed = add_events(session, of_case, restore, _complete_if_active) if restores else 0
    return changed + (add_events(session, of_case, suspend, notify) if decision is not None else 0)


def follows_from(event, order, decision):
    """Return True if the acquittal says what the decision says: the same judgment, and final since the same day."""
    day = max(decision.final_on, order.issued_on)
    return event.judgment_id == decision.judgment_id and event.at.date() == day


def _complete_if_active(session, order):
    if order.status in state_machine.VALID_STATES:
        notifications.complete_suspension(session, order)


def _find_acquittals(order):
    """Return the acquittals of an order by judgments that nothing has reversed, oldest entry first."""
    standing = state_machine.list_standing(valid_events(order))
    return [one for one in standing if one.kind == "acquitted" and one.judgment_id is not None]


def ask_about_orders(session, person_id, case_id, is_cleared):
    """Ask the units in charge whether their orders without a case belong to the case of the acquittal, or of its end.

    An order of the case that stays suspended after the end has an acquittal that an officer entered: perhaps this one.
    """
    row = CourtOrder.__table__.c
    columns = row.id, row.number, row.kind, row.status, row.owner_unit_code
    unclear = row.case_id.is_(None)
    if not is_cleared:
        unclear = or_(unclear, row.case_id == case_id)
    found = select(*columns).where(row.person_id == person_id, unclear, row.voided_at.is_(None))
    with unrestricted(session):
        orders = session.execute(found.order_by(row.id)).all()
        if not is_cleared and not _is_cleared_elsewhere(session, person_id):
            notifications.complete_acquittal_elsewhere(session, [one.id for one in orders])
        for one in orders:
            if is_cleared and state_machine.can_apply(one.kind, one.status, "acquitted"):
                notifications.notify_acquitted_elsewhere(session, one)
            elif not is_cleared and one.status == state_machine.SUSPENDED:
                notifications.notify_accused_elsewhere(session, one)
        session.flush()


def _is_cleared_elsewhere(session, person_id):
    """Return whether a final decision clears the person in any case."""
    row = Involvement.__table__.c
    found = select(row.id).where(
        row.person_id == person_id, row.ended_on.is_not(None), row.voided_at.is_(None)
    )
    return session.scalar(found.limit(1)) is not None
