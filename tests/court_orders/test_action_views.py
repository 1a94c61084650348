"""Each act on an order: what it needs, and what does not fit its state."""

from datetime import timedelta

import pytest

from app.court_orders import custody_port
from app.court_orders.models import OrderFile
from app.kernel.text import dates
from tests.court_orders.form_data import TODAY, day, refused, seen
from tests.court_orders.sample_orders import act, an_active_order, an_order, executed
from tests.sample_rows import A_FILE, written_by
from tests.sql_calls import Program


@pytest.fixture
def active(db_session, person):
    order = an_active_order(person=person, number="7/26")
    db_session.commit()
    return order


@pytest.fixture
def search_warrant(db_session, person):
    """An active order that is executed without an arrest of its own."""
    order = an_active_order(person=person, number="8/26", kind="search")
    db_session.commit()
    return order


def sent_to(order, **boxes):
    return {"order": str(order.id), "at": dates.now().strftime("%d-%m-%Y %H:%M")} | boxes


@pytest.mark.parametrize(
    ("url", "boxes", "box", "rule"),
    [
        ("execute", {}, "officer", "V080"),
        ("execute", {}, "place", "V080"),
        ("execute", {"at": day(40), "officer": "កែវ", "place": "020310"}, "at", "V080"),
        ("execute", {"at": "05-03-2099", "officer": "កែវ", "place": "020310"}, "at", "V004"),
        ("recall", {}, "paper_no", "V083"),
        ("recall", {"paper_no": "3/26", "paper_on": day(400)}, "paper_on", "V083"),
        ("replace", {"paper_no": "3/26", "paper_on": day(1)}, "by_order", "V083"),
        ("notice", {"paper_no": "A-1"}, "notice_kind", "V089"),
        ("notice", {"notice_kind": "red"}, "paper_no", "V089"),
        ("died", {}, "paper_no", "V083"),
        ("acquitted", {"paper_no": "3/26"}, "paper_on", "V083"),
    ],
)  # fmt: skip
def test_an_act_asks_for_what_it_needs(active, officer, url, boxes, box, rule):
    found = refused(officer, f"/order-{url}/add", sent_to(active, **boxes))
    assert rule in found.get(box, ()), found


def test_an_execution_and_its_return_are_entered_one_after_the_other(search_warrant, officer, db_session):
    done = sent_to(search_warrant, officer="អនុសេនីយ៍ឯក កែវ វណ្ណា", place="020310")
    answer = officer.send("/order-execute/add", done)
    assert answer.location.endswith(f"/courtorder/show/{search_warrant.id}")
    early = sent_to(search_warrant, at=day(5))
    assert "V082" in refused(officer, "/order-return/add", early)["at"]
    assert officer.send("/order-return/add", sent_to(search_warrant)).status_code == 302
    db_session.expire_all()
    assert search_warrant.status == "returned"
    assert (
        officer.send("/order-recall/add", sent_to(search_warrant, paper_no="1", paper_on=day(0))).status_code
        == 422
    )


def test_the_api_takes_an_act_and_refuses_one_that_does_not_fit(search_warrant, officer, db_session):
    body = {"order": search_warrant.id, "kind": "returned", "at": dates.now().isoformat(timespec="minutes")}
    errors = Program(officer).post("order-acts/", body, 422)["errors"]
    assert set(errors) == {"order"}, errors
    body |= {"kind": "executed", "officer": "កែវ វណ្ណា", "place": "020310"}
    assert Program(officer).post("order-acts/", body)["result"]["kind"]
    db_session.expire_all()
    assert search_warrant.status == "executed"


def test_a_warrant_of_arrest_is_executed_by_its_arrest_where_arrests_are_registered(
    active, officer, monkeypatch
):
    monkeypatch.setattr(custody_port, "_answers", {"of_order": lambda order: {7}, "held": lambda ids: set()})
    done = sent_to(active, officer="កែវ វណ្ណា", place="020310")
    found = refused(officer, "/order-execute/add", done)
    assert "V081" in found["order"]


def test_a_release_of_somebody_who_is_not_held_asks_for_a_reason(person, client_as, db_session, monkeypatch):
    seen(db_session, person)
    order = an_order(kind="release", issuer="court")
    with written_by("warrant.bb"):
        db_session.add(OrderFile(order=order, **A_FILE))
    db_session.commit()
    monkeypatch.setattr(
        custody_port, "_answers", {"of_order": lambda order: set(), "held": lambda ids: set()}
    )
    found = refused(client_as("investigator.bb"), f"/order-check/{order.id}", {"person": str(person.id)})
    assert found["person"] == {"V087"}


def test_who_is_held_already_is_told_before_a_new_warrant_stands(order, person, client_as, db_session):
    from app.people.status import PersonStatus

    seen(db_session, person)
    db_session.add(PersonStatus(person_id=person.id, status="detained", entity="detention", entity_id=1))
    db_session.commit()
    found = refused(client_as("investigator.bb"), f"/order-check/{order.id}", {"person": str(person.id)})
    assert found["person"] == {"V084"}


def test_an_order_that_nobody_validated_is_stale_and_still_wanted(officer, person, db_session):
    order = an_active_order(person=person)
    order.validate_by = TODAY - timedelta(days=32)
    db_session.commit()
    assert "សូមផ្ទៀងផ្ទាត់ជាមួយតុលាការជាមុន" in officer.get(f"/courtorder/show/{order.id}").text
    found = refused(officer, "/order-attempt/add", sent_to(order, result="not_found"))
    assert found["at"] == {"V079"}
    assert officer.send("/order-validate/add", sent_to(order)).status_code == 302
    db_session.expire_all()
    assert order.validate_by > TODAY and order.is_wanted


def test_after_the_limitation_a_validation_asks_the_court(officer, person, db_session):
    long_ago = TODAY - timedelta(days=6 * 365)
    order = an_active_order(person=person, issued_on=long_ago, received_on=long_ago)
    with written_by("investigator.bb"):
        for one in order.acts:
            one.at = one.at - timedelta(days=6 * 365)
    db_session.commit()
    assert "V078" in refused(officer, "/order-validate/add", sent_to(order))["at"]


def test_a_notice_rests_on_a_warrant_of_arrest(officer, db_session):
    order = an_active_order(kind="summons", issuer="prosecutor", number="3/26")
    db_session.commit()
    found = refused(officer, "/order-notice/add", sent_to(order, notice_kind="red", paper_no="A-1/2026"))
    assert "V089" in found["order"]


def test_an_executed_order_stays_on_the_list_of_returns_until_it_is_back(active, officer, db_session):
    executed(active)
    db_session.commit()
    assert active.number in officer.get("/orders/work/?list=return").text
    act(active, "returned")
    db_session.commit()
    assert active.number not in officer.get("/orders/work/?list=return").text


def test_a_page_offers_the_arrest_where_an_order_is_executed_by_one(active, search_warrant, officer):
    of_arrest, of_search = (officer.page(f"/courtorder/show/{one.id}") for one in (active, search_warrant))
    assert of_arrest.all("a", href=f"/arrest/add?order={active.id}")
    assert not of_arrest.all("a", href=f"/order-execute/add?order={active.id}"), "it would be refused"
    assert of_search.all("a", href=f"/order-execute/add?order={search_warrant.id}")
