"""The check of an order by a second officer: whom it means, and what stands in its way."""

from datetime import date

import pytest

from app.kernel.text import dates
from tests.court_orders.form_data import TODAY, day, refused, seen
from tests.court_orders.sample_orders import an_order
from tests.html_pages import Page
from tests.sample_rows import written_by
from tests.sql_calls import Program


def test_a_second_officer_finds_the_person_and_he_is_wanted(
    order, person, client_as, db_session, each_database
):
    seen(db_session, person)
    assert client_as("investigator.bb").get(f"/order-check/{order.id}").status_code == 200
    answer = client_as("investigator.bb").send(f"/order-check/{order.id}", {"person": str(person.id)})
    assert answer.status_code == 302, answer.text[-3000:]
    db_session.expire_all()
    assert (order.status, order.person_id) == ("active", person.id)


def test_the_first_officer_does_not_check_his_own(order, person, officer, db_session):
    seen(db_session, person)
    found = refused(officer, f"/order-check/{order.id}", {"person": str(person.id)})
    assert "V077" in found["person"]
    answer = officer.send("/order-reject/add", {"order": str(order.id), "at": day(0), "reason": "ខុស"})
    assert "V077" in Page.of(answer, 422).text
    body = {"at": dates.now().isoformat(timespec="minutes"), "reason": "ខុស"}
    assert "V077" in str(Program(officer).post(f"court-orders/{order.id}/reject", body, 422))


def test_nobody_in_the_register_is_registered_with_the_order(order, client_as, db_session):
    browser = client_as("investigator.bb")
    assert "V077" in refused(browser, f"/order-check/{order.id}", {})["person"]
    sent = {"new": "y", "new__shown": "1", "person__reason": "other"}
    answer = browser.send(f"/order-check/{order.id}", sent)
    assert answer.status_code == 302, answer.text[-3000:]
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
def test_who_is_found_can_be_wanted(order, person, client_as, db_session, change, rule):
    seen(db_session, person)
    with written_by("clerk.bb"):
        if "photos" in change:
            person.photos[0].recorded_at = person.photos[0].recorded_at
            person.photos[0].taken_on = date(2015, 1, 1)
        else:
            for name, value in change.items():
                setattr(person, name, value)
        db_session.commit()
    found = refused(client_as("investigator.bb"), f"/order-check/{order.id}", {"person": str(person.id)})
    assert rule in found["person"]


def test_a_check_without_a_scan_asks_for_a_reason(person, client_as, db_session):
    seen(db_session, person)
    order = an_order()
    db_session.commit()
    url, sent = f"/order-check/{order.id}", {"person": str(person.id)}
    assert refused(client_as("investigator.bb"), url, sent) == {"person": {"V076"}}
    assert client_as("investigator.bb").send(url, sent | {"person__reason": "other"}).status_code == 302
