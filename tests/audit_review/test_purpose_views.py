"""Nobody looks people up without saying for which work; it is said once, and lasts for half an hour of work."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.access_purpose import NONE, read
from app.accounts.models import SignIn
from app.kernel.text import dates

PEOPLE = (
    "/person/list/",
    "/person/show/{pk}",
    "/person/edit/{pk}",
    "/personname/list/",
    "/involvement/list/",
)
CHOSEN = {"_purpose": "warrant", "_purpose_about": "02-2026-000017"}


@pytest.mark.parametrize("page", PEOPLE)
def test_a_page_of_people_asks_for_the_purpose_and_shows_nobody(clerk, suspect, nobody_said_why, page):
    answer = clerk.get(page.format(pk=suspect.id))
    assert answer.status_code == 428
    assert 'name="_purpose"' in answer.text
    assert suspect.given_km not in answer.text


def test_nobody_is_searched_without_a_purpose_at_any_door(
    clerk, suspect, nobody_said_why, log, each_database
):
    asked = {
        "quick search": clerk.send("/find/", {"q": "សុខ"}),
        "lookup": clerk.send("/lookup/person", {"q": "សុខ"}, headers={"Accept": "application/json"}),
        "list": clerk.get("/api/v1/persons/"),
        "search": clerk.post("/api/v1/persons/search", json={}, headers={"X-CSRFToken": clerk.token}),
        "one": clerk.get(f"/api/v1/persons/{suspect.id}"),
    }
    assert {door: answer.status_code for door, answer in asked.items()} == dict.fromkeys(asked, 428)
    assert not any(suspect.given_km in answer.text for answer in asked.values())
    assert asked["list"].json["message"]
    assert not log("look.search") and not log("look.list") and not log("look.open")


def test_the_way_goes_on_where_it_was_held_up(clerk, suspect, nobody_said_why):
    held = clerk.page("/person/list/?_flt_0_sex=M", status=428)
    aim = [box["value"] for box in held.all("input", name="next")][-1]
    answer = clerk.send("/purpose/", {**CHOSEN, "next": aim})
    assert answer.status_code == 302 and answer.location == "/person/list/?_flt_0_sex=M"
    assert suspect.given_km in clerk.get(answer.location).text


def test_a_search_that_was_held_up_is_sent_again_with_what_was_typed(clerk, suspect, nobody_said_why, log):
    held = clerk.send("/find/", {"q": "សុខ"})
    assert "សុខ" in held.text
    assert suspect.given_km in clerk.send("/find/", {"q": "សុខ", **CHOSEN}).text
    (entry,) = log("look.search")
    assert (entry.purpose, entry.case_number) == ("warrant", "02-2026-000017")


def test_a_way_to_another_site_is_not_taken(clerk, nobody_said_why):
    for elsewhere in ("https://evil.invalid/", "//evil.invalid/", "/\\evil.invalid"):
        assert clerk.send("/purpose/", {**CHOSEN, "next": elsewhere}).location == "/"


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"_purpose": "curiosity", "_purpose_about": "02-2026-000017"},
        {"_purpose": "warrant", "_purpose_about": "x"},
    ],
    ids=["nothing", "no such purpose", "nothing that says what it is about"],
)
def test_half_a_purpose_is_none(clerk, suspect, nobody_said_why, typed):
    assert clerk.send("/purpose/", typed).status_code == 422
    assert clerk.get("/person/list/").status_code == 428


def test_the_purpose_stands_in_the_bar_and_can_be_changed_there(clerk):
    bar = clerk.page("/").all("details", css="purpose")[0]
    assert "02-2026-000001" in bar.text
    clerk.send("/purpose/", {**CHOSEN, "next": "/"})
    assert "02-2026-000017" in clerk.page("/").all("details", css="purpose")[0].text


def test_it_ends_half_an_hour_after_the_last_look(clerk, suspect, db_session):
    def until(minutes):
        db_session.execute(update(SignIn).values(purpose_until=dates.now() + timedelta(minutes=minutes)))
        db_session.commit()

    until(5)
    assert clerk.get("/person/list/").status_code == 200
    row = db_session.scalar(select(SignIn).where(SignIn.user_id == suspect.recorded_by_id))
    assert row.purpose_until > dates.now() + timedelta(minutes=29), "a look carries the purpose on"
    until(-1)
    assert clerk.get("/person/list/").status_code == 428


def test_reading_what_shows_nobody_asks_for_no_purpose(clerk, case, nobody_said_why):
    for page in ("/", "/case/list/", f"/case/show/{case.id}", "/place/list/", "/entry/a-new-entry"):
        assert clerk.get(page).status_code == 200, page


def test_the_entry_of_a_case_is_its_own_purpose(clerk, suspect, nobody_said_why, log):
    asked = {"q": "សុខ", "draft": "a-new-entry"}
    answer = clerk.send("/lookup/person", asked, headers={"Accept": "application/json"})
    assert [item["id"] for item in answer.json["items"]]
    clerk.send("/lookup/person", {"q": "", "draft": "a-new-entry"})
    (entry,) = log("look.search")
    assert (entry.purpose, entry.facts["draft"]) == ("data_entry", "a-new-entry")


def test_who_may_not_enter_a_case_is_not_let_in_by_naming_one(client_as, suspect, nobody_said_why):
    manager = client_as("manager")
    asked = {"q": "សុខ", "draft": "a-new-entry"}
    assert manager.send("/lookup/person", asked, headers={"Accept": "application/json"}).status_code == 428


def test_a_program_says_its_purpose_with_each_request(clerk, suspect, nobody_said_why, log):
    says = {"X-Purpose": "court_request", "X-Case-Number": "02-2026-000017"}
    assert clerk.get(f"/api/v1/persons/{suspect.id}", headers=says).status_code == 200
    without = clerk.get("/api/v1/persons/", headers={"X-Purpose": "court_request"})
    assert without.status_code == 428 and "X-Case-Number" in without.json["message"]
    assert clerk.get("/api/v1/persons/", headers=says | {"X-Purpose": "curiosity"}).status_code == 428
    (entry,) = log("look.open")
    assert (entry.purpose, entry.case_number) == ("court_request", "02-2026-000017")


def test_words_instead_of_a_number_are_kept_beside_the_chain(clerk, suspect, nobody_said_why, log):
    clerk.send("/purpose/", {"_purpose": "supervision", "_purpose_about": "ពិនិត្យប្រចាំសប្តាហ៍", "next": "/"})
    clerk.get(f"/person/show/{suspect.id}")
    (entry,) = log("look.open")
    assert (entry.purpose, entry.case_number) == ("supervision", "")
    assert entry.facts["private"]["about"] == "ពិនិត្យប្រចាំសប្តាហ៍"


def test_a_number_is_read_in_either_digits(app):
    with app.app_context():
        assert read("warrant", "០២-២០២៦-០០០០១៧").case_number == "02-2026-000017"
        assert read("warrant", "  ") is None
        assert NONE.about == ""
