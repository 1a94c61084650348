"""Purpose of access: required before person records are shown, chosen once, valid for 30 minutes after the last access."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.access_purpose import NO_PURPOSE, parse_purpose
from app.accounts.models import LoginSession
from app.audit_review.case_numbers import is_registered
from app.kernel.audit.typeahead_searches import OpenSearch
from app.kernel.text import dates
from tests.court_orders.sample_orders import make_order
from tests.sample_rows import acting_as

PERSON_PAGES = (
    "/person/list/",
    "/person/show/{pk}",
    "/person/edit/{pk}",
    "/personname/list/",
    "/involvement/list/",
)
UNKNOWN = "គ្មានសំណុំរឿង"
CHOSEN = {"_purpose": "warrant", "_purpose_about": "02-2026-000017"}


@pytest.mark.parametrize("page", PERSON_PAGES)
def test_person_page_without_a_purpose_shows_no_person(clerk, suspect, without_purpose, page):
    response = clerk.get(page.format(pk=suspect.id))
    assert response.status_code == 428
    assert 'name="_purpose"' in response.text
    assert suspect.given_km not in response.text


def test_person_search_without_a_purpose_is_refused(clerk, suspect, without_purpose, log, each_database):
    request = {
        "quick search": clerk.send("/find/", {"q": "សុខ"}),
        "lookup": clerk.send("/lookup/person", {"q": "សុខ"}, headers={"Accept": "application/json"}),
        "list": clerk.get("/api/v1/persons/"),
        "search": clerk.post("/api/v1/persons/search", json={}, headers={"X-CSRFToken": clerk.token}),
        "one": clerk.get(f"/api/v1/persons/{suspect.id}"),
    }
    assert {path: response.status_code for path, response in request.items()} == dict.fromkeys(request, 428)
    assert not any(suspect.given_km in response.text for response in request.values())
    assert request["list"].json["detail"]
    assert not log("access.searched") and not log("access.listed") and not log("access.viewed")


def test_purpose_page_returns_to_the_requested_page(clerk, suspect, without_purpose):
    purpose_page = clerk.page("/person/list/?_flt_0_sex=M", status=428)
    target = [field["value"] for field in purpose_page.all("input", name="next")][-1]
    response = clerk.send("/purpose/", {**CHOSEN, "next": target})
    assert response.status_code == 302 and response.location == "/person/list/?_flt_0_sex=M"
    assert suspect.given_km in clerk.get(response.location).text


def test_purpose_chosen_at_a_rejected_form_returns_to_the_form(clerk, suspect):
    address = f"/personname/add?person={suspect.id}"
    rejected = clerk.send(address, {"kind": "", "text_km": ""})
    assert rejected.status_code == 422 and f'name="next" value="{address}"' in rejected.text


def test_interrupted_search_is_sent_again_with_its_text(clerk, suspect, without_purpose, log):
    purpose_page = clerk.send("/find/", {"q": "សុខ"})
    assert "សុខ" in purpose_page.text
    assert suspect.given_km in clerk.send("/find/", {"q": "សុខ", **CHOSEN}).text
    (entry,) = log("access.searched")
    assert (entry.purpose, entry.case_number) == ("warrant", "02-2026-000017")


def test_purpose_page_does_not_redirect_to_another_site(clerk, without_purpose):
    for elsewhere in (
        "https://evil.invalid/", "//evil.invalid/", "/\\evil.invalid", "////evil.invalid", "evil.invalid", "javascript:x",
    ):  # fmt: skip
        assert clerk.send("/purpose/", {**CHOSEN, "next": elsewhere}).location == "/", elsewhere
    assert clerk.send("/purpose/", {**CHOSEN, "next": "/purpose/"}).location == "/"
    assert clerk.send("/purpose/", {**CHOSEN, "next": "/case/list/?x=1"}).location == "/case/list/?x=1"


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"_purpose": "curiosity", "_purpose_about": "02-2026-000017"},
        {"_purpose": "warrant", "_purpose_about": "x"},
    ],
    ids=["nothing", "no such purpose", "topic too short"],
)
def test_incomplete_purpose_is_refused(clerk, suspect, without_purpose, typed):
    assert clerk.send("/purpose/", typed).status_code == 422
    assert clerk.get("/person/list/").status_code == 428


def test_earlier_purpose_is_chosen_by_one_button(clerk, db_session, suspect):
    clerk.send("/purpose/", {**CHOSEN, "next": "/"})
    db_session.execute(update(LoginSession).values(purpose_until=dates.now() - timedelta(minutes=1)))
    db_session.commit()
    page = clerk.page(f"/person/show/{suspect.id}", status=428)
    (button, *_others) = page.all("button", name="_purpose_again")
    assert "02-2026-000017" in button.text and button.get("autofocus", "absent") != "absent"
    clerk.send("/purpose/", {"_purpose_again": button["value"], "next": "/"})
    assert "02-2026-000017" in clerk.page("/").all("details", css="purpose")[0].text


def test_purpose_of_another_user_is_not_offered(clerk, client_as, db_session, without_purpose):
    client_as("chief.bb").send("/purpose/", {**CHOSEN, "next": "/"})
    other = db_session.scalar(select(LoginSession.id).where(LoginSession.case_number == "02-2026-000017"))
    assert "02-2026-000017" not in clerk.page("/purpose/").text
    assert clerk.send("/purpose/", {"_purpose_again": str(other)}).status_code == 422


@pytest.mark.parametrize("page", ["/orders/worklist/", "/in-custody/list/", "/releases-due/list/"])
def test_own_work_list_needs_no_purpose(client_as, without_purpose, page):
    assert client_as("investigator.bb").get(page).status_code == 200
    for nationwide in ("monitor", "investigator.drugs"):
        assert client_as(nationwide).get(page).status_code in (302, 403, 428), nationwide


def test_purpose_can_be_changed_in_the_top_bar(clerk):
    bar = clerk.page("/").all("details", css="purpose")[0]
    assert "02-2026-000001" in bar.text
    clerk.send("/purpose/", {**CHOSEN, "next": "/"})
    assert "02-2026-000017" in clerk.page("/").all("details", css="purpose")[0].text


def test_purpose_ends_half_an_hour_after_the_last_view(clerk, suspect, db_session):
    def until(minutes):
        db_session.execute(
            update(LoginSession).values(purpose_until=dates.now() + timedelta(minutes=minutes))
        )
        db_session.commit()

    until(5)
    assert clerk.get("/person/list/").status_code == 200
    row = db_session.scalar(select(LoginSession).where(LoginSession.user_id == suspect.recorded_by_id))
    assert row.purpose_until > dates.now() + timedelta(minutes=29), "an access extends the purpose"
    until(-1)
    assert clerk.get("/person/list/").status_code == 428


def test_pages_without_persons_need_no_purpose(clerk, case, without_purpose):
    for page in ("/", "/case/list/", f"/case/show/{case.id}", "/place/list/", "/entry/a-new-entry"):
        assert clerk.get(page).status_code == 200, page


def test_case_entry_sets_its_own_purpose(clerk, suspect, without_purpose, log):
    request = {"q": "សុខ", "draft": "a-new-entry"}
    response = clerk.send("/lookup/person", request, headers={"Accept": "application/json"})
    assert [item["id"] for item in response.json["items"]]
    clerk.send("/lookup/person", {"q": "", "draft": "a-new-entry"})
    (entry,) = log("access.searched")
    assert (entry.purpose, entry.facts["draft"]) == ("data_entry", "a-new-entry")


def test_draft_name_without_entry_right_sets_no_purpose(client_as, suspect, without_purpose):
    manager = client_as("manager")
    request = {"q": "សុខ", "draft": "a-new-entry"}
    assert manager.send("/lookup/person", request, headers={"Accept": "application/json"}).status_code == 428


def test_api_request_needs_purpose_headers(clerk, suspect, without_purpose, log):
    headers = {"X-Purpose": "court_request", "X-Case-Number": "02-2026-000017"}
    assert clerk.get(f"/api/v1/persons/{suspect.id}", headers=headers).status_code == 200
    without = clerk.get("/api/v1/persons/", headers={"X-Purpose": "court_request"})
    assert without.status_code == 428 and "X-Case-Number" in without.json["detail"]
    assert clerk.get("/api/v1/persons/", headers=headers | {"X-Purpose": "curiosity"}).status_code == 428
    (entry,) = log("access.viewed")
    assert (entry.purpose, entry.case_number) == ("court_request", "02-2026-000017")


def test_purpose_text_is_stored_outside_the_hash_chain(clerk, suspect, without_purpose, log):
    clerk.send("/purpose/", {"_purpose": "supervision", "_purpose_about": "ពិនិត្យប្រចាំសប្តាហ៍", "next": "/"})
    clerk.get(f"/person/show/{suspect.id}")
    (entry,) = log("access.viewed")
    assert (entry.purpose, entry.case_number) == ("supervision", "")
    assert entry.facts["private"]["about"] == "ពិនិត្យប្រចាំសប្តាហ៍"


def test_purpose_case_number_accepts_khmer_digits(app):
    with app.app_context():
        assert parse_purpose("warrant", "០២-២០២៦-០០០០១៧").case_number == "02-2026-000017"
        assert parse_purpose("warrant", "  ") is None
        assert NO_PURPOSE.about == ""


def test_purpose_with_unknown_case_is_marked_for_auditors_only(
    clerk, client_as, case, suspect, without_purpose, log, db_session, each_database
):
    for number, unknown in ((CHOSEN["_purpose_about"], True), (case.number, False)):
        clerk.send("/purpose/", {**CHOSEN, "_purpose_about": number, "next": "/"})
        clerk.send("/lookup/person", {"q": "សុខ"}, headers={"Accept": "application/json"})
        assert db_session.scalar(select(OpenSearch.case_unknown)) is unknown
        assert suspect.given_km in clerk.send("/find/", {"q": "សុខ"}).text
        entry = log("access.searched")[-1]
        assert (entry.case_number, entry.facts.get("case_unknown", False)) == (number, unknown)
    # The first lookup was logged when the second began.
    found = log("access.searched")
    assert [one.facts.get("case_unknown", False) for one in found] == [True, True, False]
    auditor = client_as("auditor")
    assert UNKNOWN in auditor.page(f"/log/show/{found[0].seq}").text
    assert UNKNOWN not in auditor.page(f"/log/show/{found[-1].seq}").text
    assert UNKNOWN in auditor.page("/log/list/").text
    clerk.send("/purpose/", {**CHOSEN, "next": "/"})
    assert UNKNOWN not in clerk.page("/").text


def test_api_purpose_with_unknown_case_is_marked(clerk, case, log):
    for number, unknown in (("02-2026-000917", True), (case.number, False)):
        headers = {"X-Purpose": "court_request", "X-Case-Number": number}
        assert clerk.get("/api/v1/persons/", headers=headers).status_code == 200
        assert log("access.listed")[-1].facts.get("case_unknown", False) is unknown


def test_numbers_of_cases_and_orders_are_known(db_session, case):
    case.dossier_no = "123/26"
    with acting_as("clerk.bb"):
        order = make_order()
    db_session.commit()
    assert all(is_registered(number) for number in (case.number, "123/26", order.number))
    assert not is_registered("02-2026-000917")
