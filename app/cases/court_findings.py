"""People with a registered charge or judgment in a case, for rules V051 to V053.

The features of orders and judgments are its providers (app/wiring.py); the rules of cases read the result.
"""

from app.cases.rules.facts import exclude_voided
from app.cases.rules.people import CONVICTED_ROLES, DECIDED_ROLES
from app.people.nationwide import nationwide_session

CHARGED, CONVICTED, FINAL = "charged", "convicted", "final"
# Each finding with the weaker findings it implies.
_IMPLIED = {FINAL: (CHARGED, CONVICTED, FINAL), CONVICTED: (CHARGED, CONVICTED), CHARGED: (CHARGED,)}
_ROLE_OF_FINDING = {"": "suspect", CHARGED: "accused", CONVICTED: "convicted_not_final", FINAL: "convicted"}
_STRENGTH = tuple(_ROLE_OF_FINDING)
_providers = []


def set_providers(*selects):
    """Set the functions `select(case ids, person ids)` of (case id, person id, CHARGED, CONVICTED or FINAL).

    A decision without a case has two further columns, its offence and date: it was registered before the case was entered,
    and counts for the cases of the person with this offence, if they are not later.
    """
    _providers[:] = selects


def find_for_cases(cases):
    """Return case → the sets `charged`, `convicted` and `final` of `CaseFacts`.

    Runs no query when every person in the cases is at most a suspect.
    """
    ids = {case: _ids_above_suspect(exclude_voided(case.involvements)) for case in cases}
    people = set().union(*ids.values())
    rows = _query_providers([case.id for case in ids if case.id is not None], people) if people else ()
    return {case: _group_by_finding(rows, case, persons) for case, persons in ids.items()}


def find_for_case(case):
    """Return the same sets for one case."""
    return find_for_cases([case])[case]


def find_for_involvement(involvement):
    """Return the same sets for one person in a case; the case need not contain the row yet."""
    people, case = _ids_above_suspect([involvement]), involvement.case
    return _group_by_finding(_query_providers([case.id], people) if people else (), case, people)


def find_shown_roles(involvements):
    """Return involvement id → the role that the judgments in force give, for people with the role of a convicted person.

    The entered role is a fact of its day: a judgment can become final later, be set aside or voided. Runs no query without
    such people.
    """
    convicted = [row for row in involvements if row.role in CONVICTED_ROLES]
    if not convicted:
        return {}
    found = _query_providers({row.case_id for row in convicted}, {row.person_id for row in convicted})
    best = {}
    for case_id, person_id, finding in found:
        for row in convicted:
            if row.person_id == person_id and case_id in (None, row.case_id):
                best[row.id] = max(best.get(row.id, ""), finding, key=_STRENGTH.index)
    return {row.id: get_shown_role(row.role, best.get(row.id, "")) for row in convicted}


def get_shown_role(role, finding):
    """Return the role that is shown for an entered role and the strongest finding in force, "" for none."""
    return _ROLE_OF_FINDING[finding] if role in CONVICTED_ROLES else role


def _ids_above_suspect(rows):
    """Return the ids of people with a role above suspect."""
    people = {row.person.id for row in rows if row.role in DECIDED_ROLES and row.person is not None}
    return people - {None}


def _group_by_finding(rows, case, people):
    groups = {finding: set() for finding in _IMPLIED}
    for of_case_id, person_id, finding, *details in rows:
        is_of_case = of_case_id == case.id if of_case_id is not None else _is_about(case, *details)
        if person_id in people and is_of_case:
            for implied in _IMPLIED[finding]:
                groups[implied].add(person_id)
    return groups


def _is_about(case, offence_code, decided_on):
    """Return whether a decision without a case can be about this case: the same offence, and not before it."""
    offences = {
        row.offence.code if row.offence is not None else row.offence_code
        for row in exclude_voided(case.offences)
    }
    occurred = case.occurred_from
    return offence_code in offences and (occurred is None or decided_on >= occurred.date())


def _query_providers(cases, people):
    """Return the rows of all providers, nationwide: court and prison may be in another province."""
    with nationwide_session(protected_too=True) as session:
        return [row for find in _providers for row in session.execute(find(cases, people)).all()]
