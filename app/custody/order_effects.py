"""Effects of custody records on court orders.

An arrest executes its order. A final acquittal suspends the orders of the case, also those that are verified later, and
they are reinstated when it is set aside or voided. E-Crime writes the order event in the transaction of its cause, so
that no arrested or acquitted person stays wanted.
"""
# unrestricted: finds final acquittals nationwide for the orders of this save; shows no row
# chosen fields: what the execution of an order copies from an arrest

from datetime import datetime, time

from sqlalchemy import exists, or_, select

from app.cases.models import Involvement
from app.court_orders import notifications, state_machine
from app.court_orders.acquittal import Decision, apply_decision, ask_about_orders
from app.court_orders.flush_hooks import valid_events
from app.court_orders.matches import Contact, add_contacts, has_unconfirmed_match
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.rules import number_key
from app.court_orders.system_events import add_events
from app.custody.models import Arrest, Custody, Detention, Judgment, Release, SupervisionStep
from app.custody.rules.arrests import ARREST_KINDS, WARRANT
from app.extensions import db
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.people import status
from app.people.nationwide import nationwide_session
from app.reference.models import Unit

CLEARING_VERDICTS = ("acquitted", "non_suit")
# These changes wait for the commit. (Person, case) → whether a decision cleared the person before, and the judgment that does
# so now, or None.
DECIDED = Pending(dict)
# (Person, case) of an order that is in force now or has moved → whether it may have been suspended by another case.
IN_FORCE = Pending(dict)
UNLINKED = Pending(set)  # (person, arrest) to link with an order
EXECUTED = Pending(dict)  # order → unit of the arrest that has executed it
REVIEWED = Pending(set)  # orders that an arrest of theirs may have executed after all
# The encounter that each kind of row is (`match_contact`).
CONTACTS = {
    Arrest: "arrested", Custody: "in_custody", Detention: "detained", Release: "released", SupervisionStep: "visit",
}  # fmt: skip


# After these events, and after a void one, an order can be in force at the time of an arrest that is linked to it.
REVIEWED_EVENTS = ("checked", "restored", "revived")


def execute_orders(session, _context):
    """Add the execution to the order of a new arrest.

    The arrest has its id only after this flush, so the next flush writes the event. An arrest that names only the number
    of an order of another unit is linked before the commit.
    """
    for one in session.new:
        if isinstance(one, Arrest):
            _execute_order(session, one)
        elif isinstance(one, OrderEvent):
            _collect_event(session, one)
    for one in session.dirty:
        if isinstance(one, OrderEvent) and one.is_void and has_changed(one, ("voided_at",)):
            REVIEWED.get(session).add(one.order_id)


def _execute_order(session, arrest):
    if arrest.order is not None:
        event = build_execution(arrest)
        if state_machine.allows(arrest.order.kind, valid_events(arrest.order), event):
            event.order_id = arrest.order_id
            session.add(event)
    elif arrest.ground == WARRANT and arrest.document_no:
        UNLINKED.get(session).add((arrest.person_id, arrest.id))


def _collect_event(session, event):
    """Collect a confirmed match, after which saved arrests can be linked, and an execution by an arrest."""
    order = event.order
    if event.kind in REVIEWED_EVENTS:
        REVIEWED.get(session).add(order.id)
    if event.kind == "match_confirmed" and order.person_id is not None:
        UNLINKED.get(session).add((order.person_id, None))
    elif event.kind == "executed" and event.arrest_id:
        executed = notifications.ExecutedOrder(order.id, order.number, order.owner_unit_code)
        EXECUTED.get(session)[executed] = event.to_unit_code


def build_execution(arrest):
    """Return the execution of an order by an arrest, or by a row of its table. The caller links it to the order."""
    if isinstance(arrest, Arrest):
        links = {"person": arrest.person}
    else:
        links = {
            "person_id": arrest.person_id,
            "place_code": arrest.place_code,
            "to_unit_code": arrest.by_unit_code,
        }
    return OrderEvent(kind="executed", arrest_id=arrest.id, **describe_execution(arrest), **links)


# The fields of an arrest that its execution copies.
COPIED_FIELDS = (
    "at",
    "time_unknown",
    "place",
    "place_code",
    "by_unit",
    "by_unit_code",
    "officers",
    "force_text",
)


def describe_execution(arrest):
    """Return the values that the execution of an order copies from an arrest, or from a row of its table."""
    links = {"place": arrest.place, "to_unit": arrest.by_unit} if isinstance(arrest, Arrest) else {}
    return {
        "at": arrest.at, "time_unknown": bool(arrest.time_unknown), "officer": (arrest.officers or "")[:120] or None, "note": arrest.force_text, **links,
    }  # fmt: skip


