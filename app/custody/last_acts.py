"""Days of the acts that met a person alive, for the rules of a report of death."""
# unrestricted: a death contradicts an act of any unit; only the day is shown

from sqlalchemy import Date, func, select

from app.court_orders.models import CourtOrder, OrderEvent
from app.custody.models import (
    Arrest,
    Custody,
    CustodyStep,
    Detention,
    DetentionStep,
    Judgment,
    Release,
    SupervisionStep,
)
from app.custody.rules.people import DIED, END

SEEN, VISITED = "seen", "visit"


def select_days(person_id):
    """Yield the statements for the days of the valid acts about a person."""
    arrest, custody, held, detention, imprisoned, judgment, release, supervised = (
        one.__table__.c
        for one in (
            Arrest, Custody, CustodyStep, Detention, DetentionStep, Judgment, Release, SupervisionStep,
        )
    )  # fmt: skip
    for row, moment, *conditions in (
        (arrest, arrest.at),
        (custody, custody.arrived_at),
        (held, held.at, func.coalesce(held.outcome, "") != DIED),
        (detention, detention.since),
        (imprisoned, imprisoned.done_on, imprisoned.kind != END),
        (judgment, judgment.decided_on),
        (release, release.released_on),
        (supervised, supervised.done_on, supervised.kind == VISITED),
    ):
        yield select(func.date(moment, type_=Date)).where(
            row.person_id == person_id, row.voided_at.is_(None), *conditions
        )
    event, order = OrderEvent.__table__.c, CourtOrder.__table__.c
    yield select(func.date(event.at, type_=Date)).where(
        event.kind == SEEN,
        event.voided_at.is_(None),
        event.order_id == order.id,
        order.person_id == person_id,
    )
