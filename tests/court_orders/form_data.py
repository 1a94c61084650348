"""Form data of orders and their events, and the errors shown by the form and the API."""

from datetime import timedelta

from app.court_orders.action_views import ACTION_VIEWS
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.kernel.text import dates
from tests import same_answers as alike
from tests.court_orders.sample_orders import make_active_order
from tests.sample_rows import THEFT

TODAY = dates.now().date()


def days_ago(days):
    """Return the date so many days ago, as typed in a form."""
    return (TODAY - timedelta(days=days)).strftime("%d-%m-%Y")


def order_form(**changes):
    """Return the form data of an arrest warrant for theft. None removes a field."""
    fields = {
        "kind": "arrest", "number": "118/26", "court": "CFI-02", "issuer": "investigating_judge",
        "issuer_name": "សេង សុខុម", "issued_on": days_ago(10), "received_on": days_ago(9), "signed": "y", "sealed": "y",
        "offence": THEFT, "offence_class": "misdemeanour", "occurred_on": days_ago(30), "surname_km": "សុខ",
        "given_km": "ដារ៉ា", "surname_latin": "Sok", "given_latin": "Dara", "sex": "M", "born_on": "20-01-1994",
        "nationality": "KH", "urgent__shown": "1", "signed__shown": "1", "sealed__shown": "1",
    }  # fmt: skip
    return {name: value for name, value in (fields | changes).items() if value is not None}


EVENT_KINDS = {f"{one.route_base}/add": one.kind for one in ACTION_VIEWS}


def find_refusals(browser, url, fields):
    """Send the form and the same API request, and return {field: rules} of their errors."""
    if url in EVENT_KINDS:
        page = alike.submit_refused(browser, url, "order-events/", fields, {"kind": EVENT_KINDS[url]})
    elif url.startswith("/order-verification/"):
        version = db.session.get(CourtOrder, int(url.rpartition("/")[2])).version
        fields = {"version": version} | fields
        page = alike.submit_refused(browser, url, f"court-orders/{url.rpartition('/')[2]}/check", fields)
    else:
        page = alike.submit_refused(browser, url, "court-orders/", fields)
    found = {}
    for rule, field in alike.find_stopping_problems(page):
        found.setdefault(field, set()).add(rule)
    return found


def receive_order(officer, db_session, **changes):
    """Send the form of an order and return the new record."""
    response = officer.send("/courtorder/add", order_form(**changes))
    assert response.status_code == 302, response.text[-3000:]
    return db_session.query(CourtOrder).order_by(CourtOrder.id.desc()).first()


def make_person_visible(db_session, person):
    """Make the person visible in Battambang through an older order, and return that order."""
    older = make_active_order(number="1/25", person=person, kind="release", issuer="court")
    db_session.commit()
    return older
