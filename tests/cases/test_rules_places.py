"""Rules V007 to V010."""

from datetime import date

import pytest

from app.cases.rules import CASE
from app.kernel.schema.rules import ERROR, WARNING, check_rules
from tests.factories import make_case, make_case_facts, make_place, make_unit
from tests.rule_problems import check_case


def make_case_abroad(**over):
    return make_case(**{"place": None, "abroad_country": "TH", "latitude": 13.75, "longitude": 100.5} | over)


def test_case_requires_place_or_country():
    assert check_case("V007", make_case(place=None)) == [("place", ERROR)]
    assert check_case("V007", make_case(place=None, abroad_country="KH")) == [("place", ERROR)]
    assert check_case("V007", make_case_abroad()) == []


def test_case_cannot_have_place_and_foreign_country():
    assert check_case("", make_case(abroad_country="TH")) == [("abroad_country", ERROR)]
    assert check_case("", make_case(place=None, place_code="121206", abroad_country="TH")) == [
        ("abroad_country", ERROR)
    ]
    assert check_case("", make_case(abroad_country="KH")) == check_case("", make_case_abroad()) == []


@pytest.mark.parametrize("code", ["12120", "1212061", "12X206"])
def test_place_code_must_have_gazetteer_format(code):
    assert check_case("V007", make_case(place=None, place_code=code)) == [("place", ERROR)]


def test_place_code_must_match_its_levels():
    assert check_case("V007", make_case(province_code="08")) == [("place", ERROR)]
    assert (
        check_case("V007", make_case(province_code="12", district_code="1212", commune_code="121206")) == []
    )


def test_place_must_have_existed_on_the_day():
    assert check_case("V007", make_case(), place_exists=False) == [("place", ERROR)]
    assert check_case("V007", make_case(place=make_place(valid_to=date(2025, 12, 31)))) == [("place", ERROR)]
    assert check_case("V007", make_case(place=make_place(valid_from=date(2026, 3, 5)))) == [("place", ERROR)]
    assert check_case("V007", make_case(place=make_place(valid_from=date(2010, 1, 1)))) == []


def test_place_outside_unit_area_needs_a_reason():
    battambang = make_unit(area_code="02")
    problems = check_rules(CASE, make_case(), make_case_facts(unit=battambang))
    assert [(p.rule, p.field, p.severity, p.reasons) for p in problems] == [
        ("V008", "place", WARNING, "outside_area_reason")
    ]
    assert check_case("V008", make_case(), unit=make_unit(area_code=None)) == []
    assert check_case("V008", make_case(), unit=make_unit(area_code="1212")) == []
    assert check_case("V008", make_case(), unit=None) == []


def test_position_must_be_in_cambodia():
    assert check_case("V009", make_case(latitude=15.0)) == [("latitude", ERROR)]
    assert check_case("V009", make_case(longitude=11.51, latitude=104.98)) == [
        ("latitude", ERROR),
        ("longitude", ERROR),
    ]
    assert check_case("V009", make_case_abroad()) == []
    assert check_case("V009", make_case(latitude=None, longitude=None)) == []


def test_position_requires_both_coordinates():
    assert check_case("V009", make_case(longitude=None)) == [("longitude", ERROR)]


def test_position_far_from_commune_gets_a_warning():
    assert check_case("V010", make_case(latitude=11.51 + 0.14)) == [("latitude", WARNING)]
    assert check_case("V010", make_case(latitude=11.51 + 0.13)) == []


def test_missing_centre_defaults_to_commune_not_province():
    far = {"latitude": 12.2}
    assert check_case("V010", make_case(**far), centre=None) == [("latitude", WARNING)]
    assert check_case("V010", make_case(place=make_place(code="12"), **far), centre=None) == []


@pytest.mark.parametrize(("first", "is_known"), [(date(2026, 3, 4), True), (date(2026, 3, 5), False)])
def test_place_existed_from_its_first_day_on(first, is_known):
    """The case happened on 4 March 2026."""
    found = check_case("V007", make_case(place=make_place(valid_from=first)))
    assert found == ([] if is_known else [("place", ERROR)])
