"""Orders for tests, from their reception to whatever a test needs. All people and papers are invented."""

from datetime import date, timedelta

from app.court_orders.models import CourtOrder, OrderEvent
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Court, Offence, Place, Unit
from tests.sample_rows import BATTAMBANG, THEFT, a_registered_person, written_by

WARRANT = {
    "kind": "arrest", "issuer": "investigating_judge", "issuer_name": "ចៅក្រម សេង សុខុម", "signed": True,
    "sealed": True, "offence_class": "misdemeanour", "surname_km": "សុខ", "given_km": "ដារ៉ា",
    "surname_latin": "Sok", "given_latin": "Dara", "sex": "M", "nationality": "KH",
}  # fmt: skip


def an_order(number="118/26", court="PP", writer="warrant.bb", **over):
    """An arrest warrant for theft as it was received; in the session, flushed."""
    day = dates.now().date() - timedelta(days=10)
    values = WARRANT | {"issued_on": day, "received_on": day} | over
    with written_by(writer):
        order = CourtOrder(number=number, court=_court(court), **values)
        if "offence" not in over and "offence_text" not in over:
            order.offence = db.session.get(Offence, THEFT)
        db.session.add(order)
        db.session.flush()
    return order


def _court(code):
    return (
        db.session.get(Court, code) or db.session.query(Court).filter(Court.level == "first_instance").first()
    )


def act(order, kind, writer="investigator.bb", **over):
    """One act on an order, flushed."""
    at = over.pop("at", dates.now().replace(microsecond=0))
    with written_by(writer):
        done = OrderEvent(order=order, kind=kind, at=at, **over)
        db.session.add(done)
        db.session.flush()
    return done


PAPER = {"paper_no": "45/26", "paper_on": date(2026, 1, 5)}


def paper_of(order):
    return {"paper_no": "45/26", "paper_on": order.issued_on}


def an_active_order(person=None, **over):
    """The same, checked by a second officer: its person is wanted."""
    order = an_order(**over)
    if person is None:
        person = a_registered_person()
        db.session.add(person)
        db.session.flush()
    act(order, "checked", person=person)
    return order


def executed(order, **over):
    place = db.session.get(Place, BATTAMBANG)
    return act(order, "executed", officer="អនុសេនីយ៍ឯក កែវ វណ្ណា", place=place, **over)


def assigned(order, unit="PC-12"):
    return act(order, "assigned", to_unit=db.session.get(Unit, unit))
