"""Two people at one record: what the other saved stands beside what was typed, and nothing is overwritten."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from app.accounts import demo_users
from app.cases.models import Case
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.code_lists import Code
from app.people.models import Person
from tests.html_pages import Page
from tests.kernel.screens.test_record_view import typed
from tests.sample_rows import a_registered_case, a_registered_person, with_photo, written_by
from tests.sql_calls import Program

NAME_OF_THE_CLERK = next(name for username, name, *_rest in demo_users.USERS if username == "clerk.bb")


@pytest.fixture
def person(db_session):
    """A registered person of Battambang."""
    with written_by("clerk.bb"):
        one = with_photo(a_registered_person())
        a_registered_case(people=[(one, "suspect")])
        db_session.commit()
        return one


@pytest.fixture
def other(client_as):
    """The browser of somebody else of the same province."""
    return client_as("investigator.bb")


def opened(browser, url):
    """The boxes of a page that somebody has open."""
    boxes = typed(browser.page(url))
    boxes.pop("csrf_token")
    return boxes


def sides(page):
    """label → (theirs, mine, whose is proposed) of every field on which two people differ."""
    found = {}
    for field in page.all("fieldset", css="clash"):
        radios = field.all("input", type="radio")
        values = [one.text for one in field.all(css="value")]
        chosen = [one["value"].split("-")[0] for one in radios if "checked" in one.attributes]
        found[field.all("legend")[0].text] = (*values, chosen[0] if chosen else None)
    return found


def choices(page, whose):
    """What a browser sends when that side is pressed at every field."""
    return {
        one["name"]: one["value"]
        for one in page.all("input", type="radio")
        if one["value"].startswith(f"{whose}-")
    }


def test_both_values_stand_side_by_side_with_who_and_when(clerk, other, db_session, person, each_database):
    url = f"/person/edit/{person.id}"
    mine = opened(other, url)
    assert clerk.send(url, opened(clerk, url) | {"given_km": "វណ្ណា"}).status_code == 302
    page = Page.of(other.send(url, mine | {"given_km": "ពិសិដ្ឋ", "phone": "012345678"}), 409)
    assert sides(page) == {"នាមខ្លួនជាអក្សរខ្មែរ": ("វណ្ណា", "ពិសិដ្ឋ", None)}
    change = db_session.scalar(select(AuditEvent).where(AuditEvent.action == "change"))
    field = page.all("fieldset", css="clash")[0]
    assert NAME_OF_THE_CLERK in field.all(css="theirs")[0].text
    assert field.all("time")[0]["datetime"] == change.when.isoformat()
    assert typed(page)["given_km"] == "ពិសិដ្ឋ" and typed(page)["phone"] == "012345678"
    assert (person.given_km, person.phone, person.version) == ("វណ្ណា", None, 2)


def test_mine_is_kept_where_it_was_chosen_and_the_rest_is_merged(clerk, other, person, each_database):
    url = f"/person/edit/{person.id}"
    mine = opened(other, url) | {"given_km": "ពិសិដ្ឋ", "phone": "012345678"}
    clerk.send(url, opened(clerk, url) | {"given_km": "វណ្ណា", "height_cm": "170"})
    page = Page.of(other.send(url, mine), 409)
    height = next(name for name in sides(page) if name != "នាមខ្លួនជាអក្សរខ្មែរ")
    assert (sides(page)[height][0], sides(page)[height][2]) == ("170", "theirs")  # he had left that box alone
    answer = other.send(
        url,
        typed(page) | choices(page, "mine") | {"height_cm__take": choices(page, "theirs")["height_cm__take"]},
    )
    assert answer.status_code == 302
    assert (person.given_km, person.phone, person.height_cm) == ("ពិសិដ្ឋ", "012345678", 170)


def test_theirs_is_kept_where_it_was_chosen(clerk, other, person, each_database):
    url = f"/person/edit/{person.id}"
    mine = opened(other, url) | {"given_km": "ពិសិដ្ឋ", "phone": "012345678"}
    clerk.send(url, opened(clerk, url) | {"given_km": "វណ្ណា"})
    page = Page.of(other.send(url, mine), 409)
    assert other.send(url, typed(page) | choices(page, "theirs")).status_code == 302
    assert (person.given_km, person.phone) == ("វណ្ណា", "012345678")


def test_without_a_choice_nothing_is_saved(clerk, other, person):
    url = f"/person/edit/{person.id}"
    mine = opened(other, url) | {"given_km": "ពិសិដ្ឋ"}
    clerk.send(url, opened(clerk, url) | {"given_km": "វណ្ណា"})
    page = Page.of(other.send(url, mine), 409)
    again = Page.of(other.send(url, typed(page)), 409)
    assert sides(again) == sides(page) and person.given_km == "វណ្ណា"


def test_a_choice_is_none_when_a_third_one_has_saved_since(clerk, other, person):
    url = f"/person/edit/{person.id}"
    mine = opened(other, url) | {"given_km": "ពិសិដ្ឋ"}
    clerk.send(url, opened(clerk, url) | {"given_km": "វណ្ណា"})
    page = Page.of(other.send(url, mine), 409)
    clerk.send(url, opened(clerk, url) | {"given_km": "សុភា"})
    again = Page.of(other.send(url, typed(page) | choices(page, "mine")), 409)
    assert list(sides(again).values()) == [("សុភា", "ពិសិដ្ឋ", None)]
    assert person.given_km == "សុភា"


def test_what_two_people_change_in_different_boxes_of_a_part_is_merged(clerk, other, person, each_database):
    """A form that sent only the box it changed: nobody else touched it, so there is nothing to ask."""
    url = f"/person/edit/{person.id}"
    clerk.send(url, opened(clerk, url) | {"given_km": "វណ្ណា"})
    assert other.send(url, {"version": "1", "phone": "012345678"}).status_code == 302
    assert (person.given_km, person.phone, person.version) == ("វណ្ណា", "012345678", 3)


def test_of_a_long_text_the_difference_is_marked(clerk, other, db_session, person):
    case = db_session.scalar(select(Case))
    url = f"/case/edit/{case.id}"
    mine, theirs = opened(other, url), opened(clerk, url)
    assert clerk.send(url, theirs | {"summary": f"{theirs['summary']} ជនសង្ស័យពាក់អាវខ្មៅ"}).status_code == 302
    page = Page.of(other.send(url, mine | {"summary": f"{mine['summary']} ជនសង្ស័យពាក់អាវស"}), 409)
    assert [one.text for one in page.all("mark")] == ["ជនសង្ស័យពាក់អាវខ្មៅ", "ជនសង្ស័យពាក់អាវស"]
    assert all(one.text.startswith("… ") for one in page.all(css="value"))
    assert typed(page)["summary"] == f"{mine['summary']} ជនសង្ស័យពាក់អាវស"


def test_the_same_value_from_both_is_no_conflict(clerk, other, person):
    url = f"/person/edit/{person.id}"
    mine = opened(other, url) | {"given_km": "វណ្ណា "}
    clerk.send(url, opened(clerk, url) | {"given_km": "វណ្ណា"})
    assert other.send(url, mine).status_code == 302
    assert (person.given_km, person.version) == ("វណ្ណា", 2)


def test_a_refusal_after_the_choice_keeps_the_choice(clerk, other, person):
    url = f"/person/edit/{person.id}"
    mine = opened(other, url) | {"given_km": "ពិសិដ្ឋ", "height_cm": "x"}
    clerk.send(url, opened(clerk, url) | {"given_km": "វណ្ណា"})
    page = Page.of(other.send(url, mine), 409)
    refused = Page.of(other.send(url, typed(page) | choices(page, "mine")), 422)
    assert list(sides(refused).values()) == [("វណ្ណា", "ពិសិដ្ឋ", "mine")]
    assert other.send(url, typed(refused) | {"height_cm": ""}).status_code == 302
    assert person.given_km == "ពិសិដ្ឋ"


def test_a_form_without_a_version_saves_nothing(clerk, person, each_database):
    url = f"/person/edit/{person.id}"
    for version in (
        {},
        {"version": ""},
        {"version": "x"},
        {"version": "-1"},
        {"version": "0"},
        {"version": "9" * 30},
    ):
        page = Page.of(clerk.send(url, {"given_km": "វណ្ណា", **version}), 409)
        assert typed(page)["given_km"] == "វណ្ណា" and len(sides(page)) == 1
    assert (person.given_km, person.version) == ("ដារ៉ា", 1)


def test_nobody_overwrites_a_value_of_a_code_list(client_as, db_session, each_database):
    """Reference data counts no changes: the marks of the boxes tell."""
    twg, admin = client_as("twg"), client_as("twg")
    code = db_session.scalar(text("SELECT id FROM code WHERE list = 'name_kind' AND key = 'alias'"))
    url = f"/code/edit/{code}"
    mine = opened(admin, url)
    assert twg.send(url, opened(twg, url) | {"name_en": "Byname"}).status_code == 302
    page = Page.of(admin.send(url, mine | {"name_en": "Nickname"}), 409)
    assert [values[:2] for values in sides(page).values()] == [("Byname", "Nickname")]
    assert admin.send(url, typed(page) | choices(page, "mine")).status_code == 302
    assert db_session.get(Code, code).name_en == "Nickname"
    assert admin.send(url, {"name_en": "Other"}).status_code == 409


def test_a_program_is_told_both_values(clerk, other, person, each_database):
    mine, theirs = Program(other), Program(clerk)
    theirs.put(f"persons/{person.id}", {"version": 1, "given_km": "វណ្ណា", "sex": "F"})
    told = mine.put(f"persons/{person.id}", {"version": 1, "given_km": "ពិសិដ្ឋ", "phone": "012345678"}, 409)
    assert told["message"] and told["version"] == 2
    assert list(told["conflicts"]) == ["given_km"]
    field = told["conflicts"]["given_km"]
    assert (field["theirs"], field["yours"]) == ("វណ្ណា", "ពិសិដ្ឋ") and field["by"] and field["at"]
    coded = mine.put(f"persons/{person.id}", {"version": 1, "sex": "M", "height_cm": 1.5e2}, 409)[
        "conflicts"
    ]["sex"]
    assert (coded["theirs"], coded["theirs_label"], coded["yours"]) == ("F", "ស្រី", "M")
    assert (person.given_km, person.phone) == ("វណ្ណា", None)


def test_a_link_that_is_no_key_is_told_as_it_was_sent(clerk, other, person):
    Program(clerk).put(f"persons/{person.id}", {"version": 1, "birthplace": "020310"})
    told = Program(other).put(f"persons/{person.id}", {"version": 1, "birthplace": {"id": 2.5}}, 409)
    assert told["conflicts"]["birthplace"]["yours"] == 2.5


def test_a_program_that_changed_another_field_is_merged(clerk, other, person, each_database):
    Program(clerk).put(f"persons/{person.id}", {"version": 1, "given_km": "វណ្ណា"})
    told = Program(other).put(f"persons/{person.id}", {"version": 1, "phone": "012345678"})["result"]
    assert (told["given_km"], told["phone"], told["version"]) == ("វណ្ណា", "012345678", 3)


def test_a_program_needs_the_version_of_a_code_too(client_as, db_session):
    twg = Program(client_as("twg"))
    code = db_session.scalar(text("SELECT id FROM code WHERE list = 'name_kind' AND key = 'alias'"))
    assert twg.put(f"codes/{code}", {"name_en": "Byname"}, 422)["errors"]["version"]
    version = twg.get(f"codes/{code}")["result"]["version"]
    told = twg.put(f"codes/{code}", {"version": version, "name_en": "Nickname"})["result"]
    assert told["name_en"] == "Nickname" and told["version"] != version
    lost = twg.put(f"codes/{code}", {"version": version, "name_en": "Other"}, 409)["conflicts"]["name_en"]
    assert (lost["theirs"], lost["yours"]) == ("Nickname", "Other")


@pytest.mark.parametrize("pairs", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_of_racing_pairs_no_change_is_lost_in_silence(client_as, db_session, person, pairs, each_database):
    """Each pair opens the record at one version and saves at once: one is saved, the other is shown both values."""
    url = f"/person/edit/{person.id}"
    browsers = [client_as("clerk.bb"), client_as("investigator.bb")]
    db_session.rollback()
    with ThreadPoolExecutor(2) as both:
        for pair in range(pairs):
            pages = [opened(browser, url) for browser in browsers]
            values = [f"A{pair}", f"B{pair}"]

            def save(side, pages=pages, values=values):
                return browsers[side].send(url, pages[side] | {"father_name": values[side]})

            answers = list(both.map(save, (0, 1)))
            assert sorted(one.status_code for one in answers) == [302, 409], pair
            lost = 0 if answers[0].status_code == 409 else 1
            page = Page(answers[lost].text)
            assert [shown[:2] for shown in sides(page).values()] == [(values[1 - lost], values[lost])]
            assert typed(page)["father_name"] == values[lost]
            db_session.expire_all()
            assert person.father_name == values[1 - lost]
            db_session.rollback()
    assert person.version == pairs + 1
    changes = (
        select(func.count())
        .select_from(AuditEvent)
        .where(AuditEvent.action == "change", AuditEvent.entity == "person")
    )
    assert db_session.scalar(changes) == pairs
    assert db_session.scalar(select(func.count()).select_from(Person)) == 1


def test_racing_programs_lose_nothing_in_silence(client_as, db_session, person, each_database):
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
