"""Actions on an order: their required fields, and the states that reject them."""

from datetime import timedelta

import pytest

from app.court_orders import consistency_check, custody_port
from app.court_orders.models import OrderFile
from app.kernel.schema.rules import ERROR, RuleViolation
from app.kernel.text import dates
from app.reference.models import Place
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.form_data import TODAY, days_ago, find_refusals, make_person_visible
from tests.court_orders.sample_orders import (
    add_event,
    execute_order,
    make_active_order,
    make_document,
    make_order,
)
from tests.custody.sample_rows import imprison
from tests.people.sample_deaths import confirm_death
from tests.people.sample_deaths import decide as confirm_end
from tests.sample_rows import BATTAMBANG, FILE_COLUMNS, PHNOM_PENH, acting_as, make_registered_person
from tests.sql_calls import Program


@pytest.fixture
def active(db_session, person):
    order = make_active_order(person=person, number="7/26")
    db_session.commit()
    return order


@pytest.fixture
def search_warrant(db_session, person):
    """An active order that is executed without an arrest."""
    order = make_active_order(person=person, number="8/26", kind="search")
    db_session.commit()
    return order


def event_form(order, **fields):
    """Return the form data of an event on the order."""
    return {"order": str(order.id), "at": dates.now().strftime("%d-%m-%Y %H:%M")} | fields


@pytest.mark.parametrize(
    ("url", "fields", "field", "rule"),
    [
        ("execute", {}, "officer", "V080"),
        ("execute", {}, "place", "V080"),
        ("execute", {"at": days_ago(40), "officer": "កែវ", "place": "020310"}, "at", "V080"),
        ("execute", {"at": "05-03-2099", "officer": "កែវ", "place": "020310"}, "at", "V004"),
        ("recall", {}, "document_no", "V083"),
        ("recall", {"document_no": "3/26", "document_date": days_ago(400)}, "document_date", "V083"),
        ("replace", {"document_no": "3/26", "document_date": days_ago(1)}, "by_order", "V083"),
        ("notice", {"document_no": "A-1"}, "notice_kind", "V089"),
        ("notice", {"notice_kind": "red"}, "document_no", "V089"),
        ("died", {}, "document_no", "V083"),
        ("acquitted", {"document_no": "3/26"}, "document_date", "V083"),
    ],
)  # fmt: skip
def test_event_without_required_field_is_refused(active, officer, url, fields, field, rule):
    found = find_refusals(officer, f"/order-{url}/add", event_form(active, **fields))
    assert rule in found.get(field, ()), found


def test_return_follows_the_execution(search_warrant, officer, db_session):
    done = event_form(search_warrant, officer="អនុសេនីយ៍ឯក កែវ វណ្ណា", place="020310")
    answer = officer.send("/order-execute/add", done)
    assert answer.location.endswith(f"/courtorder/show/{search_warrant.id}")
    early = event_form(search_warrant, at=days_ago(5))
    assert "V082" in find_refusals(officer, "/order-return/add", early)["at"]
    assert officer.send("/order-return/add", event_form(search_warrant)).status_code == 302
    db_session.expire_all()
    assert search_warrant.status == "returned"
    assert (
        officer.send(
            "/order-recall/add", event_form(search_warrant, document_no="1", document_date=days_ago(0))
        ).status_code
        == 422
    )


def test_api_event_in_wrong_state_is_refused(search_warrant, officer, db_session):
    body = {"order": search_warrant.id, "kind": "returned", "at": dates.now().isoformat(timespec="minutes")}
    errors = Program(officer).post("order-events/", body, 422)["errors"]
    assert set(errors) == {"order"}, errors
    body |= {"kind": "executed", "officer": "កែវ វណ្ណា", "place": "020310"}
    assert Program(officer).post("order-events/", body)["result"]["kind"]
    db_session.expire_all()
    assert search_warrant.status == "executed"


def test_arrest_warrant_execution_without_arrest_is_refused(active, officer, monkeypatch):
    monkeypatch.setattr(custody_port, "_provider", {"find_arrests": lambda order: {7}})
    done = event_form(active, officer="កែវ វណ្ណា", place="020310")
    found = find_refusals(officer, "/order-execute/add", done)
    assert "V081" in found["order"]


