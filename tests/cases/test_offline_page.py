"""The empty entry page that a browser keeps: nothing of a user's work is on it, and an old one saves nothing."""

from sqlalchemy import func, select

from app.cases.models import Case
from tests.cases.form_data import make_theft
from tests.html_pages import Page

ENTRY, OFFLINE = "/entry/a-kept-page", "/entry/offline/"


def find_version(browser):
    found = browser.page("/about-the-data/").all("meta", name="offline")
    return found[0]["content"] if found else None


def test_kept_page_is_always_the_same_and_names_no_draft(clerk):
    clerk.send("/purpose/", {"_purpose": "investigation", "_purpose_about": "ជនឈ្មោះ វណ្ណារិទ្ធ"})
    before = clerk.get(OFFLINE)
    clerk.send(f"{ENTRY}/draft", make_theft({"people-0-person-given_km": "ឧត្តមបញ្ញា"}))
    after = clerk.get(OFFLINE)
    assert after.text == before.text
    assert "ឧត្តមបញ្ញា" not in after.text and "វណ្ណារិទ្ធ" not in after.text
    page = Page.from_response(after, 200)
    assert {box["value"] for box in page.all("input", name="csrf_token")} == {""}
    assert after.headers["Cache-Control"] == "no-store"


def test_token_in_the_header_of_the_kept_page_saves_a_draft(clerk):
    token = clerk.get(OFFLINE).headers["X-CSRFToken"]
    answer = clerk.post(f"{ENTRY}/draft", data=make_theft(), headers={"X-CSRFToken": token})
    assert answer.status_code == 200 and answer.json["kept"]


def test_old_form_saves_nothing_and_is_shown_again(clerk, db_session):
    answer = clerk.send(ENTRY, make_theft({"form_version": "of last year"}))
    page = Page.from_response(answer, 409)
    assert db_session.scalar(select(func.count(Case.id))) == 0
    typed = page.typed()
    assert typed["case-summary"] == [make_theft()["case-summary"]]
    assert "បច្ចុប្បន្នភាព" in page.text
    assert clerk.send(ENTRY, typed).status_code == 302
    assert db_session.scalar(select(func.count(Case.id))) == 1


def test_kept_page_has_one_version_for_each_user_and_language(client_as):
    clerk = client_as("clerk.bb")
    khmer = find_version(clerk)
    assert khmer == find_version(clerk)
    assert khmer != find_version(client_as("clerk.pp"))
    clerk.get("/lang/en")
    assert khmer != find_version(clerk)
    assert find_version(client_as("auditor")) is None


def test_worker_may_control_the_entry_page_only(clerk):
    answer = clerk.get(clerk.page("/about-the-data/").all("meta", name="offline")[0]["data-worker"])
    assert answer.status_code == 200 and answer.headers["Service-Worker-Allowed"] == "/entry/"
