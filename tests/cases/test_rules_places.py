"""Rules V007 to V010."""

from datetime import date

import pytest

from app.cases.rules import CASE
from app.kernel.schema.rules import ERROR, WARNING, ask
from tests.factories import a_case, a_place, a_unit, facts_of_a_case
from tests.search_requests import said_of_case


def a_case_abroad(**over):
    return a_case(**{"place": None, "abroad_country": "TH", "latitude": 13.75, "longitude": 100.5} | over)


def test_a_case_has_a_place_or_a_country():
    assert said_of_case("V007", a_case(place=None)) == [("place", ERROR)]
    assert said_of_case("V007", a_case(place=None, abroad_country="KH")) == [("place", ERROR)]
    assert said_of_case("V007", a_case_abroad()) == []


def test_a_case_happened_in_cambodia_or_abroad():
    assert said_of_case("", a_case(abroad_country="TH")) == [("abroad_country", ERROR)]
    assert said_of_case("", a_case(place=None, place_code="121206", abroad_country="TH")) == [
        ("abroad_country", ERROR)
    ]
    assert said_of_case("", a_case(abroad_country="KH")) == said_of_case("", a_case_abroad()) == []


@pytest.mark.parametrize("code", ["12120", "1212061", "12X206"])
def test_a_place_code_has_the_form_of_the_gazetteer(code):
    assert said_of_case("V007", a_case(place=None, place_code=code)) == [("place", ERROR)]


def test_the_levels_of_a_place_nest():
    assert said_of_case("V007", a_case(province_code="08")) == [("place", ERROR)]
    assert said_of_case("V007", a_case(province_code="12", district_code="1212", commune_code="121206")) == []


def test_a_place_existed_on_the_day():
    assert said_of_case("V007", a_case(), place_exists=False) == [("place", ERROR)]
    assert said_of_case("V007", a_case(place=a_place(valid_to=date(2025, 12, 31)))) == [("place", ERROR)]
    assert said_of_case("V007", a_case(place=a_place(valid_from=date(2026, 3, 5)))) == [("place", ERROR)]
    assert said_of_case("V007", a_case(place=a_place(valid_from=date(2010, 1, 1)))) == []


def test_a_place_outside_the_area_of_the_unit_has_a_reason():
    battambang = a_unit(area_code="02")
    problems = ask(CASE, a_case(), facts_of_a_case(unit=battambang))
    assert [(p.rule, p.field, p.severity, p.reasons) for p in problems] == [
        ("V008", "place", WARNING, "outside_area_reason")
    ]
    assert said_of_case("V008", a_case(), unit=a_unit(area_code=None)) == []
    assert said_of_case("V008", a_case(), unit=a_unit(area_code="1212")) == []


def test_a_position_lies_in_cambodia():
    assert said_of_case("V009", a_case(latitude=15.0)) == [("latitude", ERROR)]
    assert said_of_case("V009", a_case(longitude=11.51, latitude=104.98)) == [
        ("latitude", ERROR),
        ("longitude", ERROR),
    ]
    assert said_of_case("V009", a_case_abroad()) == []
    assert said_of_case("V009", a_case(latitude=None, longitude=None)) == []


def test_a_position_has_both_numbers():
    assert said_of_case("V009", a_case(longitude=None)) == [("longitude", ERROR)]


def test_a_position_far_from_the_commune_is_asked_about():
    assert said_of_case("V010", a_case(latitude=11.51 + 0.14)) == [("latitude", WARNING)]
    assert said_of_case("V010", a_case(latitude=11.51 + 0.13)) == []


def test_without_a_given_centre_the_place_itself_is_the_centre_but_no_province_is():
    far = {"latitude": 12.2}
    assert said_of_case("V010", a_case(**far), centre=None) == [("latitude", WARNING)]
    assert said_of_case("V010", a_case(place=a_place(code="12"), **far), centre=None) == []