def test_release_order_for_free_person_needs_a_reason(person, client_as, db_session):
    make_person_visible(db_session, person)
    order = make_order(kind="release", issuer="court")
    with acting_as("warrant.bb"):
        db_session.add(OrderFile(order=order, **FILE_COLUMNS))
    db_session.commit()
    found = find_refusals(
        client_as("investigator.bb"), f"/order-verification/{order.id}", {"person": str(person.id)}
    )
    assert found["person"] == {"V087"}


def test_warrant_for_detained_person_needs_a_reason(order, person, client_as, db_session):
    make_person_visible(db_session, person)
    imprison(person, TODAY)
    db_session.commit()
    found = find_refusals(
        client_as("investigator.bb"), f"/order-verification/{order.id}", {"person": str(person.id)}
    )
    assert found["person"] == {"V084"}


def test_order_without_validation_is_stale_and_wanted(officer, person, db_session):
    order = make_active_order(person=person)
    order.validate_by = TODAY - timedelta(days=32)
    db_session.commit()
    assert "សូមផ្ទៀងផ្ទាត់ជាមួយតុលាការជាមុន" in officer.get(f"/courtorder/show/{order.id}").text
    found = find_refusals(officer, "/order-attempt/add", event_form(order, result="not_found"))
    assert found["at"] == {"V079"}
    assert find_refusals(officer, "/order-validate/add", event_form(order))["document_no"] == {"V079"}
    answer = event_form(order, document_no="9/26", document_date=days_ago(0))
    assert officer.send("/order-validate/add", answer).status_code == 302
    db_session.expire_all()
    assert order.validate_by > TODAY and order.is_wanted


def test_validation_after_limitation_needs_a_reason(officer, person, db_session):
    long_ago = TODAY - timedelta(days=6 * 365)
    order = make_active_order(person=person, issued_on=long_ago, received_on=long_ago)
    db_session.commit()  # the verification of today is no act of the court
    assert "V078" in find_refusals(officer, "/order-validate/add", event_form(order))["at"]


def test_notice_without_arrest_warrant_is_refused(officer, db_session):
    order = make_active_order(kind="summons", issuer="prosecutor", number="3/26")
    db_session.commit()
    found = find_refusals(
        officer, "/order-notice/add", event_form(order, notice_kind="red", document_no="A-1/2026")
    )
    assert "V089" in found["order"]


def test_executed_order_is_listed_until_its_return(active, officer, db_session):
    execute_order(active)
    db_session.commit()
    assert active.number in officer.get("/orders/worklist/?list=return").text
    add_event(active, "returned")
    db_session.commit()
    assert active.number not in officer.get("/orders/worklist/?list=return").text


def test_order_page_offers_arrest_for_arrest_warrant(active, search_warrant, officer):
    arrest_page, search_page = (
        officer.page(f"/courtorder/show/{one.id}") for one in (active, search_warrant)
    )
    assert arrest_page.all("a", href=f"/arrest/add?order={active.id}")
    assert not arrest_page.all("a", href=f"/order-execute/add?order={active.id}"), "the rules would reject it"
    assert search_page.all("a", href=f"/order-execute/add?order={search_warrant.id}")


def test_only_a_verified_order_of_the_same_kind_and_person_replaces(
    active, officer, db_session, each_database
):
    same = active.person
    wrong = (
        make_order(number="20/26"),
        make_active_order(number="21/26", person=same, kind="bring"),
        make_active_order(number="22/26", person=make_registered_person(9)),
        make_active_order(number="23/26", person=same),
    )
    add_event(wrong[-1], "recalled", **make_document(wrong[-1]))
    good = make_active_order(number="24/26", person=same)
    db_session.commit()
    paper = {"document_no": "3/26", "document_date": days_ago(1)}
    for other in wrong:
        sent = event_form(active, by_order=str(other.id), **paper)
        assert "V083" in find_refusals(officer, "/order-replace/add", sent)["by_order"], other.number
        with pytest.raises(RuleViolation):
            add_event(active, "replaced", by_order=other, **make_document(active))
        db_session.rollback()
    assert (
        officer.send(
            "/order-replace/add",
            event_form(active, by_order=str(good.id), document_no__reason="other", **paper),
        ).status_code
        == 302
    )
    db_session.expire_all()
    confirm_end(active.acts[-1])
    assert active.status == "replaced"


