"""Each rule of an order and of its acts, broken once through the form and the API, and all else still typed."""

from datetime import date, timedelta

import pytest

from app.kernel import dates
from app.orders import arrests
from app.orders.act_views import ACTS
from app.orders.models import CourtOrder, OrderFile
from tests import alike
from tests.calls import Program
from tests.orders.papers import act, an_active_order, an_order, executed
from tests.pages import Page
from tests.rows import A_FILE, THEFT, a_registered_person, with_photo, written_by

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


@pytest.fixture
def officer(client_as):
    return client_as("warrant.bb")


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


def test_a_warrant_is_received_whole_and_waits_for_its_check(officer, db_session):
    order = received(officer, db_session)
    assert (order.status, order.next_step, order.unit_code, order.family) == (
        "received",
        "check",
        "PC-02",
        "property",
    )
    assert order.law_code == "PC2009" and order.person_id is None


@pytest.mark.parametrize(
    ("changes", "box", "rule"),
    [
        ({"received_on": day(11)}, "received_on", "V071"),
        ({"issued_on": "05-03-2099", "received_on": "05-03-2099"}, "issued_on", "V071"),
        ({"issued_on": "05-03-1999"}, "issued_on", "V072"),
        ({"issuer": "prosecutor"}, "issuer", "V073"),
        ({"offence": "", "offence_class": "misdemeanour"}, "offence", "V074"),
        ({"issuer_name": ""}, "issuer_name", "V074"),
        ({"signed": None}, "signed", "V074"),
        ({"sealed": None}, "sealed", "V074"),
        ({"surname_km": "", "given_km": "", "surname_latin": "", "given_latin": ""}, "surname_km", "V074"),
        ({"kind": "detention_warrant"}, "rests_on", "V075"),
        ({"born_on": day(13 * 365)}, "born_on", "V049"),
        ({"born_on": "", "age_stated": "12"}, "age_stated", "V049"),
        ({"offence": "", "offence_text": "លួច", "law": "UNTAC1992"}, "law", "V013"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_paper_is_said_at_its_box(officer, changes, box, rule):
    found = refused(officer, "/courtorder/add", typed(**changes))
    assert rule in found.get(box, ()), found


def test_a_year_of_the_buddhist_era_is_refused_and_not_guessed(officer):
    assert refused(officer, "/courtorder/add", typed(issued_on="05-03-2569"))["issued_on"] == {"V004"}


def test_a_paper_of_2003_is_judged_by_the_law_of_its_day(officer, db_session):
    """No name of a judge and a prosecutor's bring: warnings there, which a reason passes."""
    old = {"issued_on": "05-03-2003", "received_on": "06-03-2003", "occurred_on": "01-03-2003", "issuer_name": "",
           "offence": "", "offence_text": "លួច", "law": "UNTAC1992", "born_on": "20-01-1970"}  # fmt: skip
    found = refused(officer, "/courtorder/add", typed(**old))
    assert found == {"issuer_name": {"V074"}}
    order = received(officer, db_session, **old, issuer_name__reason="other")
    assert order.law_code == "UNTAC1992"


@pytest.mark.parametrize(("born", "passed"), [("01-06-1989", True), ("01-06-1991", False)])
def test_a_child_on_a_paper_of_2003_is_judged_by_the_law_of_1992(officer, db_session, born, passed):
    """Of thirteen years it is asked about, of eleven refused; and on a paper of today both are refused."""
    old = {"issued_on": "05-03-2003", "received_on": "06-03-2003", "occurred_on": "01-03-2003", "born_on": born,
           "offence": "", "offence_text": "លួច", "law": "UNTAC1992", "born_on__reason": "other"}  # fmt: skip
    answer = officer.send("/courtorder/add", typed(**old))
    assert answer.status_code == (302 if passed else 422)
    if passed:
        without = {name: value for name, value in old.items() if name != "born_on__reason"}
        found = refused(officer, "/courtorder/add", typed(**without, number="119/26"))
        assert found == {"born_on": {"V049"}}


def test_one_paper_is_registered_once_in_the_nation(officer, client_as, db_session, each_database):
    received(officer, db_session)
    same = typed(number="១១៨ / ២៦".replace(" ", ""))
    assert refused(client_as("warrant.pp"), "/courtorder/add", same) == {"number": {"V070"}}


def test_the_api_says_the_same_as_the_form(officer, db_session):
    body = {name: value for name, value in typed().items() if not name.endswith("__shown")}
    body |= {"issued_on": day(10), "signed": True, "sealed": True}
    wrong = body | {"issuer": "prosecutor"}
    errors = Program(officer).post("court-orders/", wrong, 422)["errors"]
    assert {one["rule"] for one in errors["issuer"]} == {"V073"}
    made = Program(officer).post("court-orders/", body)["result"]
    assert db_session.get(CourtOrder, made["id"]).status == "received"


def test_no_door_types_a_state(officer, db_session):
    order = received(officer, db_session)
    program, path = Program(officer), f"court-orders/{order.id}"
    program.put(path, {"version": 1, "status": "active"}, 422)
    db_session.expire_all()
    assert order.status == "received"


# The check


@pytest.fixture
def person(db_session):
    with written_by("clerk.bb"):
        person = with_photo(a_registered_person())
        db_session.add(person)
        db_session.flush()
        return person


@pytest.fixture
def order(db_session):
    order = an_order()
    with written_by("warrant.bb"):
        db_session.add(OrderFile(order=order, **A_FILE))
    db_session.commit()
    return order


def seen(db_session, person):
    """Somebody whom Battambang sees already, by an older order."""
    older = an_active_order(number="1/25", person=person, kind="release", issuer="court")
    db_session.commit()
    return older


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


# The acts


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
    monkeypatch.setattr(arrests, "_answers", {"of_order": lambda order: {7}, "held": lambda ids: set()})
    done = sent_to(active, officer="កែវ វណ្ណា", place="020310")
    found = refused(officer, "/order-execute/add", done)
    assert "V081" in found["order"]


def test_a_release_of_somebody_who_is_not_held_asks_for_a_reason(person, client_as, db_session, monkeypatch):
    seen(db_session, person)
    order = an_order(kind="release", issuer="court")
    with written_by("warrant.bb"):
        db_session.add(OrderFile(order=order, **A_FILE))
    db_session.commit()
    monkeypatch.setattr(arrests, "_answers", {"of_order": lambda order: set(), "held": lambda ids: set()})
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
