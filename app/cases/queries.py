"""Facts for the rules of a case. This is the only place where an entry queries outside the clerk's scope."""

from datetime import timedelta
from functools import cache

from sqlalchemy import DateTime, String, bindparam, literal_column, select, true
from sqlalchemy.orm import joinedload, selectinload

from app.cases import court_findings
from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules import CaseFacts
from app.cases.rules.people import SUSPECT_ROLES, VICTIM
from app.extensions import db
from app.kernel.access.row_filter import cacheable
from app.kernel.audit.access_log import DATA_ENTRY
from app.kernel.database.array_params import rows_from_json, to_json_rows
from app.kernel.database.engine import dialect_name
from app.kernel.schema import code_lists
from app.kernel.system_kind import is_practice
from app.kernel.text import dates, khmer
from app.people import status
from app.people.comparison import compare_people
from app.people.models import Person, PersonDocument
from app.people.nationwide import nationwide_session
from app.people.rules import normalize_document_number
from app.reference.models import Offence, Place

IN_PRISON = (status.DETAINED, status.SERVING)
MAX_EXAMPLES = 5  # matching examples shown to a clerk, of each kind
PLACE_AND_DAY = {"place_code": String, "begins": DateTime, "ends": DateTime}
MAX_CASES = 100  # newest cases of a person that are checked when the person changes


def load_facts(case, unit, draft="", compares=True):
    """Return the facts that the rules of `case` need. `draft` names the entry of a new case.

    Without `compares` nothing is compared with people and cases outside the user's scope.
    """
    return load_facts_of_cases([case], unit, draft, compares)[id(case)]


def load_facts_of_cases(cases, unit, draft="", compares=True):
    """Return id(case) → CaseFacts, with at most five statements for any number of cases."""
    compares = compares and not is_practice()  # in a practice system all trainees enter the same incidents
    found = _compare_new_people([row for case in cases for row in case.involvements], draft, compares)
    similar = {}
    if compares:
        with nationwide_session(by_keys=True) as nationwide:
            similar = _find_similar_cases(nationwide, cases)
    centres = _find_centres(cases)
    imprisoned = find_imprisoned(row for case in cases for row in case.involvements)
    decisions = court_findings.find_for_cases(cases)
    now = dates.now()
    return {
        id(case): CaseFacts(
            now=case.recorded_at or now,
            unit=unit,
            place_exists=_place_existed(case),
            centre=centres.get(case.place.code[:6]) if case.place is not None else None,
            similar_cases=similar.get(id(case), ()),
            imprisoned_since=imprisoned,
            **decisions[case],
            **found,
        )
        for case in cases
    }


def load_facts_of_rows(case, involvements, draft):
    """Return the facts that the rules of new rows of a registered case need, in at most three statements.

    `involvements` are the new ones. The other facts only produce warnings about the case itself and its other rows, which
    were shown when they were entered.
    """
    return CaseFacts(
        now=dates.now(),
        imprisoned_since=find_imprisoned(involvements),
        **court_findings.find_for_rows(case, involvements),
        **_compare_new_people(involvements, draft, not is_practice()),
    )


def _compare_new_people(involvements, draft, compares):
    """Return name → value of the facts about the unregistered people among the involvements."""
    if not compares:
        return {"countries": set(code_lists.keys("nationality"))}
    people_of = [row.person for row in involvements if row.person is not None]
    new_people = list({id(one): one for one in people_of if one.id is None}.values())
    found = compare_people(new_people, (d for one in new_people for d in one.documents), DATA_ENTRY, draft)
    return {
        "countries": set(code_lists.keys("nationality")),
        "documents_elsewhere": found.documents_elsewhere,
        "same_people": found.same_people,
        "alike_people": found.alike_people,
    }


def load_offences(keys):
    """Return the offences with these keys and their laws; empty if there is only one to load."""
    if len(keys) < 2:
        return ()
    return db.session.scalars(_select_offences(), {"keys": keys}).all()


@cache
def _select_offences():
    requested = Offence.code.in_(bindparam("keys", expanding=True))
    return cacheable(select(Offence).where(requested).options(joinedload(Offence.law)))


def load_cases(*conditions, kinds=("offences", "involvements", "photos", "exhibits")):
    """Return the newest matching cases with their place and rows of these kinds, in a constant number of statements.

    With all kinds, they have all that their rules read.
    """
    person = selectinload(Case.involvements).joinedload(Involvement.person)
    loads = {
        "offences": [selectinload(Case.offences).joinedload(CaseOffence.offence).joinedload(Offence.law)],
        "involvements": [person.selectinload(Person.documents)],
        "photos": [person.selectinload(Person.photos)],
        "exhibits": [selectinload(Case.exhibits)],
    }
    statement = (
        select(Case)
        .where(*conditions)
        .order_by(Case.id.desc())
        .limit(MAX_CASES)
        .options(joinedload(Case.place), *(load for kind in kinds for load in loads[kind]))
    )
    return db.session.scalars(statement).all()


def load_holders(case, numbers):
    """Return the involvements of the people in a case who hold a document with one of these numbers."""
    keys = [normalize_document_number(one) for one in numbers]
    return db.session.scalars(_select_holders(), {"case_id": case.id, "keys": keys}).all()


@cache
def _select_holders():
    has_number = (
        PersonDocument.voided_at.is_(None),
        PersonDocument.number_key.in_(bindparam("keys", expanding=True)),
    )
    return cacheable(
        select(Involvement)
        .where(
            Involvement.case_id == bindparam("case_id"),
            Involvement.person_id.in_(select(PersonDocument.person_id).where(*has_number)),
        )
        .options(joinedload(Involvement.person).selectinload(Person.documents))
    )


