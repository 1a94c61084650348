"""How tests listen to rules."""

from app.cases.rules import CASE
from app.kernel.schema.rules import ask
from app.people.rules import PERSON
from tests.factories import facts_of_a_case, facts_of_a_person


def heard(rule, problems):
    """(field, severity) of what one rule said."""
    return [(problem.field, problem.severity) for problem in problems if problem.rule == rule]


def said_of_case(rule, case, **facts):
    return heard(rule, ask(CASE, case, facts_of_a_case(**facts)))


def said_of_person(rule, person, **facts):
    return heard(rule, ask(PERSON, person, facts_of_a_person(**facts)))
