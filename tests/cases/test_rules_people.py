"""Rules V016, V039, V047 to V053, and the rules of persons checked from their case."""

from datetime import date, datetime

import pytest

from app.cases.rules import CASE, INVOLVEMENT, find_protection
from app.kernel.schema.rules import ERROR, INFO, WARNING, check_rules
from app.people.models import PersonPhoto
from tests.factories import (
    make_case,
    make_case_facts,
    make_case_offence,
    make_document,
    make_involvement,
    make_offence,
    make_person,
    make_victim,
)
from tests.rule_problems import check_case, select_problems

CHILD, YOUTH = {"born_on": date(2012, 3, 5)}, {"born_on": date(2012, 3, 4)}  # 13 and 14 years on 4 March 2026


def make_case_with_people(*involvements, **over):
    return make_case(involvements=list(involvements), **over)


def make_rape_offences():
    return [make_case_offence(make_offence(code="PC2009-239", family="sexual", offence_class="felony"))]


@pytest.mark.parametrize(
    "over",
    [
        {"offences": make_rape_offences},
        {"offences": lambda: [make_case_offence(make_offence(family="trafficking"))]},
        {"offences": lambda: [make_case_offence(make_offence(protects_victim=True))]},
        {"sensitivity": lambda: "sexual"},
        {"sensitivity": lambda: "minor"},
    ],
)
def test_victim_in_sensitive_case_is_protected(over):
    case = make_case(**{name: make() for name, make in over.items()})
    assert check_case("V016", case) == [("role", INFO)]
    suspect, victim = case.involvements
    assert find_protection(case, victim) == "victim"
    assert find_protection(case, suspect) is None


def test_complainant_of_rape_is_protected():
    assert check_case(
        "V016", make_case_with_people(make_involvement("complainant"), offences=make_rape_offences())
    ) == [("role", INFO)]


def test_person_has_each_role_once():
    person = make_person()
    twice = [make_involvement("suspect", person), make_involvement("suspect", person)]
    assert check_case("V142", make_case_with_people(*twice)) == [("role", ERROR)]
    other = [make_involvement("suspect", person), make_involvement("complainant", person)]
    assert check_case("V142", make_case_with_people(*other)) == []
    assert check_case("V142", make_case_with_people(make_involvement(), make_involvement())) == []


def test_theft_victim_is_protected_only_if_minor():
    assert check_case("V016", make_case()) == []
    assert check_case("V016", make_case_with_people(make_victim(make_person(**CHILD)))) == [("role", INFO)]


def test_witness_is_protected():
    case = make_case_with_people(make_involvement("witness"))
    assert check_case("V048", case) == [("role", INFO)]
    assert find_protection(case, case.involvements[0]) == "witness"
    assert check_case("V048", make_case()) == []


@pytest.mark.parametrize("role", ["suspect", "victim"])
def test_suspect_or_victim_needs_photo_or_reason(role):
    bare = make_involvement(role, make_person(photo_missing=None))
    problems = check_rules(INVOLVEMENT, bare, make_case_facts())
    assert [(p.rule, p.field, p.severity, p.reasons) for p in problems] == [
        ("V039", "photo_missing", WARNING, "photo_missing")
    ]


def test_photo_or_reason_satisfies_the_rule():
    with_photo = make_involvement(person=make_person(photo_missing=None, photos=[PersonPhoto()]))
    with_reason = make_involvement(person=make_person(photo_missing=None), photo_missing="refused")
    for involvement in (
        with_photo,
        with_reason,
        make_involvement(),
        make_involvement("other", make_person(photo_missing=None)),
    ):
        assert select_problems("V039", check_rules(INVOLVEMENT, involvement, make_case_facts())) == []


def test_victim_cannot_be_the_only_suspect():
    person = make_person()
    both = [make_involvement("suspect", person), make_victim(person)]
    assert check_case("V047", make_case_with_people(*both)) == [("role", ERROR)]
    assert check_case("V047", make_case()) == []


def test_victim_may_be_one_of_several_suspects():
    person = make_person()
    fight = [
        make_involvement("suspect", person),
        make_victim(person),
        make_involvement("suspect", make_person(given_km="វិបុល")),
    ]
    assert check_case("V047", make_case_with_people(*fight)) == []


def test_registered_person_is_recognized_by_id():
    twice = [make_involvement("suspect", make_person(id=7)), make_victim(make_person(id=7))]
    assert check_case("V047", make_case_with_people(*twice)) == [("role", ERROR)]


def test_child_below_14_cannot_be_a_suspect():
    assert check_case("V049", make_case_with_people(make_involvement("suspect", make_person(**CHILD)))) == [
        ("role", ERROR)
    ]
    assert (
        check_case("V049", make_case_with_people(make_involvement("child_below_14", make_person(**CHILD))))
        == []
    )
    assert check_case("V049", make_case_with_people(make_involvement("suspect", make_person(**YOUTH)))) == []
    assert check_case("V049", make_case_with_people(make_victim(make_person(**CHILD)))) == []


def test_suspect_possibly_below_14_gets_a_warning():
    youngish = make_person(born_on=None, birth_precision="estimated", age_from=12, age_to=16)
    assert check_case("V049", make_case_with_people(make_involvement("suspect", youngish))) == [
        ("role", WARNING)
    ]


def test_person_aged_14_cannot_have_the_child_role():
    assert check_case(
        "V049", make_case_with_people(make_involvement("child_below_14", make_person(**YOUTH)))
    ) == [("role", ERROR)]


