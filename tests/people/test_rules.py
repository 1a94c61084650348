"""Rules V030 to V043 and V045: each has an example that breaks it and one that satisfies it."""

from datetime import date, datetime
from types import SimpleNamespace

import pytest

from app.kernel.schema.rules import ERROR, WARNING, check_rules
from app.people.rules import DOCUMENT, OTHER_NAME, PERSON, get_ages_on, may_be_same_country
from tests.factories import (
    NOW,
    make_case,
    make_document,
    make_foreigner,
    make_involvement,
    make_other_name,
    make_person,
    make_person_facts,
)
from tests.rule_problems import check_case, check_person, select_problems


def make_unknown_man(**over):
    nothing = dict.fromkeys(
        ("surname_km", "given_km", "surname_latin", "given_latin", "born_on", "nationality")
    )
    estimate = {"unidentified": True, "birth_precision": "estimated", "age_from": 30, "age_to": 40}
    return make_person(**nothing | estimate | over)


@pytest.mark.parametrize("person", [make_person(), make_foreigner(), make_unknown_man()])
def test_complete_person_has_no_problems(person):
    assert check_rules(PERSON, person, make_person_facts()) == []


def test_rules_accept_missing_facts():
    assert check_person("V037", make_person(), now=None, countries=frozenset()) == []


# V030


def test_cambodian_requires_khmer_name():
    latin_only = make_person(surname_km=None, given_km=None)
    assert check_person("V030", latin_only) == [("surname_km", ERROR)]
    assert check_person("V030", make_person(surname_km=None)) == []


def test_foreigner_requires_latin_name():
    khmer_only = make_foreigner(surname_km="ង្វៀន", given_km="អាន", surname_latin=None, given_latin=None)
    assert check_person("V030", khmer_only) == [("surname_latin", ERROR)]
    assert check_person("V030", make_foreigner()) == []


def test_stateless_person_may_be_named_in_either_script():
    assert check_person("V030", make_person(nationality="stateless", surname_km=None, given_km=None)) == []


def test_missing_name_is_refused():
    forgotten = dict.fromkeys(("surname_km", "given_km", "surname_latin", "given_latin"))
    assert check_person("V030", make_person(**forgotten)) == [("surname_km", ERROR)]
    assert check_person("V030", make_person(**forgotten, born_on=None)) == [("surname_km", ERROR)]


def test_unidentified_person_requires_estimated_age():
    without_age = make_unknown_man(age_from=None, age_to=None, birth_precision=None)
    assert check_person("V030", without_age) == [("age_from", ERROR)]
    assert check_person("V030", make_unknown_man()) == []


def test_other_name_requires_one_script():
    facts = make_person_facts()
    assert select_problems(
        "V030", check_rules(OTHER_NAME, make_other_name(text_km=None, text_latin=None), facts)
    ) == [("text_km", ERROR)]
    assert check_rules(OTHER_NAME, make_other_name(), facts) == []


# V031


@pytest.mark.parametrize("text", ["Dara", "ដារ៉ា2", "ដារ៉ា!", "ដារ៉ា (តូច)", "ដា\u202eរ៉ា"])
def test_khmer_name_with_other_letters_is_refused(text):
    assert check_person("V031", make_person(given_km=text)) == [("given_km", ERROR)]


@pytest.mark.parametrize("text", ["ដារ៉ា", "ម៉ី-លីន", "សុខ ដារ៉ា", "ដា\u200bរ៉ា"])
def test_khmer_name_with_spaces_and_hyphens_is_accepted(text):
    assert check_person("V031", make_person(given_km=text)) == []


@pytest.mark.parametrize("text", ["=1+1", "SOK2", "សុខ", "SOK; DROP", "@Sok"])
def test_latin_name_with_other_letters_is_refused(text):
    assert check_person("V031", make_person(surname_latin=text)) == [("surname_latin", ERROR)]
    facts = make_person_facts()
    assert select_problems("V031", check_rules(OTHER_NAME, make_other_name(text_latin=text), facts)) == [
        ("text_latin", ERROR)
    ]


@pytest.mark.parametrize("text", ["O'Neil", "Nguyễn", "Rajan A/L Kumar", "Mohd. Ali"])
def test_latin_name_with_passport_signs_is_accepted(text):
    assert check_person("V031", make_person(surname_latin=text)) == []


