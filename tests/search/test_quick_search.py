"""The quick search: whoever hears a name finds the person, sees why, and leaves no name in an address."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from app.accounts.models import SignIn
from app.kernel import scheduler
from app.kernel.screens.search_tokens import KEPT, Slip, forget_old
from app.kernel.text import dates
from app.search.candidates import BEGINNING, POSSIBLE, Candidate
from app.search.match_explanation import agreement
from app.search.query import Question
from tests.query_plans import plan
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.search.conftest import asked, names_of
from tests.statement_counts import counted


@pytest.mark.parametrize(
    "text",
    ["សុខ ដារ៉ា", "ដារ៉ា សុខ", "សុខដារ៉ា", "sok dara", "DARA SOK", "sokdara", "Sokh Darra", "sok da", "សុខ", "dara"],
)
def test_a_person_is_found_however_the_name_is_typed(clerk, country, text, each_database):
    assert "សុខ ដារ៉ា" in names_of(asked(clerk, text))


@pytest.mark.parametrize(
    "text", ["010000000", "០១០០០០០០០", "012 345 678", "០១២៣៤៥៦៧៨", "+855 12345678", "P-0000001", "1"]
)
def test_a_person_is_found_by_any_number_in_either_digits(clerk, country, text, each_database):
    assert names_of(asked(clerk, text)) == ["សុខ ដារ៉ា"]


def test_who_was_found_by_a_number_is_not_told_to_have_the_same_name(clerk, country):
    page = asked(clerk, "012 345 678")
    assert [band["class"] for band in page.all("section", css="band")] == ["band number"]
    assert not page.all(data_alike=True), "a number has no names that sound like it"


@pytest.mark.parametrize("text", ["099 999 999", "9DC-9999", "១២-២០២៦"])
def test_where_a_number_is_not_there_the_number_is_spoken_of(clerk, country, text):
    page = asked(clerk, text)
    assert "លេខនេះ" in page.all(css="empty")[0].text and "ឈ្មោះនេះ" not in page.by_id("main").text
    assert not page.all(data_alike=True)


def test_a_plate_is_no_name(clerk, country, db_session):
    country.dara.surname_latin, country.dara.given_latin = "Ab", ""
    db_session.commit()
    assert names_of(asked(clerk, "ab")) == ["សុខ ដារ៉ា"]
    page = asked(clerk, "1AB-2345")
    assert "1AB-2345" in page.by_id("main").text and names_of(page) == []


def test_cases_things_and_places_are_found_beside_people(clerk, country, each_database):
    assert country.case.number in asked(clerk, country.case.number[:7]).text
    for plate in ("1AB-2345", "1ab2345", "១AB ២៣៤៥"):
        assert "1AB-2345" in asked(clerk, plate).text
    assert "ស្វាយប៉ោ" in asked(clerk, "svay pao").text


@pytest.mark.parametrize("typed", ["{}-{}-{}", "{} {} {}"])
def test_a_case_is_found_by_its_number_said_without_noughts(clerk, country, typed):
    province, year, number = country.case.number.split("-")
    page = asked(clerk, typed.format(int(province), year, int(number)))
    assert country.case.number in page.by_id("main").text


def test_the_bands_tell_the_same_name_from_one_that_sounds_like_it(clerk, country):
    same = asked(clerk, "សុខ ដារ៉ា")
    alike = asked(clerk, "Sokh Darra")
    assert [band["class"] for band in same.all("section", css="band") if band.all(css="hit")] == ["band same"]
    assert [band["class"] for band in alike.all("section", css="band") if band.all(css="hit")] == [
        "band sounds"
    ]


def test_a_card_tells_who_it_is_and_on_what_that_rests(clerk, country):
    card = asked(clerk, "សុខ ដារ៉ា").all("li", css="hit")[0]
    assert "SOK Dara" in card.text and "ប្រុស" in card.text and "ដារ៉ាតូច" in card.text
    assert "ជនសង្ស័យ" in card.text and country.case.number in card.text
    assert card.all("a", href=True)[0]["href"].endswith(f"/person/show/{country.dara.id}")


def test_a_card_tells_what_agrees_and_what_differs(clerk, country):
    card = asked(clerk, "Sokh Darra", sex="M").all("li", css="hit")[0]
    assert len(card.all(css="eq")) == 2
    assert "SOK Dara I / Sokh Darra" in card.all(css="ne")[0].text


def test_a_title_that_was_typed_is_no_difference(clerk, country):
    card = asked(clerk, "លោក សុខ ដារ៉ា").all("li", css="hit")[0]
    assert card.all(css="eq") and not card.all(css="ne")


def test_nobody_is_an_honest_answer(clerk, country):
    page = asked(clerk, "ហ្វីលីពពូស")
    assert names_of(page) == [] and "អក្សរតិចជាងនេះ" in page.all(css="empty")[0].text
    assert "យ៉ាងតិច ២ អក្សរ" in asked(clerk, "ក").all(css="empty")[0].text
    narrowed = asked(clerk, "sok dara", born_from="2005")
    assert names_of(narrowed) == [] and "តម្រង" in narrowed.all(css="empty")[0].text


def test_beyond_the_part_only_the_card_is_shown(clerk, country):
    card = asked(clerk, "ទេព វណ្ណៈ").all("li", css="hit")[0]
    assert "TEP Vannak" in card.text and not card.all("a", href=True)
    assert country.far.number not in card.text and "ជនសង្ស័យ" not in card.text
    by_alias = asked(clerk, "ខ្មៅ").all("li", css="hit")[0]
    assert "ខ្មៅ" not in by_alias.text


def test_no_number_beyond_the_part_is_told_digit_by_digit(clerk, country):
    assert names_of(asked(clerk, "017999888")) == ["ទេព វណ្ណៈ"]
    assert names_of(asked(clerk, "0179998")) == []


def test_filters_on_cases_leave_out_who_is_beyond_the_part(clerk, country):
    assert names_of(asked(clerk, "tep vannak", role="suspect")) == []


def test_no_name_stands_in_an_address(clerk, country):
    page = asked(clerk, "sok dara")
    address = page.all(data_address=True)[0]["data-address"]
    assert re.fullmatch(r"/find/\?slip=[\w-]{20,}", address)
    assert names_of(clerk.page(address)) == ["សុខ ដារ៉ា"]
    assert "sok" not in "".join(one["href"] for one in page.all("a", href=True)).lower()


def test_a_search_is_forgotten_after_a_working_day(clerk, country, app, db_session, each_database):
    earlier, later = (
        asked(clerk, "sok dara").all(data_address=True)[0]["data-address"] for _search in range(2)
    )
    old = Slip.token == earlier.rpartition("=")[2]
    db_session.execute(update(Slip).where(old).values(written_at=dates.now() - KEPT - timedelta(minutes=1)))
    db_session.commit()
    assert scheduler.run(app)["searches that were kept"] == 1
    assert [clerk.get(address).status_code for address in (earlier, later)] == [404, 200]


def test_the_searches_that_are_let_go_are_found_by_their_age(register, db_session):
    with counted(register) as statements:
        forget_old(db_session)
    (statement,) = [one for one in statements if one.startswith("DELETE FROM search_slip")]
    (line,) = plan(register, statement, ("2026-11-27 00:00:00",))
    assert "USING" in line and "(written_at<?)" in line


def test_the_slip_of_somebody_else_is_none(clerk, client_as, country):
    address = asked(clerk, "sok dara").all(data_address=True)[0]["data-address"]
    assert client_as("chief.bb").get(address).status_code == 404


def test_those_who_sound_alike_come_in_a_second_answer_without_the_first(clerk, country, each_database):
    first = asked(clerk, "Sok Tana")
    place = first.all(data_alike=True)[0]
    more = clerk.send(place["data-alike"], {"slip": place["data-slip"]})
    assert more.status_code == 200 and "សុខ ដារ៉ា" in more.text
    again = clerk.send(place["data-alike"], {"slip": place["data-slip"], "shown": str(country.dara.id)})
    assert "សុខ ដារ៉ា" not in again.text


def test_each_answer_leaves_its_row_with_whom_it_has_shown(clerk, country, log):
    page = asked(clerk, "sok dara")
    place = page.all(data_alike=True)[0]
    clerk.send(place["data-alike"], {"slip": place["data-slip"]})
    first, second = log("look.search")
    assert (first.facts["source"], first.facts["people"]) == ("quick", [country.dara.id])
    assert second.facts["source"] == "wider"


def test_suggestions_are_links_and_one_row_of_the_log(clerk, country, log, each_database):
    for text in ("sok", "sok d", "sok dara"):
        items = clerk.send("/find/suggest", {"q": text}).json["items"]
    assert [one["text"] for one in items if one["icon"] == "user"] == ["សុខ ដារ៉ា"]
    assert items[0]["url"].endswith(f"/person/show/{country.dara.id}") and items[0]["group"]
    assert not log("look.search")
    clerk.send("/find/suggest", {"q": ""})
    (row,) = log("look.search")
    assert (
        row.facts["people"] == [country.dara.id]
        and row.payload.body["facts"]["private"]["text"] == "sok dara"
    )


def test_the_number_of_a_suggested_person_stands_apart_and_in_one_piece(clerk, country):
    (item,) = clerk.send("/find/suggest", {"q": "sok dara"}).json["items"]
    assert item["code"] == "P-0000001" and "P-" not in item["detail"]


def test_a_suggestion_beyond_the_part_leads_nowhere(clerk, country):
    (item,) = clerk.send("/find/suggest", {"q": "tep vannak"}).json["items"]
    assert item["outside"] and not item["url"]


def test_without_a_purpose_nothing_is_suggested(clerk, country, db_session):
    db_session.execute(update(SignIn).values(purpose=None, case_number=None, purpose_until=None))
    db_session.commit()
    asked_for = clerk.send("/find/suggest", {"q": "sok"}, headers={"Accept": "application/json"})
    assert asked_for.status_code == 428 and "items" not in asked_for.json
    assert "គោលបំណង" in asked_for.json["message"] and "X-Purpose" not in asked_for.json["message"]


def test_a_protected_victim_is_nobody(clerk, client_as, country, db_session):
    with written_by("clerk.bb"):
        victim = a_registered_person(
            4, surname_km="វ៉ាន់", given_km="ឌឿន", surname_latin="Van", given_latin="Doeun"
        )
        a_registered_case(
            people=[(victim, "victim"), (a_registered_person(5), "suspect")], sensitivity="sexual"
        )
    db_session.commit()
    for browser in (clerk, client_as("manager")):
        for text in ("វ៉ាន់ ឌឿន", "van doeun", victim.number):
            assert "វ៉ាន់ ឌឿន" not in names_of(asked(browser, text))


def test_a_name_that_only_sounds_like_the_beginning_is_told_by_what_differs(register):
    person = SimpleNamespace(name_km="", name_latin="KONG Dararatha")
    found = Candidate(1, POSSIBLE, BEGINNING, "KONG Dararatha")
    with register.app.test_request_context():
        for typed, same in (("kong darara", True), ("dararatha k", True), ("kong dararathah", False)):
            points = agreement(found, person, Question(text=typed), of_part=True)
            assert all(one.agrees for one in points) == same, typed
