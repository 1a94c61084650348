"""Rules V016, V039, V047 to V053, and the rules of people asked from their case."""

from datetime import date

import pytest

from app.cases.rules import CASE, INVOLVEMENT, identity_is_protected
from app.kernel.schema.rules import ERROR, NOTICE, WARNING, ask
from app.people.models import PersonPhoto
from tests.factories import (
    a_case,
    a_case_offence,
    a_document,
    a_person,
    a_victim,
    an_involvement,
    an_offence,
    facts_of_a_case,
)
from tests.search_requests import heard, said_of_case

CHILD, YOUTH = {"born_on": date(2012, 3, 5)}, {"born_on": date(2012, 3, 4)}  # 13 and 14 years on 4 March 2026


def with_people(*involvements, **over):
    return a_case(involvements=list(involvements), **over)


def rape():
    return [a_case_offence(an_offence(code="PC2009-239", family="sexual", offence_class="felony"))]


@pytest.mark.parametrize(
    "over",
    [
        {"offences": rape},
        {"offences": lambda: [a_case_offence(an_offence(family="trafficking"))]},
        {"offences": lambda: [a_case_offence(an_offence(protects_victim=True))]},
        {"sensitivity": lambda: "sexual"},
        {"sensitivity": lambda: "minor"},
    ],
)
def test_victims_of_sexual_trafficking_and_juvenile_cases_are_protected(over):
    case = a_case(**{name: make() for name, make in over.items()})
    assert said_of_case("V016", case) == [("role", NOTICE)]
    suspect, victim = case.involvements
    assert identity_is_protected(case, victim)
    assert not identity_is_protected(case, suspect)


def test_who_complains_of_a_rape_is_protected_too():
    assert said_of_case("V016", with_people(an_involvement("complainant"), offences=rape())) == [
        ("role", NOTICE)
    ]


def test_a_victim_of_a_theft_is_protected_only_as_a_minor():
    assert said_of_case("V016", a_case()) == []
    assert said_of_case("V016", with_people(a_victim(a_person(**CHILD)))) == [("role", NOTICE)]


def test_a_witness_is_protected():
    case = with_people(an_involvement("witness"))
    assert said_of_case("V048", case) == [("role", NOTICE)]
    assert identity_is_protected(case, case.involvements[0])
    assert said_of_case("V048", a_case()) == []


@pytest.mark.parametrize("role", ["suspect", "victim"])
def test_a_suspect_or_victim_has_a_photo_or_a_reason(role):
    bare = an_involvement(role, a_person(photo_missing=None))
    problems = ask(INVOLVEMENT, bare, facts_of_a_case())
    assert [(p.rule, p.field, p.severity, p.reasons) for p in problems] == [
        ("V039", "photo_missing", WARNING, "photo_missing")
    ]


def test_a_photo_or_either_reason_satisfies():
    with_photo = an_involvement(person=a_person(photo_missing=None, photos=[PersonPhoto()]))
    with_reason = an_involvement(person=a_person(photo_missing=None), photo_missing="refused")
    for involvement in (
        with_photo,
        with_reason,
        an_involvement(),
        an_involvement("other", a_person(photo_missing=None)),
    ):
        assert heard("V039", ask(INVOLVEMENT, involvement, facts_of_a_case())) == []


def test_nobody_is_victim_and_only_suspect():
    person = a_person()
    both = [an_involvement("suspect", person), a_victim(person)]
    assert said_of_case("V047", with_people(*both)) == [("role", ERROR)]
    assert said_of_case("V047", a_case()) == []


def test_who_is_a_victim_may_be_one_of_several_suspects():
    person = a_person()
    fight = [
        an_involvement("suspect", person),
        a_victim(person),
        an_involvement("suspect", a_person(given_km="វិបុល")),
    ]
    assert said_of_case("V047", with_people(*fight)) == []


def test_the_same_registered_person_is_known_by_the_number():
    twice = [an_involvement("suspect", a_person(id=7)), a_victim(a_person(id=7))]
    assert said_of_case("V047", with_people(*twice)) == [("role", ERROR)]