def test_other_name_problem_carries_its_row():
    alias = make_other_name(text_km="Dara")
    problems = check_rules(PERSON, make_person(names=[alias]), make_person_facts())
    assert [(problem.rule, problem.field, problem.row) for problem in problems] == [
        ("V031", "text_km", alias)
    ]


# V032


def test_birth_in_the_future_is_refused():
    assert check_person("V032", make_person(born_on=date(2026, 3, 6))) == [("born_on", ERROR)]
    assert check_person("V032", make_person(born_on=date(2026, 3, 5))) == []
    assert check_person("V032", make_person(born_on=None, birth_year=2027)) == [("birth_year", ERROR)]


def test_death_before_birth_is_refused():
    before, after = date(1979, 12, 31), date(1981, 1, 1)
    for birth in ({"born_on": date(1980, 6, 1)}, {"born_on": None, "birth_year": 1980}):
        assert check_person("V032", make_person(**birth, deceased_on=before)) == [("deceased_on", ERROR)]
        assert check_person("V032", make_person(**birth, deceased_on=after)) == []
    assert check_person("V032", make_person(born_on=None, age_stated=40, deceased_on=before)) == []


def test_stated_age_ignores_a_future_birth():
    assert check_person("V033", make_person(born_on=date(2026, 3, 6), age_stated=30)) == []


def test_age_over_110_years_is_refused():
    assert check_person("V032", make_person(born_on=date(1915, 3, 4))) == [("born_on", ERROR)]
    assert check_person("V032", make_person(born_on=date(1915, 3, 6))) == []
    assert check_person("V032", make_person(born_on=None, age_stated=111)) == [("age_stated", ERROR)]
    assert check_person("V032", make_unknown_man(age_to=300)) == [("age_to", ERROR)]


def test_age_of_deceased_person_counts_to_death():
    assert check_person("V032", make_person(born_on=date(1900, 1, 1), deceased_on=date(1980, 1, 1))) == []


# V033


def test_stated_age_far_from_birth_gets_a_warning():
    assert check_person("V033", make_person(age_stated=30)) == [("age_stated", WARNING)]
    assert check_person("V033", make_person(age_stated=31)) == []
    assert check_person("V033", make_person(age_stated=33)) == []


def test_stated_age_is_compared_on_the_day_of_the_event():
    """A historical case states the age of its own day."""
    person = make_person(born_on=date(1990, 6, 1), age_stated=20)
    assert check_person("V033", person) == [("age_stated", WARNING)]
    assert check_person("V033", person, event_day=date(2010, 7, 1)) == []
    assert check_person("V033", person, event_day=date(2000, 7, 1)) == [("age_stated", WARNING)]
    old = make_case(
        occurred_from=datetime(2010, 7, 1), occurred_to=None, involvements=[make_involvement(person=person)]
    )
    assert check_case("V033", old) == []


# V034


def test_estimated_age_must_be_marked_as_estimated():
    assert check_person("V034", make_unknown_man(birth_precision=None)) == [("birth_precision", ERROR)]


def test_estimated_age_must_be_a_valid_range():
    assert check_person("V034", make_unknown_man(age_from=None)) == [("age_from", ERROR)]
    assert check_person("V034", make_unknown_man(age_to=None)) == [("age_to", ERROR)]
    assert check_person("V034", make_unknown_man(age_to=20)) == [("age_to", ERROR)]
    assert check_person("V034", make_unknown_man()) == []


# V035


@pytest.mark.parametrize("number", ["01234567", "0123456789", "01234567A"])
def test_national_id_without_nine_digits_gets_a_warning(number):
    card = make_document(number=number)
    assert check_person("V035", make_person(documents=[card])) == [("number", WARNING)]


def test_khmer_digits_and_passport_numbers_are_accepted():
    assert check_person("V035", make_person(documents=[make_document(number="០១២ ៣៤៥ ៦៧៨")])) == []
    assert (
        check_person("V035", make_person(documents=[make_document(kind="passport", number="N00123")])) == []
    )


# V036


def test_document_number_of_another_person_is_refused():
    elsewhere = {"012345678": "P-0000007"}
    person = make_person(documents=[make_document(number="០១២-៣៤៥-៦៧៨")])
    assert check_person("V036", person, documents_elsewhere=elsewhere) == [("number", ERROR)]
    assert check_person("V036", person, documents_elsewhere={}) == []


