"""Aggregate validation of cases: the cases to check when a row, a person or an identity document changes."""

from sqlalchemy import select

from app.cases import court_findings, queries
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.cases.rules import CaseFacts
from app.kernel.text import dates
from app.kernel.validation.aggregates import aggregate_finder
from app.people.models import Person, PersonDocument


@aggregate_finder(CaseOffence, Involvement, Exhibit, CaseFile)
def find_case_of_row(row):
    """Return the case of a changed row, with its facts."""
    return load_cases_with_facts(Case.id == (row.case_id or row.case.id))


@aggregate_finder(Person)
def find_cases_of_person(person):
    """Return the cases of a changed person, with their facts."""
    return load_cases_with_facts(
        Case.id.in_(select(Involvement.case_id).where(Involvement.person_id == person.id))
    )


@aggregate_finder(PersonDocument)
def find_cases_of_document(document):
    """Return the cases of the holder of a changed document, with their facts."""
    return find_cases_of_person(document.person) if document.person is not None else []


def load_cases_with_facts(condition):
    """Return [(case, facts)] with everything that the rules of severity "error" need.

    Facts from outside the case (similar people, distance, area) only produce warnings and were checked at entry.
    """
    findings, now = court_findings.find_for_cases(queries.load_cases(condition)), dates.now()
    return [(case, CaseFacts(now=now, **known)) for case, known in findings.items()]