def test_a_child_below_14_is_no_suspect():
    assert said_of_case("V049", with_people(an_involvement("suspect", a_person(**CHILD)))) == [
        ("role", ERROR)
    ]
    assert said_of_case("V049", with_people(an_involvement("child_below_14", a_person(**CHILD)))) == []
    assert said_of_case("V049", with_people(an_involvement("suspect", a_person(**YOUTH)))) == []
    assert said_of_case("V049", with_people(a_victim(a_person(**CHILD)))) == []


def test_who_may_have_been_below_14_is_asked_about():
    youngish = a_person(born_on=None, birth_precision="estimated", age_from=12, age_to=16)
    assert said_of_case("V049", with_people(an_involvement("suspect", youngish))) == [("role", WARNING)]


def test_who_is_14_is_not_entered_as_a_child_below_14():
    assert said_of_case("V049", with_people(an_involvement("child_below_14", a_person(**YOUTH)))) == [
        ("role", ERROR)
    ]


def test_a_suspect_below_18_is_marked_as_a_minor():
    assert said_of_case("V050", with_people(an_involvement(person=a_person(**YOUTH)))) == [("role", NOTICE)]
    grown = a_person(born_on=date(2008, 3, 4))
    assert said_of_case("V050", with_people(an_involvement(person=grown))) == []


@pytest.mark.parametrize("role", ["charged", "accused"])
def test_nobody_is_called_charged_before_a_decision(role):
    case = with_people(an_involvement(role, a_person(id=7)))
    assert said_of_case("V051", case) == [("role", ERROR)]
    assert said_of_case("V051", case, charged=frozenset({7})) == []


def test_who_is_called_convicted_is_so_finally():
    case, known = with_people(an_involvement("convicted", a_person(id=7))), frozenset({7})
    assert said_of_case("V052", case, convicted=known) == [("role", ERROR)]
    assert said_of_case("V052", case, convicted=known, final=known) == []


@pytest.mark.parametrize("role", ["convicted", "convicted_not_final"])
def test_nobody_is_called_convicted_before_a_judgment(role):
    case = with_people(an_involvement(role, a_person(id=7)))
    assert said_of_case("V053", case) == [("role", ERROR)]
    assert said_of_case("V053", case, convicted=frozenset({7})) == []
    assert said_of_case("V053", a_case()) == []


def test_the_rules_of_a_new_person_are_asked_from_the_case_and_name_the_person():
    person = a_person(sex=None, documents=[a_document(number="1")])
    problems = ask(CASE, with_people(an_involvement(person=person), a_victim()), facts_of_a_case())
    assert [(problem.rule, problem.row) for problem in problems] == [
        ("V041", person),
        ("V035", person.documents[0]),
    ]


def test_a_registered_person_is_not_asked_about_again():
    known = a_person(id=7, sex=None, nationality=None)
    assert ask(CASE, with_people(an_involvement(person=known), a_victim()), facts_of_a_case()) == []


def test_facts_about_people_reach_each_person():
    case = a_case()
    victim = case.involvements[1].person
    cards = [a_person(id=7)]
    problems = ask(
        CASE, case, facts_of_a_case(same_people={id(victim): cards}, alike_people={id(victim): cards})
    )
    assert [(problem.rule, problem.row) for problem in problems] == [("V037", victim), ("V038", victim)]


def test_two_people_of_a_case_do_not_share_a_number():
    first, second = a_person(documents=[a_document()]), a_person(documents=[a_document(number="០១២៣៤៥៦៧៨")])
    case = with_people(an_involvement(person=first), a_victim(second))
    problems = ask(CASE, case, facts_of_a_case())
    assert [(problem.rule, problem.row) for problem in problems] == [("V036", second.documents[0])]


def test_one_person_in_two_roles_bears_one_number():
    person = a_person(documents=[a_document()])
    case = with_people(an_involvement("complainant", person), a_victim(person))
    assert said_of_case("V036", case) == []
