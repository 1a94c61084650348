"""An order and its acts as a warrant officer types them, and what form and API say of it."""

from datetime import timedelta

from app.court_orders.action_views import ACTS
from app.court_orders.models import CourtOrder
from app.kernel.text import dates
from tests import same_answers as alike
from tests.court_orders.sample_orders import an_active_order
from tests.sample_rows import THEFT

TODAY = dates.now().date()


def day(back):
    return (TODAY - timedelta(days=back)).strftime("%d-%m-%Y")


def typed(**changes):
    """An arrest warrant for theft as a warrant officer types it; None takes a box away."""
    boxes = {
        "kind": "arrest", "number": "118/26", "court": "CFI-02", "issuer": "investigating_judge",
        "issuer_name": "សេង សុខុម", "issued_on": day(10), "received_on": day(9), "signed": "y", "sealed": "y",
        "offence": THEFT, "offence_class": "misdemeanour", "occurred_on": day(30), "surname_km": "សុខ",
        "given_km": "ដារ៉ា", "surname_latin": "Sok", "given_latin": "Dara", "sex": "M", "born_on": "20-01-1994",
        "nationality": "KH", "urgent__shown": "1", "signed__shown": "1", "sealed__shown": "1",
    }  # fmt: skip
    return {name: value for name, value in (boxes | changes).items() if value is not None}


WORDS = {f"{one.route_base}/add": one.kind for one in ACTS}


def refused(browser, url, boxes):
    """box → rules that the form at `url` says, and the API as well."""
    if url in WORDS:
        page = alike.refused(browser, url, "order-acts/", boxes, {"kind": WORDS[url]})
    elif url.startswith("/order-check/"):
        page = alike.refused(browser, url, f"court-orders/{url.rpartition('/')[2]}/check", boxes)
    else:
        page = alike.refused(browser, url, "court-orders/", boxes)
    found = {}
    for rule, box in alike.said_at_boxes(page):
        found.setdefault(box, set()).add(rule)
    return found


def received(officer, db_session, **changes):
    answer = officer.send("/courtorder/add", typed(**changes))
    assert answer.status_code == 302, answer.text[-3000:]
    return db_session.query(CourtOrder).order_by(CourtOrder.id.desc()).first()


def seen(db_session, person):
    """Somebody whom Battambang sees already, by an older order."""
    older = an_active_order(number="1/25", person=person, kind="release", issuer="court")
    db_session.commit()
    return older
