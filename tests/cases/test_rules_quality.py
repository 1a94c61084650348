"""Rules V023, V025 to V027, V029."""

from datetime import date

import pytest

from app.cases.rules import CASE
from app.kernel.schema.rules import ERROR, WARNING, ask
from tests.factories import a_case, a_court, a_person, a_victim, an_involvement, facts_of_a_case
from tests.search_requests import said_of_case


def with_suspect(person, **over):
    return a_case(involvements=[an_involvement("suspect", person), a_victim()], **over)


def unknown_suspect(**over):
    nothing = dict.fromkeys(
        ("surname_km", "given_km", "surname_latin", "given_latin", "born_on", "nationality")
    )
    estimate = {"unidentified": True, "birth_precision": "estimated", "age_from": 20, "age_to": 30}
    return a_person(**nothing | estimate | over)


def test_a_complete_case_is_not_complained_about():
    assert ask(CASE, a_case(), facts_of_a_case()) == []


def test_the_same_event_entered_twice_is_asked_about():
    problems = ask(CASE, a_case(), facts_of_a_case(similar_cases=["12-2026-000031"]))
    assert [(p.rule, p.field, p.severity) for p in problems] == [("V023", "occurred_from", WARNING)]
    assert "12-2026-000031" in str(problems[0].text)
    assert said_of_case("V023", a_case()) == []


@pytest.mark.parametrize(
    "summary", [None, "", "លួច", "A long summary in English with not one letter of Khmer.", "ក" * 29]
)
def test_a_summary_says_enough_in_khmer(summary):
    assert said_of_case("V025", a_case(summary=summary)) == [("summary", WARNING)]


def test_thirty_khmer_letters_are_enough():
    assert said_of_case("V025", a_case(summary="ក" * 30)) == []


def test_a_solved_case_has_an_identified_suspect():
    assert said_of_case("V026", a_case(status="solved", involvements=[a_victim()])) == [("status", ERROR)]
    assert said_of_case("V026", with_suspect(unknown_suspect(), status="solved")) == [("status", ERROR)]
    assert said_of_case("V026", with_suspect(a_person(), status="solved")) == []
    assert said_of_case("V026", with_suspect(unknown_suspect(), status="open")) == []


def test_a_child_below_14_solves_a_case():
    child = an_involvement("child_below_14", a_person(born_on=date(2014, 1, 1)))
    assert said_of_case("V026", a_case(status="solved", involvements=[child, a_victim()])) == []


def test_an_exceptional_reason_stands_for_the_suspect_of_a_solved_case():
    case = a_case(status="solved", clearance="exceptional_no_offence", involvements=[a_victim()])
    assert said_of_case("V026", case) == []


def test_an_exceptional_clearance_has_a_fully_known_suspect():
    dead = {"status": "solved", "clearance": "exceptional_death"}
    assert said_of_case("V029", with_suspect(a_person(sex="unknown"), **dead)) == [("clearance", ERROR)]
    assert said_of_case("V029", with_suspect(a_person(born_on=None), **dead)) == [("clearance", ERROR)]
    assert said_of_case("V029", with_suspect(unknown_suspect(), **dead)) == [("clearance", ERROR)]
    assert said_of_case("V029", with_suspect(a_person(), **dead)) == []


def test_where_there_was_no_offence_nobody_is_suspected():
    case = a_case(clearance="exceptional_no_offence", involvements=[a_victim()])
    assert said_of_case("V029", case) == []


@pytest.mark.parametrize("status", ["at_court", "judged"])
def test_a_case_at_court_has_a_day_a_court_and_a_dossier(status):
    assert said_of_case("V027", a_case(status=status)) == [
        ("sent_on", ERROR),
        ("court", ERROR),
        ("dossier_no", ERROR),
    ]
    sent = {"sent_on": date(2026, 3, 5), "court": a_court(), "dossier_no": "124/26"}
    assert said_of_case("V027", a_case(status=status, **sent)) == []
    assert said_of_case("V027", a_case(status="open")) == []