def _place_existed(case):
    place = case.place
    if place is None or case.occurred_from is None:
        return None
    day = case.occurred_from.date()
    return (place.valid_from is None or place.valid_from <= day) and (
        place.valid_to is None or day <= place.valid_to
    )


def _find_centres(cases):
    """Return commune code → (latitude, longitude), for cases with a position."""
    communes = {case.place.code[:6] for case in cases if case.place is not None and case.latitude is not None}
    if not communes:
        return {}
    place = select(Place.code, Place.latitude, Place.longitude).where(
        Place.code.in_(communes), Place.latitude.is_not(None)
    )
    return {code: (latitude, longitude) for code, latitude, longitude in db.session.execute(place)}


def find_imprisoned(involvements):
    """Return person id → first day in prison, of the registered suspects among the involvements (V100)."""
    suspects = (row.person for row in involvements if row.role in SUSPECT_ROLES)
    known = sorted({one.id for one in suspects if one is not None and one.id is not None})
    statuses = status.get_statuses(db.session, known) if known else {}
    imprisoned = {}
    for fact in status.list_facts(
        db.session, statuses
    ):  # a warrant in another matter is shown instead of the prison
        if fact.status in IN_PRISON and fact.since:
            imprisoned[fact.person_id] = min(fact.since, imprisoned.get(fact.person_id, fact.since))
    return imprisoned


def similarity_keys(case):
    """Return the keys that two entries of one case share (V023): of its victims, or of its suspects without a victim."""
    return _find_keys(case, (VICTIM,)) or _find_keys(case, SUSPECT_ROLES)


def _find_keys(case, roles):
    """Return (place, day, offence, name) of the people in these roles."""
    if case.place is None or case.occurred_from is None:
        return set()
    offences = {row.offence.code for row in case.offences if row.offence}
    names = {khmer.sort_key(str(row.person)) for row in case.involvements if row.role in roles and row.person}
    day = _start_of_day(case.occurred_from)
    return {(case.place.code, day, offence, name) for offence in offences for name in names}


def _start_of_day(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _find_similar_cases(nationwide, cases):
    """Return id(case) → numbers of similar registered cases nationwide, without protected people.

    Similar cases share a victim. Where one of the two names no victim, they share a suspect.
    """
    days = {key[:2] for case in cases for key in _find_keys(case, (VICTIM, *SUSPECT_ROLES))}
    if not days:
        return {}
    victims, suspects, with_victim = {}, {}, set()
    for pk, number, role, place, moment, *mark in _find_candidate_rows(nationwide, days):
        if role == VICTIM:
            with_victim.add(pk)
        if role in (VICTIM, *SUSPECT_ROLES):
            known = victims if role == VICTIM else suspects
            known.setdefault((place, _start_of_day(moment), *mark), {})[pk] = number
    found = {}
    for case in cases:
        own = _find_keys(case, (VICTIM,))
        similar = _collect_numbers(victims, own)
        for pk, number in _collect_numbers(suspects, _find_keys(case, SUSPECT_ROLES)).items():
            if not own or pk not in with_victim:
                similar[pk] = number
        similar.pop(case.id, None)
        found[id(case)] = tuple(similar.values())[:MAX_EXAMPLES]
    return found


def _collect_numbers(known, keys):
    return {pk: number for key in sorted(keys) for pk, number in known.get(key, {}).items()}


def _find_candidate_rows(session, days):
    """Return (id, number, role, place, moment, offence, person) rows of all cases of these places and days."""
    periods = [(place, day, day + timedelta(days=1)) for place, day in sorted(days)]
    if len(periods) > 1:
        return session.execute(_select_for_days(dialect_name(session)), {"periods": to_json_rows(periods)})
    return session.execute(_select_for_one_day(), dict(zip(PLACE_AND_DAY, periods[0], strict=True)))


@cache
def _select_for_one_day():
    """Return the statement for the one place and day of a save."""
    return _select_candidates(
        select(*(bindparam(name, type_=kind).label(name) for name, kind in PLACE_AND_DAY.items())).cte(
            "periods"
        )
    )


@cache
def _select_for_days(dialect):
    periods = rows_from_json(dialect, "periods", **PLACE_AND_DAY)
    if dialect == "sqlite":
        return _select_candidates(periods)
    # One lateral query for each day: PostgreSQL estimates that each place has many days, and would read all
    # cases and people.
    candidates = _select_candidates(periods).correlate(periods).offset(literal_column("0")).lateral()
    return select(candidates).select_from(periods.join(candidates, true()))


def _select_candidates(periods):
    """Return the select of candidate rows.

    An index serves only place and day. A database without table statistics would otherwise start from all victims
    nationwide.
    """
    return (
        select(
            Case.id,
            Case.number,
            Involvement.role,
            Case.place_code,
            Case.occurred_from,
            CaseOffence.offence_code,
            Person.name_sort,
        )
        .select_from(Case)
        .join(CaseOffence, CaseOffence.case_id == Case.id)
        .join(Involvement, Involvement.case_id == Case.id)
        .join(Person, Person.id == Involvement.person_id)
        .where(
            Case.place_code == periods.c.place_code,
            Case.occurred_from >= periods.c.begins,
            Case.occurred_from < periods.c.ends,
            Case.voided_at.is_(None),
            CaseOffence.voided_at.is_(None),
            Involvement.voided_at.is_(None),
        )
    )
