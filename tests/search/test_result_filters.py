"""The filters of the quick search, and a year after the name."""

from datetime import timedelta

import pytest

from app.custody.models import DetentionStep
from app.kernel.text import dates
from app.people.models import Person
from app.people.status import PersonStatus
from tests.court_orders.sample_orders import make_active_order
from tests.custody.sample_rows import imprison
from tests.html_pages import Page
from tests.people.sample_deaths import confirm_death
from tests.sample_rows import acting_as
from tests.search.conftest import card_names, search_page


def test_status_filter_narrows_search(clerk, country, db_session):
    person = db_session.get(Person, country.dara.id)
    make_active_order(person)
    confirm_death(person)
    db_session.commit()
    assert card_names(search_page(clerk, "sok dara", status="deceased")) == ["សុខ ដារ៉ា"]
    assert card_names(search_page(clerk, "sok dara", status="wanted")) == []


def test_warrant_is_found_though_an_escape_is_shown(clerk, country, db_session, each_database):
    """A patrol that searches for wanted people finds those who have also escaped from a prison."""
    person, today = db_session.get(Person, country.dara.id), dates.now().date()
    detention = imprison(person, today - timedelta(days=20))
    with acting_as("clerk.bb"):
        detention.steps.append(DetentionStep(kind="escape", done_on=today - timedelta(days=5)))
        db_session.commit()
    assert card_names(search_page(clerk, "sok dara", status="wanted")) == []
    make_active_order(person)
    db_session.commit()
    assert db_session.get(PersonStatus, person.id).status == "escaped"
    for status in ("escaped", "wanted"):
        assert card_names(search_page(clerk, "sok dara", status=status)) == ["សុខ ដារ៉ា"], status
    assert card_names(search_page(clerk, "sok dara", status="detained")) == []
    page = clerk.page(f"/case/show/{country.case.id}").text
    assert "កំពុងតាមចាប់ខ្លួន៖ សុខ ដារ៉ា" in page, "the case warns before an arrest"


FILTERS = (
    ({"sex": "M"}, True), ({"sex": "F"}, False), ({"born_from": "1980", "born_to": "២០០០"}, True),
    ({"born_from": "1995"}, False), ({"place": "02"}, True), ({"place": "12"}, False), ({"role": "suspect"}, True),
    ({"role": "witness"}, False), ({"offence": "PC2009-353_356"}, True), ({"offence": "PC2009-199"}, False),
    ({"since": "01/01/2000"}, True), ({"until": "01/01/2000"}, False),
)  # fmt: skip


def test_each_filter_narrows_search(clerk, country, each_database):
    for filters, stays in FILTERS:
        found = card_names(search_page(clerk, "sok dara", **filters))
        assert ("សុខ ដារ៉ា" in found) is stays, filters


@pytest.mark.parametrize(
    "typed",
    ["sok dara 1990", "សុខ ដារ៉ា ១៩៩០", "សុខ ដារ៉ា ឆ្នាំ១៩៩០", "លោក សុខ ដារ៉ា កើតឆ្នាំ ១៩៩០", "sok dara born 1990"],
)
def test_year_after_name_is_birth_year(clerk, country, typed):
    page = search_page(clerk, typed)
    card = page.all("li", css="result")[0]
    assert card_names(page) == ["សុខ ដារ៉ា"]
    assert not any("1990" in one.text or "១៩៩០" in one.text for one in card.all(css="ne"))
    assert page.all("form", css="chips")[0].text.endswith("ឆ្នាំកំណើត ១៩៩០"), "it can be dropped"
    assert card_names(search_page(clerk, typed.replace("1990", "1991").replace("១៩៩០", "១៩៩១"))) == []


@pytest.mark.parametrize(
    "typed", ["sok dara 2533", "សុខ ដារ៉ា ២៥៣៣", "សុខ ដារ៉ា កើតឆ្នាំ ព.ស. ២៥៣៣", "លោក សុខ ដារ៉ា ព.ស.២៥៣៣"]
)
def test_buddhist_year_after_name_is_converted(clerk, country, typed):
    page = search_page(clerk, typed)
    assert card_names(page) == ["សុខ ដារ៉ា"]
    chips = page.all("form", css="chips")[0]
    assert chips.text.endswith("ឆ្នាំកំណើត ១៩៩០ (ព.ស. ២៥៣៣)")
    assert card_names(search_page(clerk, typed.replace("2533", "2534").replace("២៥៣៣", "២៥៣៤"))) == []
    sent = {box["name"]: box.get("value", "") for box in chips.all("input") if box["name"] != "csrf_token"}
    without = Page.from_response(clerk.send("/find/", sent | {"drop": "sex"})).all("form", css="chips")[0]
    assert without.text.endswith("(ព.ស. ២៥៣៣)")
    assert not Page.from_response(clerk.send("/find/", sent | {"drop": "born_from born_to"})).all(
        "form", css="chips"
    )


def test_year_out_of_range_is_no_birth_year(clerk, country):
    for typed in ("sok dara 2442", "sok dara 2644", "sok dara 2199"):
        assert not search_page(clerk, typed).all("form", css="chips"), typed


def test_year_without_name_is_no_birth_year(clerk, country):
    for typed in ("ស 1990", "1990", "02-1990", "sok 5 1990"):
        assert not search_page(clerk, typed).all("form", css="chips"), typed
    chips = search_page(clerk, "sok dara 1990", born_from="1980").all("form", css="chips")[0]
    assert "១៩៩០" not in chips.text


def test_unknown_birth_year_passes_filter(clerk, country, db_session):
    country.dara.born_on = country.dara.birth_year = None
    db_session.commit()
    card = search_page(clerk, "sok dara", born_from="1980").all("li", css="result")[0]
    assert "?" in card.all(css="why")[0].text


def test_filter_chip_removes_filter(clerk, country):
    narrowed = search_page(clerk, "sok dara", sex="F", born_from="1980")
    form = narrowed.all("form", css="chips")[0]
    typed = {box["name"]: box.get("value", "") for box in form.all("input")}
    typed.pop("csrf_token")
    assert card_names(Page.from_response(clerk.send("/find/", typed | {"drop": "sex"}))) == ["សុខ ដារ៉ា"]
    assert typed["born_from"] == "1980"


def test_invalid_filter_shows_error_and_results(clerk, country):
    for typed, told in (("someday", "ចំនួនគត់"), ("៨០", "៤ ខ្ទង់"), ("២៥៣០", "គឺឆ្នាំ ១៩៨៧")):
        page = search_page(clerk, "sok dara", born_from=typed)
        box = page.by_id("born_from")
        assert box.get("aria-invalid") == "true" and told in box.up("field").text
        assert card_names(page) == ["សុខ ដារ៉ា"]