def test_void_replacement_restores_the_replaced_order(active, person, client_as, db_session, each_database):
    good = make_active_order(number="24/26", person=person)
    add_event(active, "replaced", by_order=good, **make_document(active))
    db_session.commit()
    assert active.status == "replaced"
    number = request_correction(client_as("chief.bb"), good, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db_session.expire_all()
    assert active.status == "active" and active.is_wanted and good.is_void
    assert consistency_check.find_drift(db_session.connection()) == []


def test_replaced_order_is_in_force_if_the_verification_of_the_other_is_void(
    active, person, client_as, db_session, each_database
):
    """The paper of the replacing order was verified by mistake: no person was wanted under either order."""
    good = make_active_order(number="24/26", person=person)
    add_event(active, "replaced", by_order=good, **make_document(active))
    db_session.commit()
    checked = next(one for one in good.acts if one.kind == "checked")
    number = request_correction(client_as("chief.bb"), checked, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db_session.expire_all()
    assert good.status == "received" and active.status == "active" and active.is_wanted
    assert active.acts[-1].void_reason == checked.void_reason
    assert consistency_check.find_drift(db_session.connection()) == []


@pytest.mark.parametrize("kind", ["recalled", "replaced", "acquitted", "restored", "died", "revived"])
def test_ending_act_without_a_document_is_refused_below_the_form(active, db_session, kind):
    confirm_death(active.person)
    for kinds in {"restored": ["acquitted"], "revived": ["died"]}.get(kind, ()):
        add_event(active, kinds, **make_document(active))
    with pytest.raises(RuleViolation) as refused:
        add_event(active, kind)
    assert [(one.field, one.rule) for one in refused.value.problems] == [("document_no", "V083")]
    db_session.rollback()


def test_replacement_by_an_order_that_is_not_in_force_is_refused_below_the_form(active, db_session):
    with pytest.raises(RuleViolation) as refused:
        add_event(active, "replaced", by_order=make_order(number="77/26"), **make_document(active))
    assert [(one.field, one.rule, one.severity) for one in refused.value.problems] == [
        ("by_order", "V083", ERROR)
    ]
    db_session.rollback()


def test_ending_act_without_a_scan_of_its_document_needs_a_reason(active, officer, db_session):
    recall = event_form(active, document_no="3/26", document_date=days_ago(0))
    assert find_refusals(officer, "/order-recall/add", recall) == {"document_no": {"V083"}}
    with acting_as("warrant.bb"):
        db_session.add(OrderFile(order=active, **FILE_COLUMNS))
    db_session.commit()
    assert officer.send("/order-recall/add", recall).status_code == 302


@pytest.mark.parametrize(("url", "fields"), [
    ("attempt", {"result": "not_found"}), ("seen", {"place": "020310"}), ("assign", {"to_unit": "PC-02"}),
])  # fmt: skip
def test_act_older_than_the_order_is_refused(active, officer, url, fields):
    found = find_refusals(
        officer, f"/order-{url}/add", event_form(active, at=f"{days_ago(20)} 08:00", **fields)
    )
    assert "V071" in found["at"]


def test_older_sighting_entered_later_keeps_the_newer(active, db_session):
    now = dates.now().replace(microsecond=0)
    places = [db_session.get(Place, code) for code in (BATTAMBANG, PHNOM_PENH)]
    add_event(active, "seen", at=now - timedelta(days=1), place=places[0])
    add_event(active, "seen", at=now - timedelta(days=5), place=places[1])
    assert active.last_seen_place_code == BATTAMBANG


def test_answer_without_a_match_is_refused(active, officer, db_session):
    body = {
        "order": active.id,
        "kind": "match_confirmed",
        "at": dates.now().isoformat(timespec="minutes"),
        "reason": "ដូច",
    }
    errors = Program(officer).post("order-events/", body, 422)["errors"]
    assert errors["order"][0]["rule"] == "V086"


def test_executed_order_still_offers_its_recall(active, officer, db_session):
    execute_order(active)
    db_session.commit()
    assert officer.page(f"/courtorder/show/{active.id}").all("a", href=f"/order-recall/add?order={active.id}")
    add_event(active, "recalled", document_no="1", document_date=active.issued_on)
    db_session.commit()
    assert active.status == "recalled"
