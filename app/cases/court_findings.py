"""Who is more than a suspect in a case, by a decision that is registered: what the features above, which register orders
and judgments, tell the rules of a case (V051 to V053)."""

from app.cases.rules.facts import standing
from app.cases.rules.people import DECIDED
from app.people.nationwide import nation

CHARGED, CONVICTED, FINAL = "charged", "convicted", "final"
# What a decision says, and with it of less.
_SAYS = {FINAL: (CHARGED, CONVICTED, FINAL), CONVICTED: (CHARGED, CONVICTED), CHARGED: (CHARGED,)}
_finders = []


def tells(find):
    """Decorates `find(case ids, person ids)`: a select of (case id, person id, one of the words above).

    A decision that names no case, because it came before the case was entered, counts for every one.
    """
    _finders.append(find)
    return find


def of_cases(cases):
    """case → what `CaseFacts` takes about decisions. Nothing is asked where nobody is called more than a suspect."""
    called = {one: _called(standing(one.involvements)) for one in cases}
    people = set().union(*called.values())
    found = _found([one.id for one in called if one.id is not None], people) if people else ()
    return {one: _told(found, one.id, persons) for one, persons in called.items()}


def of_case(case):
    return of_cases([case])[case]


def of_row(involvement):
    """The same about one person in a case, which need not know of the row yet."""
    people, case_id = _called([involvement]), involvement.case.id
    return _told(_found([case_id], people) if people else (), case_id, people)


def _called(rows):
    """The ids of those who are called more than a suspect."""
    people = {row.person.id for row in rows if row.role in DECIDED and row.person is not None}
    return people - {None}


def _told(found, case_id, people):
    known = {word: set() for word in _SAYS}
    for of_case_id, person_id, word in found:
        if person_id in people and of_case_id in (None, case_id):
            for said in _SAYS[word]:
                known[said].add(person_id)
    return known


def _found(cases, people):
    """Asked in the whole nation: the court and the prison may lie in another province."""
    with nation(protected_too=True) as session:
        return [row for find in _finders for row in session.execute(find(cases, people)).all()]
