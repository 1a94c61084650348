"""The recall of an order of judicial supervision asks about the release under supervision."""

import pytest

from app.court_orders.models import OrderEvent
from app.people.status import PersonStatus
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    enter_detention,
    enter_release,
    find_shown_rules,
    format_ago,
    format_day,
    make_suspect,
    send_form,
)
from tests.html_pages import Page
from tests.prepared import prepared

UNDER = {"kind": "supervision", "supervised_until": "05-03-2031", "reports_to": "PC-02"}
PAPER = {"document_no": "77/26", "document_date": format_day(-1), "document_no__V083__reason": "other"}
TASK = "release.supervision_recalled"


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 400)


@pytest.fixture
def order(db_session, suspect):
    order = make_active_order(
        person=suspect.person, case=suspect.case, kind="supervision", issuer="investigating_judge"
    )
    db_session.commit()
    return order


def recall(officer, order, **over):
    fields = {"order": order.id, "at": format_ago(), "reason": "ដកវិញ"} | PAPER | over
    return officer.send("/order-recall/add", fields)


def test_recall_asks_about_the_release_that_goes_on(
    db_session, clerk, client_as, suspect, order, list_tasks, each_database
):
    held = enter_detention(clerk, suspect, since=format_day(-30), document_date=format_day(-30))
    freed = enter_release(clerk, held, released_on=format_day(-20), **UNDER)
    officer = client_as("warrant.bb")
    page = Page.from_response(recall(officer, order), 422)
    assert ("V185", "document_no") in find_shown_rules(page)
    assert {one["href"] for one in page.all("a") if one.text == f"R-{freed:07d}"} == {
        f"/release/show/{freed}"
    }
    assert recall(officer, order, document_no__V185__reason="other").status_code == 302
    assert db_session.get(PersonStatus, suspect.person_id).status == "supervised", (
        "the release has its document"
    )
    assert list_tasks(TASK) == {("release", freed)}
    send_form(clerk, "supervisionstep", release=freed, kind="end", done_on=format_day(), document_no="9/26")
    db_session.expire_all()
    assert list_tasks(TASK) == set()
    assert db_session.get(PersonStatus, suspect.person_id) is None


def test_recall_of_the_order_alone_ends_the_status(db_session, client_as, suspect, order, each_database):
    assert db_session.get(PersonStatus, suspect.person_id).status == "supervised"
    assert recall(client_as("warrant.bb"), order).status_code == 302
    db_session.expire_all()
    assert db_session.get(PersonStatus, suspect.person_id) is None


def test_another_order_in_force_asks_nothing(db_session, clerk, client_as, suspect, order, list_tasks):
    held = enter_detention(clerk, suspect, since=format_day(-30), document_date=format_day(-30))
    freed = enter_release(clerk, held, released_on=format_day(-20), **UNDER)
    recall(client_as("warrant.bb"), order, document_no__V185__reason="other")
    assert list_tasks(TASK) == {("release", freed)}
    make_active_order(
        person=suspect.person,
        case=suspect.case,
        kind="supervision",
        issuer="investigating_judge",
        number="9/26",
    )
    db_session.commit()
    assert list_tasks(TASK) == set(), "a new order is in force"


def test_void_recall_asks_nothing_more(db_session, clerk, client_as, suspect, order, list_tasks):
    held = enter_detention(clerk, suspect, since=format_day(-30), document_date=format_day(-30))
    freed = enter_release(clerk, held, released_on=format_day(-20), **UNDER)
    recall(client_as("warrant.bb"), order, document_no__V185__reason="other")
    assert list_tasks(TASK) == {("release", freed)}
    event = db_session.query(OrderEvent).filter(OrderEvent.kind == "recalled").one()
    number = request_correction(client_as("chief.bb"), event, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    assert list_tasks(TASK) == set()


def test_earlier_recall_asks_nothing_about_a_later_release(clerk, client_as, suspect, order, list_tasks):
    assert recall(client_as("warrant.bb"), order, document_date=format_day(-9)).status_code == 302
    held = enter_detention(clerk, suspect, since=format_day(-8), document_date=format_day(-8))
    enter_release(clerk, held, **UNDER)
    assert list_tasks(TASK) == set()
