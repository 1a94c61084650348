"""A hit: somebody wanted was entered somewhere, as anything. The unit in charge of the order answers, and in time.

A hit is no proof. It is raised in the transaction of the entry, whoever enters and wherever; what is read of the order
on the way is shown to nobody who does not see it.
"""

from datetime import timedelta

from sqlalchemy import event, insert, inspect, select, update
from sqlalchemy.orm import Session

from app.cases.models import Involvement
from app.court_orders import notifications
from app.court_orders.flush_hooks import searched_for
from app.court_orders.models import CourtOrder, Hit
from app.court_orders.models.matches import OPEN
from app.kernel.access.area import LEVELS
from app.kernel.actor import actor_of, seeing_everything
from app.kernel.audit import recorder
from app.kernel.schema import origin
from app.kernel.text import dates
from app.people import status
from app.people.models import Person

WAITING, LONGER, CONFIRMED, DENIED, ENDED = "waiting", "longer", "confirmed", "denied", "ended"
URGENT_WITHIN, ROUTINE_WITHIN = timedelta(minutes=10), timedelta(hours=1)
MET, OVER = "people just entered", "orders just ended"  # what a session keeps of this in `info`
ANSWERS = {"hit_confirmed": CONFIRMED, "hit_denied": DENIED, "hit_longer": LONGER}


@event.listens_for(Session, "after_flush")
def _remember_who_was_met(session, _context):
    """While a flush goes on nothing may be added to it: messages wait until it is done."""
    # For whom this very save registers there is no order yet; whoever stands in an imported case was met long ago.
    unknown = {one.id for one in session.new if isinstance(one, Person)}
    entered = [
        row
        for row in session.new
        if isinstance(row, Involvement)
        and row.person_id not in unknown
        and not (row.case is not None and origin.is_imported(row.case))
    ]
    met = [(row.person_id, row.case_id, row.role) for row in entered]
    over = [
        one.id
        for one in session.dirty
        if isinstance(one, CourtOrder) and not one.is_wanted and _has_changed(one)
    ]
    session.info.setdefault(MET, []).extend(met)
    session.info.setdefault(OVER, []).extend(over)


@event.listens_for(Session, "after_flush_postexec")
def _whoever_is_entered_may_be_wanted(session, _context):
    met, over = session.info.pop(MET, ()), session.info.pop(OVER, ())
    if met:
        raise_for(session, met)
    if over:
        _need_no_answer(session, over)


def raise_for(session, met, urgent=False):
    """Raise a hit for each active order of the people in `met`, rows of (person, case, role). Gives the hits' ids.

    Features that meet people in another way (an arrest, a prison's list) call this in their own transaction.
    """
    people = {person_id for person_id, _case_id, _role in met}
    known = status.of(session, people)
    wanted = {one for one in people if one in known and known[one].status == status.WANTED}
    if not wanted:
        return []
    with seeing_everything(session):
        orders = session.execute(_active_orders(wanted)).all()
        rows = [
            _row(session, order, case_id, role, urgent)
            for order in orders
            for person_id, case_id, role in dict.fromkeys(met)
            if person_id == order.person_id and (case_id is None or case_id != order.case_id)
        ]
        return [_raise(session, row, order_no) for row, order_no in rows]


def _active_orders(people):
    row = CourtOrder.__table__.c
    columns = ("id", "person_id", "case_id", "number", "urgent", "offence_class", "family", "owner_unit_code")
    found = select(*(row[name] for name in (*columns, *LEVELS.values())))
    return found.where(row.person_id.in_(people), *searched_for(row)).order_by(row.id)


def _row(session, order, case_id, role, urgent):
    actor, now = actor_of(session), dates.now()
    urgent = urgent or order.urgent or order.offence_class == "felony"
    row = {
        "order_id": order.id, "person_id": order.person_id, "case_id": case_id, "met_as": role, "urgent": urgent,
        "owner_unit_code": order.owner_unit_code, "unit_code": actor.unit_code, "family": order.family,
        "raised_at": now, "raised_by_id": actor.user_id, "state": WAITING, "passed_up": 0,
        "due_at": now + (URGENT_WITHIN if urgent else ROUTINE_WITHIN),
    }  # fmt: skip
    return row | {name: getattr(order, name) for name in LEVELS.values()}, order.number


def _raise(session, row, order_no):
    table = Hit.__table__
    pk = session.scalar(insert(table).values(row).returning(table.c.id))
    recorder.note(session, "hit.raised", "hit", pk, order=row["order_id"], urgent=row["urgent"])
    notifications.raised(session, pk, row, order_no)
    return pk


def _need_no_answer(session, orders):
    """With the end of an order the hits on it end."""
    with seeing_everything(session):
        table = Hit.__table__
        waiting = table.c.order_id.in_(orders), table.c.state.in_(OPEN)
        ids = session.scalars(select(table.c.id).where(*waiting)).all()
        if ids:
            session.execute(update(table).where(table.c.id.in_(ids)).values(state=ENDED))
        for pk in ids:
            notifications.ended(session, pk)


def _has_changed(order):
    return any(inspect(order).attrs[name].history.deleted for name in ("status", "voided_at"))


def unconfirmed(session, person_id, order_id=None):
    """Whether this order (any order, where none is named) met this person, and nobody in charge of it has said that it is he
    (V086).

    Whoever enters an arrest on it gives the reason why he did not wait, or did not take «no» for an answer.
    """
    table = Hit.__table__
    met = [table.c.person_id == person_id] + ([table.c.order_id == order_id] if order_id else [])
    states = {}
    with seeing_everything(session):
        for order, state in session.execute(select(table.c.order_id, table.c.state).where(*met).distinct()):
            states.setdefault(order, set()).add(state)
    return any(CONFIRMED not in one and not one.isdisjoint((*OPEN, DENIED)) for one in states.values())
