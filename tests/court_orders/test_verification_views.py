"""Check of an order by a second officer: the person found, and the problems that prevent the check."""

from datetime import date

import pytest

from app.kernel.text import dates
from tests.court_orders.form_data import TODAY, days_ago, find_refusals, make_person_visible
from tests.court_orders.sample_orders import make_order
from tests.html_pages import Page
from tests.people.sample_deaths import confirm_death
from tests.sample_rows import acting_as
from tests.sql_calls import Program


def test_check_by_second_officer_makes_order_active(order, person, client_as, db_session, each_database):
    make_person_visible(db_session, person)
    assert client_as("investigator.bb").get(f"/order-verification/{order.id}").status_code == 200
    response = client_as("investigator.bb").send(
        f"/order-verification/{order.id}", {"person": str(person.id)}
    )
    assert response.status_code == 302, response.text[-3000:]
    db_session.expire_all()
    assert (order.status, order.person_id) == ("active", person.id)


def test_check_by_receiving_officer_is_refused(order, person, officer, db_session):
    make_person_visible(db_session, person)
    found = find_refusals(officer, f"/order-verification/{order.id}", {"person": str(person.id)})
    assert "V077" in found["person"]
    response = officer.send("/order-reject/add", {"order": str(order.id), "at": days_ago(0), "reason": "ខុស"})
    assert "V077" in Page.from_response(response, 422).text
    body = {"at": dates.now().isoformat(timespec="minutes"), "reason": "ខុស"}
    assert "V077" in str(Program(officer).post(f"court-orders/{order.id}/reject", body, 422))


def test_check_can_register_the_named_person(order, client_as, db_session):
    browser = client_as("investigator.bb")
    assert "V077" in find_refusals(browser, f"/order-verification/{order.id}", {})["person"]
    sent = {"new": "y", "new__shown": "1", "person__reason": "other"}
    response = browser.send(f"/order-verification/{order.id}", sent)
    assert response.status_code == 302, response.text[-3000:]
    db_session.expire_all()
    assert order.person.surname_km == "សុខ"
    assert browser.get(f"/person/show/{order.person_id}").status_code == 200


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"deceased_on": date(2026, 1, 1)}, "V044"),
        ({"born_on": date(TODAY.year - 9, 1, 1)}, "V049"),
        ({"photos": []}, "V040"),
    ],
)
def test_check_of_unsuitable_person_shows_rule(order, person, client_as, db_session, change, rule):
    make_person_visible(db_session, person)
    with acting_as("clerk.bb"):
        if "deceased_on" in change:
            confirm_death(person, change["deceased_on"])
        elif "photos" in change:
            person.photos[0].recorded_at = person.photos[0].recorded_at
            person.photos[0].taken_on = date(2015, 1, 1)
        else:
            for name, value in change.items():
                setattr(person, name, value)
        db_session.commit()
    found = find_refusals(
        client_as("investigator.bb"), f"/order-verification/{order.id}", {"person": str(person.id)}
    )
    assert rule in found["person"]


def test_check_without_scan_needs_a_reason(person, client_as, db_session):
    make_person_visible(db_session, person)
    order = make_order()
    db_session.commit()
    url, sent = f"/order-verification/{order.id}", {"person": str(person.id)}
    assert find_refusals(client_as("investigator.bb"), url, sent) == {"person": {"V076"}}
    assert client_as("investigator.bb").send(url, sent | {"person__reason": "other"}).status_code == 302
