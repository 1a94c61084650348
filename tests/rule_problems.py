"""Helpers that return the problems found by one rule."""

from app.cases.rules import CASE
from app.kernel.schema.rules import check_rules
from app.people.rules import PERSON
from tests.factories import make_case_facts, make_person_facts


def select_problems(rule, problems):
    """Return (field, severity) of the problems of one rule."""
    return [(problem.field, problem.severity) for problem in problems if problem.rule == rule]


def check_case(rule, case, **facts):
    return select_problems(rule, check_rules(CASE, case, make_case_facts(**facts)))


def check_person(rule, person, **facts):
    return select_problems(rule, check_rules(PERSON, person, make_person_facts(**facts)))