def test_suspect_below_18_is_marked_as_minor():
    assert check_case("V050", make_case_with_people(make_involvement(person=make_person(**YOUTH)))) == [
        ("role", INFO)
    ]
    grown = make_person(born_on=date(2008, 3, 4))
    assert check_case("V050", make_case_with_people(make_involvement(person=grown))) == []


@pytest.mark.parametrize(
    ("role", "known", "refused"),
    [
        ("suspect", {"born_on": date(2026, 3, 5)}, True),
        ("child_below_14", {"born_on": date(2026, 3, 5)}, True),
        ("victim", {"born_on": date(2026, 3, 5)}, True),
        ("victim", {"born_on": date(2026, 3, 4)}, False),
        ("victim", {"born_on": None, "birth_year": 2026}, False),
        ("victim", {"born_on": date(2026, 3, 1), "birth_precision": "month"}, False),
        ("suspect", {"born_on": None, "birth_year": 2027}, True),
        ("complainant", {"born_on": date(2026, 3, 5)}, False),
    ],
)
def test_birth_after_the_offence_is_refused(role, known, refused):
    case = make_case_with_people(make_involvement(role, make_person(**known)))
    assert check_case("V032", case, now=datetime(2028, 1, 1)) == ([("role", ERROR)] if refused else [])


@pytest.mark.parametrize(("role", "asked"), [("suspect", True), ("victim", False), ("witness", False)])
def test_unknown_age_of_a_suspect_is_asked_for(role, asked):
    ageless = make_person(born_on=None, birth_precision=None)
    case = make_case_with_people(make_involvement(role, ageless))
    assert check_case("V049", case) == ([("role", INFO)] if asked else [])


@pytest.mark.parametrize("role", ["victim", "witness", "child_below_14"])
def test_only_a_suspect_is_marked_as_minor(role):
    assert check_case("V050", make_case_with_people(make_involvement(role, make_person(**CHILD)))) == []


@pytest.mark.parametrize("role", ["charged", "accused"])
def test_charged_role_requires_a_decision(role):
    case = make_case_with_people(make_involvement(role, make_person(id=7)))
    assert check_case("V051", case) == [("role", ERROR)]
    assert check_case("V051", case, charged=frozenset({7})) == []


def test_convicted_role_requires_a_final_judgment():
    case, known = make_case_with_people(make_involvement("convicted", make_person(id=7))), frozenset({7})
    assert check_case("V052", case, convicted=known) == [("role", ERROR)]
    assert check_case("V052", case, convicted=known, final=known) == []


@pytest.mark.parametrize("role", ["convicted", "convicted_not_final"])
def test_convicted_roles_require_a_judgment(role):
    case = make_case_with_people(make_involvement(role, make_person(id=7)))
    assert check_case("V053", case) == [("role", ERROR)]
    assert check_case("V053", case, convicted=frozenset({7})) == []
    assert check_case("V053", make_case()) == []


def test_case_rules_check_new_persons():
    person = make_person(sex=None, documents=[make_document(number="1")])
    problems = check_rules(
        CASE, make_case_with_people(make_involvement(person=person), make_victim()), make_case_facts()
    )
    assert [(problem.rule, problem.row) for problem in problems] == [
        ("V041", person),
        ("V035", person.documents[0]),
    ]


def test_case_rules_skip_registered_persons():
    known = make_person(id=7, sex=None, nationality=None)
    assert (
        check_rules(
            CASE, make_case_with_people(make_involvement(person=known), make_victim()), make_case_facts()
        )
        == []
    )


def test_facts_about_people_reach_each_person():
    case = make_case()
    victim = case.involvements[1].person
    cards = [make_person(id=7)]
    problems = check_rules(
        CASE, case, make_case_facts(same_people={id(victim): cards}, alike_people={id(victim): cards})
    )
    assert [(problem.rule, problem.row) for problem in problems] == [("V037", victim), ("V038", victim)]


def test_two_people_cannot_share_a_document_number():
    first, second = (
        make_person(documents=[make_document()]),
        make_person(given_km="វិបុល", documents=[make_document(number="០១២៣៤៥៦៧៨")]),
    )
    case = make_case_with_people(make_involvement(person=first), make_victim(second))
    problems = check_rules(CASE, case, make_case_facts())
    assert [(problem.rule, problem.row) for problem in problems] == [("V036", second.documents[0])]


def test_two_new_people_of_a_case_have_different_names_or_births():
    first, second = make_person(), make_person()
    case = make_case_with_people(make_involvement(person=first), make_victim(second))
    problems = check_rules(CASE, case, make_case_facts())
    assert [(one.rule, one.severity, one.row) for one in problems] == [("V037", WARNING, second)]
    second.sex = "F" if first.sex == "M" else "M"
    assert check_case("V037", case) == []


def test_new_people_without_a_date_of_birth_may_have_the_same_name():
    first, second = make_person(born_on=None), make_person(born_on=None)
    case = make_case_with_people(make_involvement(person=first), make_victim(second))
    assert check_case("V037", case) == []


def test_new_person_is_compared_with_registered_people_by_their_facts_alone():
    case = make_case_with_people(make_involvement(person=make_person(id=7)), make_victim(make_person()))
    assert check_case("V037", case) == []


def test_person_in_two_roles_may_repeat_document_number():
    person = make_person(documents=[make_document()])
    case = make_case_with_people(make_involvement("complainant", person), make_victim(person))
    assert check_case("V036", case) == []
