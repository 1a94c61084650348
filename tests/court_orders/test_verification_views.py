"""Check of an order by a second officer: the person found, and the problems that prevent the check."""

from datetime import date

import pytest

from app.accounts.models import User
from app.court_orders.models import OrderFile
from app.kernel.text import dates
from tests.court_orders.form_data import TODAY, days_ago, find_refusals, make_person_visible
from tests.court_orders.sample_orders import make_active_order, make_order
from tests.custody.sample_rows import imprison
from tests.html_pages import Page
from tests.people.sample_deaths import confirm_death
from tests.sample_rows import FILE_COLUMNS, acting_as, add_registered_case
from tests.special_access.sample_cases import find_user
from tests.sql_calls import Program


def test_check_by_second_officer_makes_order_active(order, person, client_as, db_session, each_database):
    make_person_visible(db_session, person)
    assert client_as("investigator.bb").get(f"/order-verification/{order.id}").status_code == 200
    response = client_as("investigator.bb").send(
        f"/order-verification/{order.id}", {"person": str(person.id), "version": order.version}
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


def test_check_by_second_account_of_the_author_is_refused(
    order, person, client_as, db_session, each_database
):
    make_person_visible(db_session, person)
    author = db_session.get(User, order.recorded_by_id)
    author.phone = find_user("investigator.bb").phone = "012 345 678"
    db_session.commit()
    found = find_refusals(
        client_as("investigator.bb"), f"/order-verification/{order.id}", {"person": str(person.id)}
    )
    assert "V077" in found["person"]
    db_session.expire_all()
    assert order.status == "received"


def test_check_can_register_the_named_person(order, client_as, db_session):
    browser = client_as("investigator.bb")
    assert "V077" in find_refusals(browser, f"/order-verification/{order.id}", {})["person"]
    sent = {"new": "y", "new__shown": "1", "person__reason": "other", "version": order.version}
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
    url, sent = f"/order-verification/{order.id}", {"person": str(person.id), "version": order.version}
    assert find_refusals(client_as("investigator.bb"), url, sent) == {"person": {"V076"}}
    assert client_as("investigator.bb").send(url, sent | {"person__reason": "other"}).status_code == 302


@pytest.mark.parametrize("named", [{"sex": "F"}, {"nationality": "VN"}, {"born_on": date(1950, 5, 1)}])
def test_check_asks_when_the_paper_and_the_person_differ(person, client_as, db_session, named):
    make_person_visible(db_session, person)
    order = make_order(**named)
    with acting_as("warrant.bb"):
        db_session.add(OrderFile(order=order, **FILE_COLUMNS))
    db_session.commit()
    url, sent = f"/order-verification/{order.id}", {"person": str(person.id), "version": order.version}
    assert find_refusals(client_as("investigator.bb"), url, sent) == {"person": {"V077"}}
    assert client_as("investigator.bb").send(url, sent | {"person__reason": "other"}).status_code == 302


def test_check_says_that_the_person_is_held_though_another_order_is_active(
    order, person, client_as, db_session
):
    make_active_order(person, number="2/26")
    db_session.commit()
    imprison(person, TODAY)
    db_session.commit()
    url, sent = f"/order-verification/{order.id}", {"person": str(person.id), "version": order.version}
    assert find_refusals(client_as("investigator.bb"), url, sent) == {"person": {"V084"}}


def test_check_of_an_order_without_case_tells_of_an_acquittal(order, person, client_as, db_session):
    make_person_visible(db_session, person)
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(person, "suspect")])
        case.involvements[0].ended_on, case.involvements[0].end_reason = TODAY, "acquitted"
    db_session.commit()
    url, sent = f"/order-verification/{order.id}", {"person": str(person.id), "version": order.version}
    assert find_refusals(client_as("investigator.bb"), url, sent) == {"person": {"V055"}}


def test_order_that_was_changed_since_it_was_read_is_not_checked(
    order, person, client_as, officer, db_session, each_database
):
    make_person_visible(db_session, person)
    url, reader = f"/order-verification/{order.id}", client_as("investigator.bb", "en")
    read = reader.page(url).typed()["version"][0]
    assert read == str(order.version)
    Program(officer).put(f"court-orders/{order.id}", {"version": order.version, "surname_km": "ចាន់"}, 200)
    sent = {"person": str(person.id), "person__reason": "other"}
    for version in (read, ""):
        page = Page.from_response(reader.send(url, sent | {"version": version}), 422)
        assert "Another officer changed the order meanwhile." in page.text
    body = {"person": person.id, "version": int(read), "person__reason": "other"}
    Program(reader).post(f"court-orders/{order.id}/check", body, 422)
    Program(reader).post(f"court-orders/{order.id}/check", {"person": person.id}, 422)
    db_session.expire_all()
    assert (order.status, order.person_id) == ("received", None)
    assert reader.send(url, sent | {"version": page.typed()["version"][0]}).status_code == 302
