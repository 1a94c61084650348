"""Rules V011 to V015, V018, V024."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from app.cases.rules.offences import get_class
from app.kernel.schema.rules import ERROR, WARNING
from tests.factories import (
    make_case,
    make_case_offence,
    make_drug,
    make_drug_offence,
    make_involvement,
    make_law,
    make_murder,
    make_offence,
    make_victim,
)
from tests.rule_problems import check_case


def make_case_with_offence(offence, *, case=None, **row):
    return make_case(**{"offences": [make_case_offence(offence, **row)]} | (case or {}))


def test_case_requires_an_offence():
    assert check_case("V011", make_case(offences=[])) == [("offences", ERROR)]
    empty_row = make_case_offence()
    empty_row.offence = None
    assert check_case("V011", make_case(offences=[empty_row])) == [("offence", ERROR)]
    assert check_case("V011", make_case()) == []


def test_offence_without_article_is_accepted():
    assert check_case("V011", make_case_with_offence(make_offence(article=None))) == []


def test_class_is_required_if_table_has_none():
    offence = make_offence(offence_class=None, class_uncertain=True)
    assert check_case("V012", make_case_with_offence(offence)) == [("offence_class", ERROR)]
    assert check_case("V012", make_case_with_offence(offence, offence_class="petty")) == []


def test_class_differing_from_confirmed_table_needs_reason():
    assert check_case("V012", make_case_with_offence(make_offence(), offence_class="felony")) == [
        ("class_reason", ERROR)
    ]
    explained = make_case_with_offence(make_offence(), offence_class="felony", class_reason="តាមដីកា")
    assert check_case("V012", explained) == []
    assert check_case("V012", make_case_with_offence(make_offence(), offence_class="misdemeanour")) == []


def test_unconfirmed_class_only_warns():
    unsure = make_offence(class_uncertain=True)
    assert check_case("V012", make_case_with_offence(unsure)) == [("offence_class", WARNING)]
    assert check_case("V012", make_case_with_offence(unsure, offence_class="misdemeanour")) == []
    assert check_case("V012", make_case_with_offence(unsure, offence_class="felony")) == [
        ("offence_class", WARNING)
    ]


def test_offence_must_be_in_force_on_the_day():
    day = datetime(2009, 5, 1, 8, 0)
    old = {"occurred_from": day, "occurred_to": day}
    assert check_case("V013", make_case_with_offence(make_offence(), case=old)) == [("offence", ERROR)]
    repealed = make_offence(valid_from=date(1992, 9, 10), valid_to=date(2010, 12, 10))
    assert check_case("V013", make_case_with_offence(repealed, case=old)) == []
    assert check_case("V013", make_case_with_offence(repealed)) == [("offence", ERROR)]
    assert check_case("V013", make_case()) == []


def test_offence_without_validity_uses_that_of_its_law():
    offence = make_offence(valid_from=None, law=make_law(valid_from=date(2026, 6, 1)))
    assert check_case("V013", make_case_with_offence(offence)) == [("offence", ERROR)]


def test_unconfirmed_date_of_law_only_warns():
    offence = make_offence(valid_from=date(2026, 6, 1), law=make_law(date_uncertain=True))
    assert check_case("V013", make_case_with_offence(offence)) == [("offence", WARNING)]


def test_fatal_offence_requires_a_dead_victim():
    nobody_died = make_case_with_offence(make_murder())
    assert check_case("V014", nobody_died) == [("offence", ERROR)]
    assert check_case("V014", make_case_with_offence(make_murder(), attempt=True)) == []
    dead = {"involvements": [make_involvement(), make_victim(injury="dead")]}
    assert check_case("V014", make_case_with_offence(make_murder(), case=dead)) == []


def test_dead_suspect_does_not_count_as_dead_victim():
    dead = {"involvements": [make_involvement(injury="dead"), make_victim()]}
    assert check_case("V014", make_case_with_offence(make_murder(), case=dead)) == [("offence", ERROR)]


def test_dead_victim_without_fatal_offence_gets_a_warning():
    dead = {"involvements": [make_involvement(), make_victim(injury="dead")]}
    assert check_case("V015", make_case(**dead)) == [("injury", WARNING)]
    assert check_case("V015", make_case_with_offence(make_murder(), attempt=True, case=dead)) == [
        ("injury", WARNING)
    ]
    assert check_case("V015", make_case_with_offence(make_murder(), case=dead)) == []


def test_large_drug_amount_in_lesser_offence_gets_a_warning():
    lesser = make_drug_offence(offence_class="misdemeanour")
    amount = {
        "exhibits": [
            make_drug(quantity=Decimal("0.06"), measure="kilogram"),
            make_drug(substance="heroin", quantity=Decimal("20.5")),
        ]
    }
    assert check_case("V018", make_case_with_offence(lesser, case=amount)) == [("offence_class", WARNING)]
    assert check_case("V018", make_case_with_offence(make_drug_offence(), case=amount)) == []
    exactly = {"exhibits": [make_drug(quantity=80)]}
    assert (
        check_case(
            "V018", make_case_with_offence(make_drug_offence(offence_class="misdemeanour"), case=exactly)
        )
        == []
    )


def test_selected_class_decides_large_amount_warning():
    without_class = make_drug_offence(offence_class=None)
    amount = {"exhibits": [make_drug(quantity=100)]}
    assert check_case("V018", make_case_with_offence(without_class, case=amount)) == []
    lesser = make_case_with_offence(
        without_class, offence_class="petty", case={"exhibits": [make_drug(quantity=100)]}
    )
    assert check_case("V018", lesser) == [("offence_class", WARNING)]


def test_pills_and_other_substances_have_no_weight():
    for exhibit in (
        make_drug(substance="yama", quantity=100, measure="pill"),
        make_drug(substance="cannabis", quantity=500),
    ):
        case = make_case_with_offence(
            make_drug_offence(offence_class="misdemeanour"), case={"exhibits": [exhibit]}
        )
        assert check_case("V018", case) == []


def test_involuntary_offence_cannot_be_attempted():
    manslaughter = make_offence(code="PC2009-207", causes_death=True, involuntary=True)
    assert check_case("V024", make_case_with_offence(manslaughter, attempt=True)) == [("attempt", ERROR)]
    assert check_case("V024", make_case_with_offence(manslaughter, attempt=False)) == []
    assert check_case("V024", make_case_with_offence(make_offence(), attempt=True)) == []


@pytest.mark.parametrize(
    ("table", "problems"),
    [
        ({"offence_class": None}, []),
        ({"class_uncertain": True}, []),
        ({"class_uncertain": False}, [("class_reason", ERROR)]),
    ],
    ids=["no class", "uncertain class", "confirmed class"],
)
def test_class_may_stay_unconfirmed_unless_the_table_confirms_it(table, problems):
    row = make_case_offence(make_offence(**table), offence_class="unconfirmed")
    assert check_case("V012", make_case(offences=[row])) == problems
    assert get_class(row) is None