def link_arrests(session):
    """Link arrests to the orders whose numbers they name, in any province, and notify the units in charge and their chiefs.

    An order whose match waits for an answer or was rejected is not linked: its unit in charge decides first.
    """
    if session.in_nested_transaction():
        return
    session.flush()
    for person_id, arrest_id in sorted(UNLINKED.take(session), key=str):
        with unrestricted(session):
            arrests = session.execute(_select_named_arrests(person_id, arrest_id)).all()
        for arrest in arrests:
            _link_arrest(session, arrest)
    for order_id in sorted(REVIEWED.take(session)):
        _execute_by_linked_arrests(session, order_id)
    for order, unit_code in EXECUTED.take(session).items():
        notifications.notify_executed(session, order, session.get(Unit, unit_code) if unit_code else None)
    session.flush()


def _execute_by_linked_arrests(session, order_id):
    """Add the execution of the order by its first arrest that was made while the order was in force, if there is none."""
    row, event = Arrest.__table__.c, OrderEvent.__table__.c
    done = exists().where(event.arrest_id == row.id, event.voided_at.is_(None), event.kind == "executed")
    linked = row.order_id == order_id, row.voided_at.is_(None), ~done
    with unrestricted(session):
        arrests = session.execute(select(Arrest.__table__).where(*linked).order_by(row.at, row.id)).all()
    for arrest in arrests:
        add_events(
            session, (CourtOrder.id == order_id,), lambda _order, arrest=arrest: build_execution(arrest)
        )


def _select_named_arrests(person_id, arrest_id):
    """Return the statement for the valid arrests of a person on a court order that is not linked."""
    row = Arrest.__table__.c
    found = select(Arrest.__table__).where(*_is_unlinked(row, person_id), row.ground == WARRANT)
    return found.where(row.id == arrest_id) if arrest_id is not None else found


def _is_unlinked(row, person_id):
    """Return the conditions for the valid arrests of a person that have executed no order, and name none."""
    event = OrderEvent.__table__.c
    linked = exists().where(event.arrest_id == row.id, event.voided_at.is_(None), event.kind == "executed")
    return row.person_id == person_id, row.voided_at.is_(None), row.order_id.is_(None), ~linked


def find_linkable_arrests(order):
    """Return the visible arrests of the person, since the date of the order, that have not executed it.

    One arrest can execute several orders.
    """
    if order.person_id is None or order.kind not in ARREST_KINDS:
        return []
    if not state_machine.allowed_once(order.kind, valid_events(order), "executed"):
        return []
    issued = datetime.combine(order.issued_on, time())
    executed = exists().where(
        OrderEvent.arrest_id == Arrest.id, OrderEvent.order_id == order.id, OrderEvent.kind == "executed",
        OrderEvent.voided_at.is_(None),
    )  # fmt: skip
    of_person = Arrest.person_id == order.person_id, Arrest.voided_at.is_(None), Arrest.at >= issued
    found = select(Arrest).where(*of_person, ~executed)
    return db.session.scalars(found.order_by(Arrest.at, Arrest.id)).unique().all()


def _link_arrest(session, arrest):
    """Add the execution to the one order of the person with the number that the arrest names."""
    row = CourtOrder.__table__.c
    named = (
        row.person_id == arrest.person_id, row.number_key == number_key(arrest.document_no), row.voided_at.is_(None),
        row.kind.in_(ARREST_KINDS), row.issued_on <= arrest.at.date(),
    )  # fmt: skip
    with unrestricted(session):
        orders = session.scalars(select(row.id).where(*named)).all()
    if len(orders) == 1 and not has_unconfirmed_match(session, arrest.person_id, orders[0]):
        add_events(session, (CourtOrder.id == orders[0],), lambda _order: build_execution(arrest))


def collect_contacts(session, _context):
    """Collect new arrests, custodies, detentions, releases and visits: the person may be wanted in another matter."""
    add_contacts(
        session,
        [
            Contact(
                one.person_id,
                one.case_id,
                CONTACTS[type(one)],
                getattr(one, "order_id", None),
                is_custody=True,
            )
            for one in session.new
            if type(one) in CONTACTS and (not isinstance(one, SupervisionStep) or one.kind == "visit")
        ],
    )


def update_linked_rows(session, _context, _instances):
    """Void or correct the execution with its arrest, and release a valid arrest from an execution that is voided alone.

    Runs before the orders are recomputed: an order is active again without its execution, and the arrest can then be
    linked to the right order.
    """
    with session.no_autoflush, unrestricted(session):
        for one in list(session.dirty):
            if isinstance(one, Arrest) and has_changed(
                one, ("voided_at", "person", "person_id", *COPIED_FIELDS)
            ):
                _update_execution(session, one)
            elif (
                isinstance(one, OrderEvent)
                and one.is_void
                and has_changed(one, ("voided_at",))
                and one.arrest_id is not None
            ):
                arrest = session.get(Arrest, one.arrest_id)
                if arrest is not None and not arrest.is_void and arrest.order_id == one.order_id:
                    arrest.order = arrest.order_id = None