def test_own_document_number_is_accepted():
    document = make_document(person=make_person(id=7))
    facts = make_person_facts(documents_elsewhere={"012345678": "P-0000007"})
    assert check_rules(DOCUMENT, document, facts) == []


# V037, V038


@pytest.mark.parametrize(("rule", "fact"), [("V037", "same_people"), ("V038", "alike_people")])
def test_possible_duplicates_get_a_warning(rule, fact):
    cards = [SimpleNamespace(number="P-0000007"), SimpleNamespace(number="P-0000012")]
    problems = check_rules(PERSON, make_person(), make_person_facts(**{fact: cards}))
    assert select_problems(rule, problems) == [("surname_km", WARNING)]
    assert "P-0000007 · P-0000012" in str(problems[0].text)
    assert check_person(rule, make_person()) == []


def test_person_is_not_a_duplicate_of_itself():
    assert check_person("V037", make_person(id=7), same_people=[SimpleNamespace(number="P-0000007")]) == []


# V041


def test_sex_is_required():
    assert check_person("V041", make_person(sex=None)) == [("sex", ERROR)]
    assert check_person("V041", make_person(sex="X")) == [("sex", ERROR)]
    assert check_person("V041", make_person(sex="F")) == []


def test_unknown_sex_of_identified_person_needs_a_reason():
    assert check_person("V041", make_person(sex="unknown")) == [("sex", WARNING)]
    assert check_person("V041", make_person(sex="unknown", sex_reason="មិនទាន់ជួប")) == []
    assert check_person("V041", make_unknown_man(sex="unknown")) == []


# V042


def test_nationality_must_be_a_country_or_none():
    assert check_person("V042", make_person(nationality=None)) == [("nationality", ERROR)]
    assert check_person("V042", make_person(nationality="ZZ")) == [("nationality", ERROR)]
    for known in ("KH", "stateless", "unknown"):
        assert check_person("V042", make_person(nationality=known)) == []


# V043


def test_foreigner_without_passport_gets_a_warning():
    assert check_person("V043", make_foreigner(documents=[])) == [("nationality", WARNING)]
    assert check_person("V043", make_foreigner()) == []
    assert check_person("V043", make_person(nationality="stateless")) == []


# V045


def test_person_without_a_case_is_refused():
    assert check_person("V045", make_person(), has_case=False) == [("surname_km", ERROR)]
    assert check_person("V045", make_person(), has_case=True) == []
    assert check_person("V045", make_person(id=7), has_case=False) == []


# Ages


@pytest.mark.parametrize(
    ("known", "ages"),
    [
        ({"born_on": date(2012, 3, 5)}, (14, 14)),
        ({"born_on": date(2012, 3, 6)}, (13, 13)),
        ({"born_on": date(2012, 3, 1), "birth_precision": "month"}, (13, 14)),
        ({"born_on": date(2012, 1, 1), "birth_precision": "year"}, (13, 14)),
        ({"born_on": None, "birth_year": 2012}, (13, 14)),
        ({"born_on": None, "age_from": 12, "age_to": 16}, (12, 16)),
        ({"born_on": None, "age_stated": 20}, (20, 20)),
        ({"born_on": None}, None),
    ],
)
def test_age_range_follows_birth_precision(known, ages):
    assert get_ages_on(make_person(**known), NOW) == ages


# What the rules compare


@pytest.mark.parametrize("field", ["surname_km", "given_km", "surname_latin", "given_latin"])
def test_every_name_field_has_one_script(field):
    assert check_person("V031", make_person(**{field: "Dara" if field.endswith("km") else "ដារ៉ា"})) == [
        (field, ERROR)
    ]


def test_documents_of_an_unknown_country_may_be_the_same():
    assert (
        may_be_same_country("KH", "KH") and may_be_same_country(None, "KH") and may_be_same_country("KH", "")
    )
    assert not may_be_same_country("KH", "VN")


def test_country_is_not_compared_without_a_list_of_countries():
    assert check_person("V042", make_person(nationality="XX"), countries=frozenset()) == []
    assert check_person("V042", make_person(nationality="XX")) == [("nationality", ERROR)]
