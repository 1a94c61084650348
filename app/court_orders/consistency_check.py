"""Compares orders, executions, matches and their grants with the acts they follow from, for `run.py status check`."""
# unrestricted: compares all orders with their events, for a command

from itertools import groupby
from types import SimpleNamespace

from sqlalchemy import and_, exists, not_, or_, select

from app.cases.models import Case
from app.confirmations import models as confirmations
from app.court_orders import custody_port, derived_columns, state_machine
from app.court_orders.matches import CONFIRMED, ENDED, met_person_of_order
from app.court_orders.models import CourtOrder, OrderEvent, OrderMatch
from app.court_orders.models.matches import OPEN_STATES
from app.court_orders.rules.people import is_minor
from app.kernel.access.access_grants import MATCH, AccessGrant
from app.kernel.actor import ANONYMOUS
from app.people.models import Person
from app.reference.models import Unit

BATCH_SIZE = 5000  # orders in one query


class _Event:
    """An event with the attributes that the derived columns need."""

    person = to_unit = place = None

    def __init__(self, row):
        vars(self).update(row._mapping)


class _Order:
    """An order with its case, of which the derived columns need the day."""

    def __init__(self, row):
        vars(self).update(row._mapping)
        self.case = (
            SimpleNamespace(occurred_from=self.occurred_from) if self.occurred_from is not None else None
        )


def find_drift(connection):
    """Return the values that do not follow from the acts.

    Each row is (entity, id, column, stored, computed). `connection` must see every row.
    """
    return [*_find_orders(connection), *_find_executions(connection), *_find_matches(connection)]


def _find_orders(connection):
    order, event, case = (one.__table__.c for one in (CourtOrder, OrderEvent, Case))
    last, found = 0, []
    areas = dict(connection.execute(select(Unit.__table__.c.code, Unit.__table__.c.area_code)).all())
    while True:
        batch = select(CourtOrder.__table__, case.occurred_from).outerjoin(Case.__table__)
        batch = batch.where(order.id > last).order_by(order.id).limit(BATCH_SIZE)
        rows = [_Order(row) for row in connection.execute(batch)]
        if not rows:
            return found
        valid = select(OrderEvent.__table__).where(
            event.order_id.between(rows[0].id, rows[-1].id),
            event.voided_at.is_(None),
            or_(event.confirmation.is_(None), event.confirmation == confirmations.CONFIRMED),
        )
        events = map(_Event, connection.execute(valid.order_by(event.order_id, event.id)))
        events = {pk: list(done) for pk, done in groupby(events, key=lambda one: one.order_id)}
        named = select(Person.__table__).where(
            Person.id.in_([one.person_id for one in rows if one.person_id])
        )
        people = {one.id: one for one in connection.execute(named)}
        for row in rows:
            done = events.get(row.id, ())
            computed = derived_columns.compute_columns(row, done, lambda unit: areas.get(unit, ""), ANONYMOUS)
            computed["minor"] = is_minor(row, people.get(row.person_id))
            found += [
                ("court_order", row.id, name, str(getattr(row, name)), str(value))
                for name, value in computed.items()
                if getattr(row, name) != value
            ]
        last = rows[-1].id


def _find_executions(connection):
    """Yield executions with another time than their arrest, or without a valid one, and arrests that executed nothing.

    The order of such an arrest is active without an execution.
    """
    event = OrderEvent.__table__.c
    executed = select(event.id, event.order_id, event.arrest_id, event.at).where(
        event.kind == "executed", event.voided_at.is_(None), event.arrest_id.is_not(None)
    )
    arrests = custody_port.list_arrests(connection)
    done = set()
    for row in connection.execute(executed.order_by(event.id)):
        done.add((row.arrest_id, row.order_id))
        if row.arrest_id not in arrests:
            yield "order_event", row.id, "arrest_id", str(row.arrest_id), "None"
        elif row.at != arrests[row.arrest_id][1]:
            yield "order_event", row.id, "at", str(row.at), str(arrests[row.arrest_id][1])
    order = CourtOrder.__table__.c
    active = set(connection.scalars(select(order.id).where(order.status == state_machine.ACTIVE)))
    for arrest_id, (order_id, _at) in sorted(arrests.items()):
        if order_id in active and (arrest_id, order_id) not in done:
            yield "arrest", arrest_id, "order_id", str(order_id), "None"


def _find_matches(connection):
    """Yield matches that contradict their order, its person or their answer, and confirmed ones that open no order."""
    match, order, event, grant = (
        one.__table__.c for one in (OrderMatch, CourtOrder, OrderEvent, AccessGrant)
    )
    raises = and_(
        order.status.in_(state_machine.MATCHED_STATES),
        order.kind.in_(state_machine.WANTED_KINDS),
        order.voided_at.is_(None),
    )
    answered = exists().where(
        event.order_id == match.order_id, event.kind == "match_confirmed", event.voided_at.is_(None)
    )
    unit = Unit.__table__.c
    succeeding = select(unit.successor_code).where(unit.code == match.unit_code)
    successor = succeeding.correlate(OrderMatch.__table__).scalar_subquery()
    opened = exists().where(
        grant.kind == MATCH,
        grant.entity_id == match.order_id,
        grant.unit_code.in_((match.unit_code, successor)),
    )
    waits = or_(match.unit_code.is_(None), match.unit_code == match.owner_unit_code, opened)
    met, is_open = met_person_of_order(match, order), match.state.in_(OPEN_STATES)
    columns = match.id, match.state, match.person_id, order.person_id.label("named")
    base = select(*columns).join(CourtOrder.__table__, order.id == match.order_id).order_by(match.id)
    for condition, computed in (
        (and_(is_open, not_(and_(raises, met))), ENDED),
        (and_(match.state == ENDED, raises, met), OPEN_STATES[0]),
        # The events of a void order are void with it; its matches keep their answers.
        (and_(match.state == CONFIRMED, order.voided_at.is_(None), not_(answered)), OPEN_STATES[0]),
    ):
        for row in connection.execute(base.where(condition)):
            yield "order_match", row.id, "state", row.state, computed
    for row in connection.execute(base.where(is_open, match.person_id != order.person_id)):
        yield "order_match", row.id, "person_id", str(row.person_id), str(row.named)
    for row in connection.execute(base.where(match.state == CONFIRMED, not_(waits))):
        yield "order_match", row.id, "grant", "None", "order opened to the unit that met the person"
