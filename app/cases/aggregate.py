"""Which cases are asked when a row of a case, a person or a document of a person is changed or added."""

from sqlalchemy import select

from app.cases import court_findings, queries
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.cases.rules import CaseFacts
from app.kernel.text import dates
from app.kernel.validation.aggregates import part_of
from app.people.models import Person, PersonDocument


@part_of(CaseOffence, Involvement, Exhibit, CaseFile)
def the_case(row):
    return in_whole(Case.id == (row.case_id or row.case.id))


@part_of(Person)
def his_cases(person):
    return in_whole(Case.id.in_(select(Involvement.case_id).where(Involvement.person_id == person.id)))


@part_of(PersonDocument)
def cases_of_its_bearer(document):
    return his_cases(document.person) if document.person is not None else []


def in_whole(condition):
    """[(case, facts)] with all that the errors of these cases are judged by.

    What is looked up elsewhere (likeness, distance, area) only warns, and was asked at the entry.
    """
    found, now = court_findings.of_cases(queries.whole_cases(condition)), dates.now()
    return [(case, CaseFacts(now=now, **known)) for case, known in found.items()]
