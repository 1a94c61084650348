"""Rules V030 to V043 and V045: each has an example that breaks it and one that satisfies it."""

from datetime import date
from types import SimpleNamespace

import pytest

from app.kernel.schema.rules import ERROR, WARNING, ask
from app.people.rules import DOCUMENT, OTHER_NAME, PERSON, ages_on
from tests.factories import (
    NOW,
    a_document,
    a_foreigner,
    a_person,
    another_name,
    facts_of_a_person,
)
from tests.search_requests import heard, said_of_person


def an_unknown_man(**over):
    nothing = dict.fromkeys(
        ("surname_km", "given_km", "surname_latin", "given_latin", "born_on", "nationality")
    )
    estimate = {"unidentified": True, "birth_precision": "estimated", "age_from": 30, "age_to": 40}
    return a_person(**nothing | estimate | over)


@pytest.mark.parametrize("person", [a_person(), a_foreigner(), an_unknown_man()])
def test_nothing_is_said_of_a_person_who_is_entered_completely(person):
    assert ask(PERSON, person, facts_of_a_person()) == []


def test_rules_speak_although_nothing_else_is_known():
    assert said_of_person("V037", a_person(), now=None, countries=frozenset()) == []


# V030


def test_a_cambodian_has_a_name_in_khmer():
    latin_only = a_person(surname_km=None, given_km=None)
    assert said_of_person("V030", latin_only) == [("surname_km", ERROR)]
    assert said_of_person("V030", a_person(surname_km=None)) == []


def test_a_foreigner_has_a_name_in_latin_letters():
    khmer_only = a_foreigner(surname_km="ង្វៀន", given_km="អាន", surname_latin=None, given_latin=None)
    assert said_of_person("V030", khmer_only) == [("surname_latin", ERROR)]
    assert said_of_person("V030", a_foreigner()) == []


def test_a_stateless_person_may_be_named_in_either_script():
    assert said_of_person("V030", a_person(nationality="stateless", surname_km=None, given_km=None)) == []


def test_a_forgotten_name_is_asked_for():
    forgotten = dict.fromkeys(("surname_km", "given_km", "surname_latin", "given_latin"))
    assert said_of_person("V030", a_person(**forgotten)) == [("surname_km", ERROR)]
    assert said_of_person("V030", a_person(**forgotten, born_on=None)) == [("surname_km", ERROR)]


def test_an_unidentified_person_needs_an_estimated_age_instead_of_a_name():
    without_age = an_unknown_man(age_from=None, age_to=None, birth_precision=None)
    assert said_of_person("V030", without_age) == [("age_from", ERROR)]
    assert said_of_person("V030", an_unknown_man()) == []


def test_another_name_is_written_in_some_script():
    facts = facts_of_a_person()
    assert heard("V030", ask(OTHER_NAME, another_name(text_km=None, text_latin=None), facts)) == [
        ("text_km", ERROR)
    ]
    assert ask(OTHER_NAME, another_name(), facts) == []


# V031


@pytest.mark.parametrize("text", ["Dara", "ដារ៉ា2", "ដារ៉ា!", "ដារ៉ា (តូច)", "ដា\u202eរ៉ា"])
def test_a_khmer_name_has_only_khmer_letters(text):
    assert said_of_person("V031", a_person(given_km=text)) == [("given_km", ERROR)]


@pytest.mark.parametrize("text", ["ដារ៉ា", "ម៉ី-លីន", "សុខ ដារ៉ា", "ដា\u200bរ៉ា"])
def test_a_khmer_name_may_have_spaces_hyphens_and_what_the_normal_form_removes(text):
    assert said_of_person("V031", a_person(given_km=text)) == []


@pytest.mark.parametrize("text", ["=1+1", "SOK2", "សុខ", "SOK; DROP", "@Sok"])
def test_a_latin_name_has_only_latin_letters(text):
    assert said_of_person("V031", a_person(surname_latin=text)) == [("surname_latin", ERROR)]
    facts = facts_of_a_person()
    assert heard("V031", ask(OTHER_NAME, another_name(text_latin=text), facts)) == [("text_latin", ERROR)]


@pytest.mark.parametrize("text", ["O'Neil", "Nguyễn", "Rajan A/L Kumar", "Mohd. Ali"])
def test_a_latin_name_may_have_what_stands_in_passports(text):
    assert said_of_person("V031", a_person(surname_latin=text)) == []


def test_the_khmer_of_another_name_is_asked_about_at_its_row():
    alias = another_name(text_km="Dara")
    problems = ask(PERSON, a_person(names=[alias]), facts_of_a_person())
    assert [(problem.rule, problem.field, problem.row) for problem in problems] == [
        ("V031", "text_km", alias)
    ]


# V032


def test_nobody_is_born_in_the_future():
    assert said_of_person("V032", a_person(born_on=date(2026, 3, 6))) == [("born_on", ERROR)]
    assert said_of_person("V032", a_person(born_on=date(2026, 3, 5))) == []
    assert said_of_person("V032", a_person(born_on=None, birth_year=2027)) == [("birth_year", ERROR)]


def test_nobody_dies_before_the_birth():
    before, after = date(1979, 12, 31), date(1981, 1, 1)
    for birth in ({"born_on": date(1980, 6, 1)}, {"born_on": None, "birth_year": 1980}):
        assert said_of_person("V032", a_person(**birth, deceased_on=before)) == [("deceased_on", ERROR)]
        assert said_of_person("V032", a_person(**birth, deceased_on=after)) == []
    assert said_of_person("V032", a_person(born_on=None, age_stated=40, deceased_on=before)) == []


