"""Rules V011 to V015, V018, V024."""

from datetime import date, datetime
from decimal import Decimal

from app.kernel.schema.rules import ERROR, WARNING
from tests.factories import (
    a_case,
    a_case_offence,
    a_drug,
    a_drug_offence,
    a_law,
    a_murder,
    a_victim,
    an_involvement,
    an_offence,
)
from tests.search_requests import said_of_case


def with_offence(offence, *, case=None, **row):
    return a_case(**{"offences": [a_case_offence(offence, **row)]} | (case or {}))


def test_a_case_has_an_offence_of_the_table():
    assert said_of_case("V011", a_case(offences=[])) == [("offences", ERROR)]
    empty_row = a_case_offence()
    empty_row.offence = None
    assert said_of_case("V011", a_case(offences=[empty_row])) == [("offence", ERROR)]
    assert said_of_case("V011", a_case()) == []


def test_an_offence_of_the_table_needs_no_article():
    assert said_of_case("V011", with_offence(an_offence(article=None))) == []


def test_the_class_is_asked_for_where_the_table_has_none():
    offence = an_offence(offence_class=None, class_unsure=True)
    assert said_of_case("V012", with_offence(offence)) == [("offence_class", ERROR)]
    assert said_of_case("V012", with_offence(offence, offence_class="petty")) == []


def test_a_class_that_differs_from_a_sure_table_needs_a_reason():
    assert said_of_case("V012", with_offence(an_offence(), offence_class="felony")) == [
        ("class_reason", ERROR)
    ]
    explained = with_offence(an_offence(), offence_class="felony", class_reason="តាមដីកា")
    assert said_of_case("V012", explained) == []
    assert said_of_case("V012", with_offence(an_offence(), offence_class="misdemeanour")) == []


def test_a_class_that_is_not_confirmed_never_refuses():
    unsure = an_offence(class_unsure=True)
    assert said_of_case("V012", with_offence(unsure)) == [("offence_class", WARNING)]
    assert said_of_case("V012", with_offence(unsure, offence_class="misdemeanour")) == []
    assert said_of_case("V012", with_offence(unsure, offence_class="felony")) == [("offence_class", WARNING)]


def test_an_offence_was_law_on_the_day():
    day = datetime(2009, 5, 1, 8, 0)
    old = {"occurred_from": day, "occurred_to": day}
    assert said_of_case("V013", with_offence(an_offence(), case=old)) == [("offence", ERROR)]
    repealed = an_offence(valid_from=date(1992, 9, 10), valid_to=date(2010, 12, 10))
    assert said_of_case("V013", with_offence(repealed, case=old)) == []
    assert said_of_case("V013", with_offence(repealed)) == [("offence", ERROR)]
    assert said_of_case("V013", a_case()) == []


def test_an_offence_without_days_of_its_own_has_those_of_its_law():
    offence = an_offence(valid_from=None, law=a_law(valid_from=date(2026, 6, 1)))
    assert said_of_case("V013", with_offence(offence)) == [("offence", ERROR)]


def test_a_law_whose_day_is_not_confirmed_never_refuses():
    offence = an_offence(valid_from=date(2026, 6, 1), law=a_law(day_unsure=True))
    assert said_of_case("V013", with_offence(offence)) == [("offence", WARNING)]


def test_an_offence_that_causes_a_death_has_a_dead_victim():
    nobody_died = with_offence(a_murder())
    assert said_of_case("V014", nobody_died) == [("offence", ERROR)]
    assert said_of_case("V014", with_offence(a_murder(), attempt=True)) == []
    dead = {"involvements": [an_involvement(), a_victim(injury="dead")]}
    assert said_of_case("V014", with_offence(a_murder(), case=dead)) == []


def test_a_dead_suspect_is_no_dead_victim():
    dead = {"involvements": [an_involvement(injury="dead"), a_victim()]}
    assert said_of_case("V014", with_offence(a_murder(), case=dead)) == [("offence", ERROR)]


def test_a_dead_victim_without_an_offence_that_causes_a_death_is_asked_about():
    dead = {"involvements": [an_involvement(), a_victim(injury="dead")]}
    assert said_of_case("V015", a_case(**dead)) == [("injury", WARNING)]
    assert said_of_case("V015", with_offence(a_murder(), attempt=True, case=dead)) == [("injury", WARNING)]
    assert said_of_case("V015", with_offence(a_murder(), case=dead)) == []


def test_a_large_amount_of_a_drug_in_a_lesser_offence_is_only_asked_about():
    lesser = a_drug_offence(offence_class="misdemeanour")
    amount = {
        "exhibits": [
            a_drug(quantity=Decimal("0.06"), measure="kilogram"),
            a_drug(substance="heroin", quantity=Decimal("20.5")),
        ]
    }
    assert said_of_case("V018", with_offence(lesser, case=amount)) == [("offence_class", WARNING)]
    assert said_of_case("V018", with_offence(a_drug_offence(), case=amount)) == []
    exactly = {"exhibits": [a_drug(quantity=80)]}
    assert (
        said_of_case("V018", with_offence(a_drug_offence(offence_class="misdemeanour"), case=exactly)) == []
    )


def test_the_class_that_was_given_counts_for_a_large_amount():
    without_class = a_drug_offence(offence_class=None)
    amount = {"exhibits": [a_drug(quantity=100)]}
    assert said_of_case("V018", with_offence(without_class, case=amount)) == []
    lesser = with_offence(without_class, offence_class="petty", case={"exhibits": [a_drug(quantity=100)]})
    assert said_of_case("V018", lesser) == [("offence_class", WARNING)]


def test_pills_and_other_substances_have_no_weight_that_counts():
    for exhibit in (
        a_drug(substance="yama", quantity=100, measure="pill"),
        a_drug(substance="cannabis", quantity=500),
    ):
        case = with_offence(a_drug_offence(offence_class="misdemeanour"), case={"exhibits": [exhibit]})
        assert said_of_case("V018", case) == []


def test_what_is_not_intended_is_not_attempted():
    manslaughter = an_offence(code="PC2009-207", causes_death=True, involuntary=True)
    assert said_of_case("V024", with_offence(manslaughter, attempt=True)) == [("attempt", ERROR)]
    assert said_of_case("V024", with_offence(manslaughter, attempt=False)) == []
    assert said_of_case("V024", with_offence(an_offence(), attempt=True)) == []
