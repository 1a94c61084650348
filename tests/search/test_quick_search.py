"""The quick search: it finds a person by any spelling, shows why, and keeps names out of URLs."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from app.accounts.models import LoginSession
from app.cases.models import Exhibit
from app.extensions import db
from app.kernel import scheduler
from app.kernel.screens.search_tokens import LIFETIME, SearchToken, delete_expired
from app.kernel.text import dates
from app.reference.models import Unit
from app.search.candidates import POSSIBLE, PREFIX, Candidate
from app.search.match_explanation import explain_match
from app.search.query import SearchQuery
from tests.court_orders.sample_orders import make_active_order, make_order
from tests.query_plans import plan
from tests.sample_rows import acting_as, add_photo, add_registered_case, make_registered_person
from tests.search.conftest import card_names, search_page
from tests.statement_counts import counted

SPELLINGS = (
    "សុខ ដារ៉ា", "ដារ៉ា សុខ", "សុខដារ៉ា", "sok dara", "DARA SOK", "sokdara", "Sokh Darra", "sok da", "សុខ", "dara",
)  # fmt: skip


def test_person_is_found_by_any_spelling(clerk, country, each_database):
    for text in SPELLINGS:
        assert "សុខ ដារ៉ា" in card_names(search_page(clerk, text)), text


def test_person_is_found_by_any_number(clerk, country, each_database):
    for text in ("010000000", "០១០០០០០០០", "012 345 678", "០១២៣៤៥៦៧៨", "+855 12345678", "P-0000001", "1"):
        assert card_names(search_page(clerk, text)) == ["សុខ ដារ៉ា"], text


def test_number_match_is_not_called_same_name(clerk, country):
    page = search_page(clerk, "012 345 678")
    assert [band["class"] for band in page.all("section", css="band")] == ["band number"]
    assert not page.all(data_alike=True), "a number has no names that sound like it"


@pytest.mark.parametrize("text", ["099 999 999", "9DC-9999", "១២-២០២៦"])
def test_missing_number_message_names_number(clerk, country, text):
    page = search_page(clerk, text)
    assert "លេខនេះ" in page.all(css="empty")[0].text and "ឈ្មោះនេះ" not in page.by_id("main").text
    assert not page.all(data_alike=True)


def test_plate_is_not_searched_as_name(clerk, country, db_session):
    country.dara.surname_latin, country.dara.given_latin = "Ab", ""
    db_session.commit()
    assert card_names(search_page(clerk, "ab")) == ["សុខ ដារ៉ា"]
    page = search_page(clerk, "1AB-2345")
    assert "1AB-2345" in page.by_id("main").text and card_names(page) == []


def test_cases_exhibits_and_places_are_found(clerk, country, each_database):
    assert country.case.number in search_page(clerk, country.case.number[:7]).text
    for plate in ("1AB-2345", "1ab2345", "១AB ២៣៤៥"):
        assert "1AB-2345" in search_page(clerk, plate).text
    assert "ស្វាយប៉ោ" in search_page(clerk, "svay pao").text


@pytest.fixture
def stolen(country, db_session):
    """Return a motorcycle that was stolen in Phnom Penh; the unit there has a telephone."""
    with acting_as("clerk.pp"):
        exhibit = Exhibit(
            case=country.far, kind="vehicle", property_role="stolen", plate="1ZZ-9876", phone="077 123 456",
            description="ម៉ូតូពណ៌ខ្មៅ", serial="IMEI-35209900",
        )  # fmt: skip
        db_session.add(exhibit)
        db_session.flush()
    db_session.execute(update(Unit).where(Unit.code == country.far.unit_code).values(phone="023 555 111"))
    db_session.commit()
    return exhibit


def test_item_of_another_area_has_a_card(clerk, country, stolen, each_database):
    for typed in ("1ZZ-9876", "១zz ៩៨៧៦", "imei-35209900", "077123456"):
        main = search_page(clerk, typed).by_id("main").text
        assert "យានយន្ត · ទ្រព្យបាត់ដោយបទល្មើស" in main, typed
        assert "023 555 111" in main and str(db.session.get(Unit, country.far.unit_code)) in main
        for secret in (stolen.description, country.far.number, "ទេព"):
            assert secret not in main


@pytest.mark.parametrize("typed", ["1ZZ-987", "9876", "IMEI-3520990", "077123"])
def test_part_of_a_number_finds_no_item_of_another_area(clerk, stolen, typed):
    assert "023 555 111" not in search_page(clerk, typed).by_id("main").text


def test_item_of_the_own_area_has_no_card(client_as, country, stolen):
    page = search_page(client_as("clerk.pp"), "1ZZ-9876")
    assert "1ZZ-9876" in page.by_id("main").text and "023 555 111" not in page.text


def test_card_of_an_item_is_logged(clerk, stolen, log):
    search_page(clerk, "1ZZ-9876")
    assert log("access.searched")[-1].payload.body["facts"]["exhibit_cards"] == [stolen.id]


@pytest.mark.parametrize("typed", ["{}-{}-{}", "{} {} {}"])
def test_case_number_without_zeros_is_found(clerk, country, typed):
    province, year, number = country.case.number.split("-")
    page = search_page(clerk, typed.format(int(province), year, int(number)))
    assert country.case.number in page.by_id("main").text


def test_bands_separate_same_and_similar_names(clerk, country):
    same = search_page(clerk, "សុខ ដារ៉ា")
    alike = search_page(clerk, "Sokh Darra")
    assert [band["class"] for band in same.all("section", css="band") if band.all(css="result")] == [
        "band same"
    ]
    assert [band["class"] for band in alike.all("section", css="band") if band.all(css="result")] == [
        "band sounds"
    ]


def test_card_shows_person_and_case(clerk, country):
    card = search_page(clerk, "សុខ ដារ៉ា").all("li", css="result")[0]
    assert "SOK Dara" in card.text and "ប្រុស" in card.text and "ដារ៉ាតូច" in card.text
    assert "ជនសង្ស័យ" in card.text and country.case.number in card.text
    assert card.all("a", href=True)[0]["href"].endswith(f"/person/show/{country.dara.id}")


def test_card_shows_match_points(clerk, country):
    card = search_page(clerk, "Sokh Darra", sex="M").all("li", css="result")[0]
    assert len(card.all(css="eq")) == 2
    assert "SOK Dara I / Sokh Darra" in card.all(css="ne")[0].text


def test_typed_title_is_no_difference(clerk, country):
    card = search_page(clerk, "លោក សុខ ដារ៉ា").all("li", css="result")[0]
    assert card.all(css="eq") and not card.all(css="ne")


def test_search_without_match_shows_message(clerk, country):
    page = search_page(clerk, "ហ្វីលីពពូស")
    assert card_names(page) == [] and "អក្សរតិចជាងនេះ" in page.all(css="empty")[0].text
    assert "យ៉ាងតិច ២ អក្សរ" in search_page(clerk, "ក").all(css="empty")[0].text
    narrowed = search_page(clerk, "sok dara", born_from="2005")
    assert card_names(narrowed) == [] and "តម្រង" in narrowed.all(css="empty")[0].text


def test_outside_area_only_card_is_shown(clerk, country):
    card = search_page(clerk, "ទេព វណ្ណៈ").all("li", css="result")[0]
    assert "TEP Vannak" in card.text and not card.all("a", href=True)
    assert country.far.number not in card.text and "ជនសង្ស័យ" not in card.text
    by_alias = search_page(clerk, "ខ្មៅ").all("li", css="result")[0]
    assert "ខ្មៅ" not in by_alias.text


def test_outside_area_partial_number_finds_nothing(clerk, country):
    assert card_names(search_page(clerk, "017999888")) == ["ទេព វណ្ណៈ"]
    assert card_names(search_page(clerk, "0179998")) == []


def test_case_filters_exclude_persons_outside_area(clerk, country):
    assert card_names(search_page(clerk, "tep vannak", role="suspect")) == []


def test_search_url_has_no_name(clerk, country):
    page = search_page(clerk, "sok dara")
    address = page.all(data_address=True)[0]["data-address"]
    assert re.fullmatch(r"/find/\?search=[\w-]{20,}", address)
    assert card_names(clerk.page(address)) == ["សុខ ដារ៉ា"]
    assert "sok" not in "".join(one["href"] for one in page.all("a", href=True)).lower()


def test_search_token_expires_after_working_day(clerk, country, app, db_session, each_database):
    earlier, later = (
        search_page(clerk, "sok dara").all(data_address=True)[0]["data-address"] for _search in range(2)
    )
    old = SearchToken.token == earlier.rpartition("=")[2]
    db_session.execute(
        update(SearchToken).where(old).values(written_at=dates.now() - LIFETIME - timedelta(minutes=1))
    )
    db_session.commit()
    assert scheduler.run_jobs(app)["expired search tokens"] == 1
    assert [clerk.get(address).status_code for address in (earlier, later)] == [404, 200]


def test_expired_search_tokens_are_found_by_index(register, db_session):
    with counted(register) as statements:
        delete_expired(db_session)
    (statement,) = [one for one in statements if one.startswith("DELETE FROM search_token")]
    (line,) = plan(register, statement, ("2026-11-27 00:00:00",))
    assert "USING" in line and "(written_at<?)" in line


def test_search_token_of_other_user_is_not_found(clerk, client_as, country):
    address = search_page(clerk, "sok dara").all(data_address=True)[0]["data-address"]
    assert client_as("chief.bb").get(address).status_code == 404


def test_more_results_exclude_shown_persons(clerk, country, each_database):
    first = search_page(clerk, "Sok Tana")
    place = first.all(data_alike=True)[0]
    more = clerk.send(place["data-alike"], {"search": place["data-search"]})
    assert more.status_code == 200 and "សុខ ដារ៉ា" in more.text
    again = clerk.send(place["data-alike"], {"search": place["data-search"], "shown": str(country.dara.id)})
    assert "សុខ ដារ៉ា" not in again.text


def test_each_result_is_logged_with_persons(clerk, country, log):
    page = search_page(clerk, "sok dara")
    place = page.all(data_alike=True)[0]
    clerk.send(place["data-alike"], {"search": place["data-search"]})
    first, second = log("access.searched")
    assert (first.facts["source"], first.facts["people"]) == ("quick", [country.dara.id])
    assert second.facts["source"] == "wider"


def test_suggestions_are_links_and_logged_once(clerk, country, log, each_database):
    for text in ("sok", "sok d", "sok dara"):
        items = clerk.send("/find/suggest", {"q": text}).json["items"]
    assert [one["text"] for one in items if one["icon"] == "user"] == ["សុខ ដារ៉ា"]
    assert items[0]["url"].endswith(f"/person/show/{country.dara.id}") and items[0]["group"]
    assert not log("access.searched")
    clerk.send("/find/suggest", {"q": ""})
    (row,) = log("access.searched")
    assert (
        row.facts["people"] == [country.dara.id]
        and row.payload.body["facts"]["private"]["text"] == "sok dara"
    )


def test_suggestion_shows_the_photo_and_the_status(clerk, country, db_session):
    with acting_as("clerk.bb"):
        add_photo(country.dara)
        make_active_order(country.dara)
        db_session.commit()
    (item,) = clerk.send("/find/suggest", {"q": "sok dara"}).json["items"]
    assert item["face"].startswith("/file/person-photo/")
    assert item["status"] == "កំពុងតាមចាប់ខ្លួន"


def test_order_suggestion_names_the_person_and_logs_it(client_as, country, db_session, log):
    order = make_active_order(country.dara)
    order.search_unit = db_session.get(Unit, "PC-02")
    db_session.commit()
    browser = client_as("warrant.bb")
    (item,) = browser.send("/find/suggest", {"q": order.number}).json["items"]
    assert order.named in item["detail"] and "about" not in item
    browser.send("/find/suggest", {"q": ""})
    assert log("access.searched")[-1].facts["people"] == [country.dara.id]


def test_order_suggestion_leaves_out_a_name_that_the_log_cannot_hold(client_as, country, db_session):
    order = make_order(person=None)
    order.search_unit = db_session.get(Unit, "PC-02")
    db_session.commit()
    (item,) = client_as("warrant.bb").send("/find/suggest", {"q": order.number}).json["items"]
    assert item["text"] == order.number and order.named not in item["detail"]


def test_last_part_of_a_case_number_finds_the_case(clerk, country):
    number = str(int(country.case.number[-6:]))
    for typed in (number.zfill(6), number.zfill(3)):
        items = clerk.send("/find/suggest", {"q": typed}).json["items"]
        assert country.case.number in [one["text"] for one in items], typed


def test_suggestion_has_separate_person_number(clerk, country):
    (item,) = clerk.send("/find/suggest", {"q": "sok dara"}).json["items"]
    assert item["code"] == "P-0000001" and "P-" not in item["detail"]


def test_suggestion_outside_area_has_no_link(clerk, country):
    (item,) = clerk.send("/find/suggest", {"q": "tep vannak"}).json["items"]
    assert item["outside"] and not item["url"]


def test_suggestion_without_purpose_is_refused(clerk, country, db_session):
    db_session.execute(update(LoginSession).values(purpose=None, case_number=None, purpose_until=None))
    db_session.commit()
    asked_for = clerk.send("/find/suggest", {"q": "sok"}, headers={"Accept": "application/json"})
    assert asked_for.status_code == 428 and "items" not in asked_for.json
    assert "គោលបំណង" in asked_for.json["detail"] and "X-Purpose" not in asked_for.json["detail"]


def test_protected_victim_is_not_found(clerk, client_as, country, db_session):
    with acting_as("clerk.bb"):
        victim = make_registered_person(
            4, surname_km="វ៉ាន់", given_km="ឌឿន", surname_latin="Van", given_latin="Doeun"
        )
        add_registered_case(
            people=[(victim, "victim"), (make_registered_person(5), "suspect")], sensitivity="sexual"
        )
    db_session.commit()
    for browser in (clerk, client_as("manager")):
        for text in ("វ៉ាន់ ឌឿន", "van doeun", victim.number):
            assert "វ៉ាន់ ឌឿន" not in card_names(search_page(browser, text))


def test_prefix_match_by_sound_shows_difference(register):
    person = SimpleNamespace(name_km="", name_latin="KONG Dararatha")
    found = Candidate(1, POSSIBLE, PREFIX, "KONG Dararatha")
    with register.app.test_request_context():
        for typed, same in (("kong darara", True), ("dararatha k", True), ("kong dararathah", False)):
            points = explain_match(found, person, SearchQuery(text=typed), in_area=True)
            assert all(one.agrees for one in points) == same, typed