def _update_execution(session, arrest):
    """Void the execution with its arrest, or copy the corrected values of the arrest."""
    done = select(OrderEvent).where(OrderEvent.arrest_id == arrest.id, OrderEvent.voided_at.is_(None))
    for event in session.scalars(done).unique():
        event.order = session.get(CourtOrder, event.order_id)  # perhaps of another unit
        if arrest.is_void:
            event.voided_at, event.void_reason = arrest.voided_at, arrest.void_reason
        else:
            is_moved = has_changed(arrest, ("person", "person_id"))  # by a merge or its undoing
            links = {"person": arrest.person, "person_id": arrest.person_id} if is_moved else {}
            for name, value in (describe_execution(arrest) | links).items():
                setattr(event, name, value)


def collect_orders_in_force(session, _context):
    """Collect the orders that an event has put in force, or that have another person or case.

    Their person may be acquitted already; or a suspended order was never of the case of the acquittal.
    """
    pending = IN_FORCE.get(session)
    for one in (*session.new, *session.dirty):
        if not isinstance(one, CourtOrder) or one.person_id is None:
            continue
        key, has_moved = (one.person_id, one.case_id), has_changed(one, ("person_id", "case_id"))
        is_open = one.case_id is not None and state_machine.can_apply(one.kind, one.status, "acquitted")
        was_suspended = has_moved and one.status == state_machine.SUSPENDED
        if was_suspended or (is_open and (has_moved or has_changed(one, ("status",)))):
            pending[key] = pending.get(key, False) or was_suspended


def apply_acquittals(session):
    """Suspend and reinstate orders before the commit, so that the audit hash chain includes their events."""
    if session.in_nested_transaction():
        return
    session.flush()
    for key, (restores, judgment) in DECIDED.take(session).items():
        decision = None
        if judgment is not None:
            decision = Decision(judgment.id, judgment.court_no, judgment.decided_on, judgment.final_on)
        _refresh_status(session, key, apply_decision(session, *key, decision, restores))
        ask_about_orders(session, *key, decision is not None)
    for key, restores in sorted(IN_FORCE.take(session).items(), key=str):
        decision = find_acquittal(session, *key)
        if decision is not None or restores:
            apply_decision(session, *key, decision, restores)


def find_acquittal(session, person_id, case_id):
    """Return the last final decision that clears the person in the case, or None while the person is accused."""
    row = Involvement.__table__.c
    with unrestricted(session):
        found = list_acquittals(session, row.person_id == person_id, row.case_id == case_id)
    return found.get((person_id, case_id))


def list_acquittals(connection, *conditions):
    """Return (person, case) → the last final decision that clears the person in the case."""
    row, judgment = Involvement.__table__.c, Judgment.__table__.c
    decisions = (
        select(
            row.person_id, row.case_id, judgment.id, judgment.court_no, judgment.decided_on, judgment.final_on
        )
        .where(
            row.voided_at.is_(None), row.ended_on.is_not(None), judgment.involvement_id == row.id,
            *Judgment.in_force(judgment), judgment.final_on.is_not(None), judgment.verdict.in_(CLEARING_VERDICTS),
            *conditions,
        )
        .order_by(judgment.final_on, judgment.id)
    )  # fmt: skip
    return {(person, case): Decision(*found) for person, case, *found in connection.execute(decisions)}


def _refresh_status(session, key, count):
    """Refresh the status if no order changed. An order change refreshes it (see `status_sources`)."""
    if not count:
        status.refresh_statuses(session, key[:1])


def find_arrests(order):
    """Return the ids of the valid arrests that executed an order or can be linked to it, nationwide.

    An arrest without an order can be linked to any order against the same person.
    """
    if order is None or order.id is None:
        return frozenset()
    unlinked = Arrest.order_id.is_(None) & (Arrest.person_id == order.person_id)
    statement = select(Arrest.id).where(
        or_(Arrest.order_id == order.id, unlinked), Arrest.voided_at.is_(None)
    )
    with nationwide_session(protected_too=True) as session:
        return frozenset(session.scalars(statement))


def list_arrests(connection):
    """Return the ids of all valid arrests with the ids of their orders and their times."""
    row = Arrest.__table__.c
    found = connection.execute(select(row.id, row.order_id, row.at).where(row.voided_at.is_(None)))
    return {pk: (order_id, at) for pk, order_id, at in found}
