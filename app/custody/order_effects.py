"""Effects of custody records on court orders.

An arrest executes its order. A final acquittal suspends the orders of the case, and they are reinstated when it is set
aside or voided. E-Crime writes the order event in the transaction of its cause, so that no arrested or acquitted person
stays wanted.
"""

from sqlalchemy import inspect, select

from app.cases.case_status import CHANGED_CASES
from app.court_orders import state_machine
from app.court_orders.acquittal import reinstate_orders, suspend_orders
from app.court_orders.models import OrderEvent
from app.custody.models import Arrest, Detention
from app.kernel.schema.record import has_changed
from app.people import status
from app.people.nationwide import nationwide_session

# Keys in `Session.info` of changes that wait for the commit: (person, case) → judgment number and date, or a list of them.
ACQUITTED, ACCUSED_AGAIN = "cleared by a final decision", "accused again"


def execute_orders(session, _context):
    """Add the execution to the order of a new arrest.

    The arrest has its id only after this flush, so the next flush writes the event.
    """
    for one in session.new:
        if isinstance(one, Arrest) and one.order is not None and one.order.status == state_machine.ACTIVE:
            session.add(
                OrderEvent(
                    order_id=one.order_id, kind="executed", at=one.at, arrest_id=one.id, person=one.person,
                    officer=(one.officers or "")[:120] or None, place=one.place, to_unit=one.by_unit,
                    note=one.force_text,
                )
            )  # fmt: skip


def apply_acquittals(session):
    """Suspend and reinstate orders before the commit, so that the audit hash chain includes their events."""
    if session.in_nested_transaction():
        return
    session.flush()
    for key, document in session.info.pop(ACQUITTED, {}).items():
        _refresh_status(session, key, suspend_orders(session, *key, *document))
    for key, documents in session.info.pop(ACCUSED_AGAIN, {}).items():
        _refresh_status(session, key, reinstate_orders(session, *key, *documents))


def _refresh_status(session, key, count):
    """Refresh the status if no order changed. An order change refreshes it (see `status_sources`)."""
    if not count:
        status.refresh_statuses(session, key[:1])


def discard_pending(session):
    for pending in (ACQUITTED, ACCUSED_AGAIN):
        session.info.pop(pending, None)


def find_arrests(order):
    """Return the ids of the valid arrests on an order, nationwide."""
    if order is None or order.id is None:
        return frozenset()
    statement = select(Arrest.id).where(Arrest.order_id == order.id, Arrest.voided_at.is_(None))
    with nationwide_session(protected_too=True) as session:
        return frozenset(session.scalars(statement))


def collect_changed_cases(session, _context):
    """Collect the cases of voided arrests: a clearance by arrest no longer counts."""
    for one in session.dirty:
        if isinstance(one, Arrest) and has_changed(one, ("voided_at", "case_id")):
            cases = {one.case_id, *(inspect(one).attrs["case_id"].history.deleted or ())} - {None}
            session.info.setdefault(CHANGED_CASES, set()).update(cases)


def select_case_arrests(case_id):
    """Return the statement for the valid arrests in a case."""
    return select(Arrest.id).where(Arrest.case_id == case_id, Arrest.voided_at.is_(None))


def find_detained(ids):
    """Return the ids of these people who are in open detention, nationwide."""
    statement = select(Detention.person_id).where(
        Detention.person_id.in_([one for one in ids if one is not None]),
        Detention.ended_on.is_(None),
        Detention.escaped.is_(False),
        Detention.voided_at.is_(None),
    )
    with nationwide_session(protected_too=True) as session:
        return frozenset(session.scalars(statement))
