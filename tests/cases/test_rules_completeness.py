"""Rules V023, V025 to V027, V029."""

from datetime import date

import pytest

from app.cases.rules import CASE
from app.kernel.schema.rules import ERROR, WARNING, check_rules
from tests.factories import make_case, make_case_facts, make_court, make_involvement, make_person, make_victim
from tests.rule_problems import check_case


def make_case_with_suspect(person, **over):
    return make_case(involvements=[make_involvement("suspect", person), make_victim()], **over)


def make_unknown_suspect(**over):
    nothing = dict.fromkeys(
        ("surname_km", "given_km", "surname_latin", "given_latin", "born_on", "nationality")
    )
    estimate = {"unidentified": True, "birth_precision": "estimated", "age_from": 20, "age_to": 30}
    return make_person(**nothing | estimate | over)


def test_complete_case_has_no_problems():
    assert check_rules(CASE, make_case(), make_case_facts()) == []


def test_duplicate_case_gets_a_warning():
    problems = check_rules(CASE, make_case(), make_case_facts(similar_cases=["12-2026-000031"]))
    assert [(p.rule, p.field, p.severity) for p in problems] == [("V023", "occurred_from", WARNING)]
    assert "12-2026-000031" in str(problems[0].text)
    assert check_case("V023", make_case()) == []


@pytest.mark.parametrize(
    "summary", [None, "", "លួច", "A long summary in English with not one letter of Khmer.", "ក" * 29]
)
def test_short_khmer_summary_gets_a_warning(summary):
    assert check_case("V025", make_case(summary=summary)) == [("summary", WARNING)]


def test_summary_with_thirty_khmer_letters_is_accepted():
    assert check_case("V025", make_case(summary="ក" * 30)) == []


def test_solved_case_needs_an_identified_suspect():
    assert check_case("V026", make_case(status="solved", involvements=[make_victim()])) == [("status", ERROR)]
    assert check_case("V026", make_case_with_suspect(make_unknown_suspect(), status="solved")) == [
        ("status", ERROR)
    ]
    assert check_case("V026", make_case_with_suspect(make_person(), status="solved")) == []
    assert check_case("V026", make_case_with_suspect(make_unknown_suspect(), status="open")) == []


def test_child_below_14_counts_as_suspect_of_solved_case():
    child = make_involvement("child_below_14", make_person(born_on=date(2014, 1, 1)))
    assert check_case("V026", make_case(status="solved", involvements=[child, make_victim()])) == []


def test_exceptional_reason_replaces_suspect_of_solved_case():
    case = make_case(status="solved", clearance="exceptional_no_offence", involvements=[make_victim()])
    assert check_case("V026", case) == []


def test_exceptional_clearance_needs_fully_known_suspect():
    dead = {"status": "solved", "clearance": "exceptional_death"}
    assert check_case("V029", make_case_with_suspect(make_person(sex="unknown"), **dead)) == [
        ("clearance", ERROR)
    ]
    assert check_case("V029", make_case_with_suspect(make_person(born_on=None), **dead)) == [
        ("clearance", ERROR)
    ]
    assert check_case("V029", make_case_with_suspect(make_unknown_suspect(), **dead)) == [
        ("clearance", ERROR)
    ]
    assert check_case("V029", make_case_with_suspect(make_person(), **dead)) == []


def test_clearance_without_offence_needs_no_suspect():
    case = make_case(clearance="exceptional_no_offence", involvements=[make_victim()])
    assert check_case("V029", case) == []


@pytest.mark.parametrize("status", ["at_court", "judged"])
def test_case_at_court_requires_date_court_and_dossier(status):
    assert check_case("V027", make_case(status=status)) == [
        ("sent_on", ERROR),
        ("court", ERROR),
        ("dossier_no", WARNING),
    ]
    sent = {"sent_on": date(2026, 3, 5), "court": make_court(), "dossier_no": "124/26"}
    assert check_case("V027", make_case(status=status, **sent)) == []
    assert check_case("V027", make_case(status="open")) == []