def test_a_stated_age_is_compared_with_no_birth_that_is_still_to_come():
    assert said_of_person("V033", a_person(born_on=date(2026, 3, 6), age_stated=30)) == []


def test_nobody_is_older_than_110_years():
    assert said_of_person("V032", a_person(born_on=date(1915, 3, 4))) == [("born_on", ERROR)]
    assert said_of_person("V032", a_person(born_on=date(1915, 3, 6))) == []
    assert said_of_person("V032", a_person(born_on=None, age_stated=111)) == [("age_stated", ERROR)]
    assert said_of_person("V032", an_unknown_man(age_to=300)) == [("age_to", ERROR)]


def test_the_age_of_the_dead_is_counted_to_their_death():
    assert said_of_person("V032", a_person(born_on=date(1900, 1, 1), deceased_on=date(1980, 1, 1))) == []


# V033


def test_a_stated_age_far_from_the_date_of_birth_is_asked_about():
    assert said_of_person("V033", a_person(age_stated=30)) == [("age_stated", WARNING)]
    assert said_of_person("V033", a_person(age_stated=31)) == []
    assert said_of_person("V033", a_person(age_stated=33)) == []


# V034


def test_an_estimated_age_is_marked_as_estimated():
    assert said_of_person("V034", an_unknown_man(birth_precision=None)) == [("birth_precision", ERROR)]


def test_an_estimated_age_is_a_range_that_ends_after_it_begins():
    assert said_of_person("V034", an_unknown_man(age_from=None)) == [("age_from", ERROR)]
    assert said_of_person("V034", an_unknown_man(age_to=None)) == [("age_to", ERROR)]
    assert said_of_person("V034", an_unknown_man(age_to=20)) == [("age_to", ERROR)]
    assert said_of_person("V034", an_unknown_man()) == []


# V035


@pytest.mark.parametrize("number", ["01234567", "0123456789", "01234567A"])
def test_a_national_number_without_nine_digits_is_only_asked_about(number):
    card = a_document(number=number)
    assert said_of_person("V035", a_person(documents=[card])) == [("number", WARNING)]


def test_nine_digits_may_be_khmer_and_spaced_and_a_passport_has_its_own_form():
    assert said_of_person("V035", a_person(documents=[a_document(number="០១២ ៣៤៥ ៦៧៨")])) == []
    assert said_of_person("V035", a_person(documents=[a_document(kind="passport", number="N00123")])) == []


# V036


def test_a_number_that_another_person_bears_is_refused():
    elsewhere = {"012345678": "P-0000007"}
    person = a_person(documents=[a_document(number="០១២-៣៤៥-៦៧៨")])
    assert said_of_person("V036", person, documents_elsewhere=elsewhere) == [("number", ERROR)]
    assert said_of_person("V036", person, documents_elsewhere={}) == []


def test_ones_own_number_is_no_problem():
    document = a_document(person=a_person(id=7))
    facts = facts_of_a_person(documents_elsewhere={"012345678": "P-0000007"})
    assert ask(DOCUMENT, document, facts) == []


# V037, V038


@pytest.mark.parametrize(("rule", "fact"), [("V037", "same_people"), ("V038", "alike_people")])
def test_people_who_may_be_the_same_are_shown_before_the_save(rule, fact):
    cards = [SimpleNamespace(number="P-0000007"), SimpleNamespace(number="P-0000012")]
    problems = ask(PERSON, a_person(), facts_of_a_person(**{fact: cards}))
    assert heard(rule, problems) == [("surname_km", WARNING)]
    assert "P-0000007 · P-0000012" in str(problems[0].text)
    assert said_of_person(rule, a_person()) == []


def test_a_person_is_not_the_double_of_himself():
    assert said_of_person("V037", a_person(id=7), same_people=[SimpleNamespace(number="P-0000007")]) == []


# V041


def test_the_sex_is_given():
    assert said_of_person("V041", a_person(sex=None)) == [("sex", ERROR)]
    assert said_of_person("V041", a_person(sex="X")) == [("sex", ERROR)]
    assert said_of_person("V041", a_person(sex="F")) == []


def test_an_unknown_sex_of_an_identified_person_has_a_reason():
    assert said_of_person("V041", a_person(sex="unknown")) == [("sex", WARNING)]
    assert said_of_person("V041", a_person(sex="unknown", sex_reason="មិនទាន់ជួប")) == []
    assert said_of_person("V041", an_unknown_man(sex="unknown")) == []


# V042


def test_the_nationality_is_a_country_or_said_to_be_none():
    assert said_of_person("V042", a_person(nationality=None)) == [("nationality", ERROR)]
    assert said_of_person("V042", a_person(nationality="ZZ")) == [("nationality", ERROR)]
    for known in ("KH", "stateless", "unknown"):
        assert said_of_person("V042", a_person(nationality=known)) == []


# V043


def test_a_foreigner_without_a_passport_is_asked_about():
    assert said_of_person("V043", a_foreigner(documents=[])) == [("nationality", WARNING)]
    assert said_of_person("V043", a_foreigner()) == []
    assert said_of_person("V043", a_person(nationality="stateless")) == []


# V045


def test_nobody_is_registered_without_a_case():
    assert said_of_person("V045", a_person(), has_case=False) == [("surname_km", ERROR)]
    assert said_of_person("V045", a_person(), has_case=True) == []
    assert said_of_person("V045", a_person(id=7), has_case=False) == []


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
def test_an_age_is_as_exact_as_the_birth_is_known(known, ages):
    assert ages_on(a_person(**known), NOW) == ages
