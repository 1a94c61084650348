"""Sample orders in each state. All people and documents are invented."""

from datetime import date, timedelta

from app.court_orders.models import CourtOrder, OrderEvent
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Court, Offence, Place, Unit
from tests.people.sample_deaths import decide
from tests.sample_rows import BATTAMBANG, THEFT, acting_as, make_registered_person

WARRANT = {
    "kind": "arrest", "issuer": "investigating_judge", "issuer_name": "ចៅក្រម សេង សុខុម", "signed": True,
    "sealed": True, "offence_class": "misdemeanour", "surname_km": "សុខ", "given_km": "ដារ៉ា",
    "surname_latin": "Sok", "given_latin": "Dara", "sex": "M", "nationality": "KH",
}  # fmt: skip


def make_order(number="118/26", writer="warrant.bb", **over):
    """Add and flush an arrest warrant for theft, as received."""
    with acting_as(writer):
        order = build_order(number, **over)
        db.session.add(order)
        db.session.flush()
    return order


def build_order(number="118/26", court="PP", **over):
    """Return the warrant, which is not added to the session."""
    day = dates.now().date() - timedelta(days=10)
    values = WARRANT | {"issued_on": day, "received_on": day} | over
    order = CourtOrder(number=number, court=_find_court(court), **values)
    if "offence" not in over and "offence_text" not in over:
        order.offence = db.session.get(Offence, THEFT)
    return order


def _find_court(code):
    return (
        db.session.get(Court, code) or db.session.query(Court).filter(Court.level == "first_instance").first()
    )


def add_event(order, kind, writer="investigator.bb", second="chief.bb", **over):
    """Add and flush an event of an order. The officer `second` confirms the end of a search; None leaves it waiting."""
    at = over.pop("at", dates.now().replace(microsecond=0))
    with acting_as(writer):
        event = OrderEvent(order=order, kind=kind, at=at, **over)
        db.session.add(event)
        db.session.flush()
    if event.awaits_confirmation and second is not None:
        decide(event, second)
    return event


PAPER = {"document_no": "45/26", "document_date": date(2026, 1, 5)}


def make_document(order):
    return {"document_no": "45/26", "document_date": order.issued_on}


def make_active_order(person=None, **over):
    """Add an order that a second officer has checked, so that its person is wanted."""
    order = make_order(**over)
    if person is None:
        person = make_registered_person()
        db.session.add(person)
        db.session.flush()
    add_event(order, "checked", person=person)
    return order


def execute_order(order, **over):
    place = db.session.get(Place, BATTAMBANG)
    return add_event(order, "executed", officer="អនុសេនីយ៍ឯក កែវ វណ្ណា", place=place, **over)


def assign_order(order, unit="PC-12"):
    return add_event(order, "assigned", to_unit=db.session.get(Unit, unit))
