"""Edit conflicts: both values are shown side by side, and no value is overwritten silently."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from app.accounts import demo_users
from app.cases.models import Case
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.code_lists import Code
from app.kernel.text.dates import format_iso
from app.people.models import Person
from tests.html_pages import Page
from tests.kernel.screens.test_record_view import form_values
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_photo, add_registered_case, make_registered_person
from tests.sql_calls import Program

PAIRS = int(os.environ.get("EDIT_RACES", "10"))  # `run.py nightly races` tries 100
CLERK_NAME = next(name for username, name, *_rest in demo_users.USERS if username == "clerk.bb")


@prepared
def person(db_session):
    """A registered person of Battambang."""
    with acting_as("clerk.bb"):
        one = add_photo(make_registered_person())
        add_registered_case(people=[(one, "suspect")])
        db_session.commit()
        return one


@pytest.fixture
def other(client_as):
    """The browser of another user of the same province."""
    return client_as("investigator.bb")


def open_form(browser, url):
    """Return the form values of an open page."""
    values = form_values(browser.page(url))
    values.pop("csrf_token")
    return values


def conflicts_of(page):
    """Return label → (theirs, mine, proposed side) of every conflict."""
    found = {}
    for field in page.all("fieldset", css="conflict"):
        radios = field.all("input", type="radio")
        values = [one.text for one in field.all(css="value")]
        chosen = [one["value"].split("-")[0] for one in radios if "checked" in one.attributes]
        found[field.all("legend")[0].text] = (*values, chosen[0] if chosen else None)
    return found


def choices(page, whose):
    """Return what a browser sends if that side is selected at every field."""
    return {
        one["name"]: one["value"]
        for one in page.all("input", type="radio")
        if one["value"].startswith(f"{whose}-")
    }


def test_conflict_page_shows_both_values_with_user_and_time(clerk, other, db_session, person, each_database):
    url = f"/person/edit/{person.id}"
    mine = open_form(other, url)
    assert clerk.send(url, open_form(clerk, url) | {"given_km": "វណ្ណា"}).status_code == 302
    page = Page.from_response(other.send(url, mine | {"given_km": "ពិសិដ្ឋ", "phone": "012345678"}), 409)
    assert conflicts_of(page) == {"នាមខ្លួនជាអក្សរខ្មែរ": ("វណ្ណា", "ពិសិដ្ឋ", None)}
    change = db_session.scalar(select(AuditEvent).where(AuditEvent.action == "record.changed"))
    field = page.all("fieldset", css="conflict")[0]
    assert CLERK_NAME in field.all(css="theirs")[0].text
    assert field.all("time")[0]["datetime"] == format_iso(change.when)
    assert form_values(page)["given_km"] == "ពិសិដ្ឋ" and form_values(page)["phone"] == "012345678"
    assert (person.given_km, person.phone, person.version) == ("វណ្ណា", None, 2)


def test_conflict_choice_mine_is_saved_and_rest_merged(clerk, other, person, each_database):
    url = f"/person/edit/{person.id}"
    mine = open_form(other, url) | {"given_km": "ពិសិដ្ឋ", "phone": "012345678"}
    clerk.send(url, open_form(clerk, url) | {"given_km": "វណ្ណា", "height_cm": "170"})
    page = Page.from_response(other.send(url, mine), 409)
    height = next(name for name in conflicts_of(page) if name != "នាមខ្លួនជាអក្សរខ្មែរ")
    assert (conflicts_of(page)[height][0], conflicts_of(page)[height][2]) == (
        "170",
        "theirs",
    )  # this user did not change that field
    answer = other.send(
        url,
        form_values(page)
        | choices(page, "mine")
        | {"height_cm__choice": choices(page, "theirs")["height_cm__choice"]},
    )
    assert answer.status_code == 302
    assert (person.given_km, person.phone, person.height_cm) == ("ពិសិដ្ឋ", "012345678", 170)


def test_conflict_choice_theirs_is_kept(clerk, other, person, each_database):
    url = f"/person/edit/{person.id}"
    mine = open_form(other, url) | {"given_km": "ពិសិដ្ឋ", "phone": "012345678"}
    clerk.send(url, open_form(clerk, url) | {"given_km": "វណ្ណា"})
    page = Page.from_response(other.send(url, mine), 409)
    assert other.send(url, form_values(page) | choices(page, "theirs")).status_code == 302
    assert (person.given_km, person.phone) == ("វណ្ណា", "012345678")


def test_conflict_without_choice_saves_nothing(clerk, other, person):
    url = f"/person/edit/{person.id}"
    mine = open_form(other, url) | {"given_km": "ពិសិដ្ឋ"}
    clerk.send(url, open_form(clerk, url) | {"given_km": "វណ្ណា"})
    page = Page.from_response(other.send(url, mine), 409)
    again = Page.from_response(other.send(url, form_values(page)), 409)
    assert conflicts_of(again) == conflicts_of(page) and person.given_km == "វណ្ណា"


def test_conflict_choice_after_third_save_is_invalid(clerk, other, person):
    url = f"/person/edit/{person.id}"
    mine = open_form(other, url) | {"given_km": "ពិសិដ្ឋ"}
    clerk.send(url, open_form(clerk, url) | {"given_km": "វណ្ណា"})
    page = Page.from_response(other.send(url, mine), 409)
    clerk.send(url, open_form(clerk, url) | {"given_km": "សុភា"})
    again = Page.from_response(other.send(url, form_values(page) | choices(page, "mine")), 409)
    assert list(conflicts_of(again).values()) == [("សុភា", "ពិសិដ្ឋ", None)]
    assert person.given_km == "សុភា"


def test_changes_of_different_fields_are_merged(clerk, other, person, each_database):
    """A form that submits only the changed field conflicts with no other change."""
    url = f"/person/edit/{person.id}"
    clerk.send(url, open_form(clerk, url) | {"given_km": "វណ្ណា"})
    assert other.send(url, {"version": "1", "phone": "012345678"}).status_code == 302
    assert (person.given_km, person.phone, person.version) == ("វណ្ណា", "012345678", 3)


def test_conflict_in_long_text_marks_difference(clerk, other, db_session, person):
    case = db_session.scalar(select(Case))
    url = f"/case/edit/{case.id}"
    mine, theirs = open_form(other, url), open_form(clerk, url)
    assert clerk.send(url, theirs | {"summary": f"{theirs['summary']} ជនសង្ស័យពាក់អាវខ្មៅ"}).status_code == 302
    page = Page.from_response(other.send(url, mine | {"summary": f"{mine['summary']} ជនសង្ស័យពាក់អាវស"}), 409)
    assert [one.text for one in page.all("mark")] == ["ជនសង្ស័យពាក់អាវខ្មៅ", "ជនសង្ស័យពាក់អាវស"]
    assert all(one.text.startswith("… ") for one in page.all(css="value"))
    assert form_values(page)["summary"] == f"{mine['summary']} ជនសង្ស័យពាក់អាវស"


def test_same_value_from_both_users_is_no_conflict(clerk, other, person):
    url = f"/person/edit/{person.id}"
    mine = open_form(other, url) | {"given_km": "វណ្ណា "}
    clerk.send(url, open_form(clerk, url) | {"given_km": "វណ្ណា"})
    assert other.send(url, mine).status_code == 302
    assert (person.given_km, person.version) == ("វណ្ណា", 2)


def test_conflict_choice_is_kept_after_validation_error(clerk, other, person):
    url = f"/person/edit/{person.id}"
    mine = open_form(other, url) | {"given_km": "ពិសិដ្ឋ", "height_cm": "x"}
    clerk.send(url, open_form(clerk, url) | {"given_km": "វណ្ណា"})
    page = Page.from_response(other.send(url, mine), 409)
    refused = Page.from_response(other.send(url, form_values(page) | choices(page, "mine")), 422)
    assert list(conflicts_of(refused).values()) == [("វណ្ណា", "ពិសិដ្ឋ", "mine")]
    assert other.send(url, form_values(refused) | {"height_cm": ""}).status_code == 302
    assert person.given_km == "ពិសិដ្ឋ"


def test_form_without_version_saves_nothing(clerk, person, each_database):
    url = f"/person/edit/{person.id}"
    for version in (
        {},
        {"version": ""},
        {"version": "x"},
        {"version": "-1"},
        {"version": "0"},
        {"version": "9" * 30},
    ):
        page = Page.from_response(clerk.send(url, {"given_km": "វណ្ណា", **version}), 409)
        assert form_values(page)["given_km"] == "វណ្ណា" and len(conflicts_of(page)) == 1
    assert (person.given_km, person.version) == ("ដារ៉ា", 1)


def test_code_edit_with_conflict_saves_nothing(client_as, db_session, each_database):
    """Reference data has no version column, so the field digests decide."""
    twg, admin = client_as("twg"), client_as("twg")
    code = db_session.scalar(text("SELECT id FROM code WHERE list = 'name_kind' AND key = 'alias'"))
    url = f"/code/edit/{code}"
    mine = open_form(admin, url)
    assert twg.send(url, open_form(twg, url) | {"name_en": "Byname"}).status_code == 302
    page = Page.from_response(admin.send(url, mine | {"name_en": "Nickname"}), 409)
    assert [values[:2] for values in conflicts_of(page).values()] == [("Byname", "Nickname")]
    assert admin.send(url, form_values(page) | choices(page, "mine")).status_code == 302
    assert db_session.get(Code, code).name_en == "Nickname"
    assert admin.send(url, {"name_en": "Other"}).status_code == 409


def test_api_conflict_returns_both_values(clerk, other, person, each_database):
    mine, theirs = Program(other), Program(clerk)
    theirs.put(f"persons/{person.id}", {"version": 1, "given_km": "វណ្ណា", "sex": "F"})
    body = mine.put(f"persons/{person.id}", {"version": 1, "given_km": "ពិសិដ្ឋ", "phone": "012345678"}, 409)
    assert body["detail"] and body["version"] == 2
    assert list(body["conflicts"]) == ["given_km"]
    field = body["conflicts"]["given_km"]
    assert (field["theirs"], field["yours"]) == ("វណ្ណា", "ពិសិដ្ឋ") and field["by"] and field["at"]
    coded = mine.put(f"persons/{person.id}", {"version": 1, "sex": "M", "height_cm": 1.5e2}, 409)[
        "conflicts"
    ]["sex"]
    assert (coded["theirs"], coded["theirs_label"], coded["yours"]) == ("F", "ស្រី", "M")
    assert (person.given_km, person.phone) == ("វណ្ណា", None)


def test_api_conflict_returns_invalid_link_as_sent(clerk, other, person):
    Program(clerk).put(f"persons/{person.id}", {"version": 1, "birthplace": "020310"})
    body = Program(other).put(f"persons/{person.id}", {"version": 1, "birthplace": {"id": 2.5}}, 409)
    assert body["conflicts"]["birthplace"]["yours"] == 2.5


def test_api_change_of_other_field_is_merged(clerk, other, person, each_database):
    Program(clerk).put(f"persons/{person.id}", {"version": 1, "given_km": "វណ្ណា"})
    body = Program(other).put(f"persons/{person.id}", {"version": 1, "phone": "012345678"})["result"]
    assert (body["given_km"], body["phone"], body["version"]) == ("វណ្ណា", "012345678", 3)


def test_api_code_change_needs_version(client_as, db_session):
    twg = Program(client_as("twg"))
    code = db_session.scalar(text("SELECT id FROM code WHERE list = 'name_kind' AND key = 'alias'"))
    assert twg.put(f"codes/{code}", {"name_en": "Byname"}, 422)["errors"]["version"]
    version = twg.get(f"codes/{code}")["result"]["version"]
    body = twg.put(f"codes/{code}", {"version": version, "name_en": "Nickname"})["result"]
    assert body["name_en"] == "Nickname" and body["version"] != version
    lost = twg.put(f"codes/{code}", {"version": version, "name_en": "Other"}, 409)["conflicts"]["name_en"]
    assert (lost["theirs"], lost["yours"]) == ("Nickname", "Other")


@pytest.mark.machine
@pytest.mark.nightly(name="races")
def test_concurrent_edits_lose_no_change_silently(client_as, db_session, person, each_database):
    """Each pair opens the same version and saves concurrently: one is saved, the other gets both values."""
    url = f"/person/edit/{person.id}"
    browsers = [client_as("clerk.bb"), client_as("investigator.bb")]
    db_session.rollback()
    with ThreadPoolExecutor(2) as both:
        for pair in range(PAIRS):
            pages = [open_form(browser, url) for browser in browsers]
            values = [f"A{pair}", f"B{pair}"]

            def save(side, pages=pages, values=values):
                return browsers[side].send(url, pages[side] | {"father_name": values[side]})

            answers = list(both.map(save, (0, 1)))
            assert sorted(one.status_code for one in answers) == [302, 409], pair
            lost = 0 if answers[0].status_code == 409 else 1
            page = Page(answers[lost].text)
            assert [shown[:2] for shown in conflicts_of(page).values()] == [(values[1 - lost], values[lost])]
            assert form_values(page)["father_name"] == values[lost]
            db_session.expire_all()
            assert person.father_name == values[1 - lost]
            db_session.rollback()
    assert person.version == PAIRS + 1
    changes = (
        select(func.count())
        .select_from(AuditEvent)
        .where(AuditEvent.action == "record.changed", AuditEvent.entity == "person")
    )
    assert db_session.scalar(changes) == PAIRS
    assert db_session.scalar(select(func.count()).select_from(Person)) == 1


def test_concurrent_api_edits_lose_no_change_silently(client_as, db_session, person, each_database):
    programs = [Program(client_as("clerk.bb")), Program(client_as("investigator.bb"))]
    address = f"/api/v1/persons/{person.id}"

    def change(side, body):
        client = programs[side].client
        return client.put(address, json=body, headers={"X-CSRFToken": client.token})

    db_session.rollback()
    with ThreadPoolExecutor(2) as both:
        for pair in range(20):
            version = programs[0].get(address.removeprefix("/api/v1/"))["result"]["version"]
            bodies = [{"version": version, "father_name": f"{side}{pair}"} for side in "AB"]
            answers = list(both.map(change, (0, 1), bodies))
            assert sorted(one.status_code for one in answers) == [200, 409], pair
            lost = 0 if answers[0].status_code == 409 else 1
            field = answers[lost].json["conflicts"]["father_name"]
            assert (field["theirs"], field["yours"]) == tuple(
                bodies[one]["father_name"] for one in (1 - lost, lost)
            )
