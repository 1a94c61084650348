"""What narrows a quick search: a filter, a year behind the name, and what is told of it."""

import pytest

from app.kernel.text import dates
from app.people.models import Person
from tests.html_pages import Page
from tests.sample_rows import written_by
from tests.search.conftest import asked, names_of


def test_what_somebody_is_narrows_the_search(clerk, country, db_session):
    with written_by("clerk.bb"):
        db_session.get(Person, country.dara.id).deceased_on = dates.now().date()
        db_session.commit()
    assert names_of(asked(clerk, "sok dara", status="deceased")) == ["សុខ ដារ៉ា"]
    assert names_of(asked(clerk, "sok dara", status="wanted")) == []


@pytest.mark.parametrize(
    ("filters", "stays"),
    [
        ({"sex": "M"}, True), ({"sex": "F"}, False), ({"born_from": "1980", "born_to": "២០០០"}, True),
        ({"born_from": "1995"}, False), ({"place": "02"}, True), ({"place": "12"}, False), ({"role": "suspect"}, True),
        ({"role": "witness"}, False), ({"offence": "PC2009-353_356"}, True), ({"offence": "PC2009-199"}, False),
        ({"since": "01/01/2000"}, True), ({"until": "01/01/2000"}, False),
    ],
)  # fmt: skip
def test_each_filter_narrows(clerk, country, filters, stays, each_database):
    assert ("សុខ ដារ៉ា" in names_of(asked(clerk, "sok dara", **filters))) is stays


@pytest.mark.parametrize(
    "typed",
    ["sok dara 1990", "សុខ ដារ៉ា ១៩៩០", "សុខ ដារ៉ា ឆ្នាំ១៩៩០", "លោក សុខ ដារ៉ា កើតឆ្នាំ ១៩៩០", "sok dara born 1990"],
)
def test_a_year_behind_the_name_is_the_year_of_birth(clerk, country, typed):
    page = asked(clerk, typed)
    card = page.all("li", css="hit")[0]
    assert names_of(page) == ["សុខ ដារ៉ា"]
    assert not any("1990" in one.text or "១៩៩០" in one.text for one in card.all(css="ne"))
    assert page.all("form", css="chips")[0].text.endswith("ឆ្នាំកំណើត ១៩៩០"), "it can be dropped"
    assert names_of(asked(clerk, typed.replace("1990", "1991").replace("១៩៩០", "១៩៩១"))) == []


@pytest.mark.parametrize(
    "typed", ["sok dara 2533", "សុខ ដារ៉ា ២៥៣៣", "សុខ ដារ៉ា កើតឆ្នាំ ព.ស. ២៥៣៣", "លោក សុខ ដារ៉ា ព.ស.២៥៣៣"]
)
def test_a_year_of_the_buddhist_era_behind_the_name_is_reckoned_and_told_as_both(clerk, country, typed):
    page = asked(clerk, typed)
    assert names_of(page) == ["សុខ ដារ៉ា"]
    chips = page.all("form", css="chips")[0]
    assert chips.text.endswith("ឆ្នាំកំណើត ១៩៩០ (ព.ស. ២៥៣៣)")
    assert names_of(asked(clerk, typed.replace("2533", "2534").replace("២៥៣៣", "២៥៣៤"))) == []
    sent = {box["name"]: box.get("value", "") for box in chips.all("input") if box["name"] != "csrf_token"}
    without = Page.of(clerk.send("/find/", sent | {"drop": "sex"})).all("form", css="chips")[0]
    assert without.text.endswith("(ព.ស. ២៥៣៣)")
    assert not Page.of(clerk.send("/find/", sent | {"drop": "born_from born_to"})).all("form", css="chips")


def test_a_year_before_or_behind_every_birth_is_none(clerk, country):
    for typed in ("sok dara 2442", "sok dara 2644", "sok dara 2199"):
        assert not asked(clerk, typed).all("form", css="chips"), typed


def test_a_year_is_no_birth_where_there_is_no_name_or_another_number_or_year(clerk, country):
    for typed in ("ស 1990", "1990", "02-1990", "sok 5 1990"):
        assert not asked(clerk, typed).all("form", css="chips"), typed
    chips = asked(clerk, "sok dara 1990", born_from="1980").all("form", css="chips")[0]
    assert "១៩៩០" not in chips.text


def test_whose_birth_is_not_known_stays_and_is_told_of(clerk, country, db_session):
    country.dara.born_on = country.dara.birth_year = None
    db_session.commit()
    card = asked(clerk, "sok dara", born_from="1980").all("li", css="hit")[0]
    assert "?" in card.all(css="why")[0].text


def test_a_filter_is_dropped_by_its_chip(clerk, country):
    narrowed = asked(clerk, "sok dara", sex="F", born_from="1980")
    form = narrowed.all("form", css="chips")[0]
    typed = {box["name"]: box.get("value", "") for box in form.all("input")}
    typed.pop("csrf_token")
    assert names_of(Page.of(clerk.send("/find/", typed | {"drop": "sex"}))) == ["សុខ ដារ៉ា"]
    assert typed["born_from"] == "1980"


def test_a_filter_that_cannot_be_read_is_told_at_its_box_and_the_rest_is_answered(clerk, country):
    for typed, told in (("someday", "ចំនួនគត់"), ("៨០", "៤ ខ្ទង់"), ("២៥៣០", "គឺឆ្នាំ ១៩៨៧")):
        page = asked(clerk, "sok dara", born_from=typed)
        box = page.by_id("born_from")
        assert box.get("aria-invalid") == "true" and told in box.up("field").text
        assert names_of(page) == ["សុខ ដារ៉ា"]
