"""Between whoever is held and the orders of the courts: an arrest executes its order, a final acquittal holds the others,
and one that is set aside or struck out gives them back.

The register writes the act in the transaction of its cause, so that nobody stays wanted who was arrested or acquitted.
"""

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.court_orders import custody_port, flush_hooks, state_machine  # noqa: F401  (listens first: it follows what is added here)
from app.court_orders.acquittal import give_orders_back, hold_orders
from app.court_orders.models import OrderEvent
from app.custody.models import Arrest, Detention
from app.people import status
from app.people.nationwide import nation

# What waits for the end of the transaction: (person, case) → the paper with its day, or the papers.
ACQUITTED, ACCUSED = "cleared by a final decision", "accused again"


@event.listens_for(Session, "after_flush")
def _an_arrest_executes_its_order(session, _context):
    """The number of the arrest is known only now; the act is written by the next flush of the same transaction."""
    for one in session.new:
        if isinstance(one, Arrest) and one.order is not None and one.order.status == state_machine.ACTIVE:
            session.add(
                OrderEvent(
                    order_id=one.order_id, kind="executed", at=one.at, arrest_id=one.id, person=one.person,
                    officer=(one.officers or "")[:120] or None, place=one.place, to_unit=one.by_unit,
                    note=one.force_text,
                )
            )  # fmt: skip


@event.listens_for(Session, "before_commit", insert=True)
def orders_follow_an_acquittal(session):
    """Before the log is chained: what this writes belongs into it."""
    if session.in_nested_transaction():
        return
    session.flush()
    for whose, paper in session.info.pop(ACQUITTED, {}).items():
        _followed(session, whose, hold_orders(session, *whose, *paper))
    for whose, papers in session.info.pop(ACCUSED, {}).items():
        _followed(session, whose, give_orders_back(session, *whose, *papers))


def _followed(session, whose, orders):
    """The status waited for what becomes of the orders (`custody.status`); where none changed nothing followed it yet."""
    if not orders:
        status.follow(session, whose[:1])


@event.listens_for(Session, "after_rollback")
def _nobody_was_acquitted(session):
    for waiting in (ACQUITTED, ACCUSED):
        session.info.pop(waiting, None)


def _of_order(order):
    """The ids of the arrests that rest on an order, anywhere in the nation."""
    if order is None or order.id is None:
        return frozenset()
    rest = select(Arrest.id).where(Arrest.order_id == order.id, Arrest.voided_at.is_(None))
    with nation(protected_too=True) as session:
        return frozenset(session.scalars(rest))


def _held(ids):
    """Those of these persons who are in open detention, anywhere in the nation."""
    open_ones = select(Detention.person_id).where(
        Detention.person_id.in_([one for one in ids if one is not None]),
        Detention.ended_on.is_(None),
        Detention.escaped.is_(False),
        Detention.voided_at.is_(None),
    )
    with nation(protected_too=True) as session:
        return frozenset(session.scalars(open_ones))


custody_port.answered_by(of_order=_of_order, held=_held)
