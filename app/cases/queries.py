"""Questions a case asks of the whole register: the one place where an entry looks beyond its own area."""

from datetime import timedelta
from functools import cache

from sqlalchemy import DateTime, String, bindparam, literal_column, select, true
from sqlalchemy.orm import joinedload, selectinload

from app.cases import court_findings
from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules import CaseFacts
from app.cases.rules.people import SUSPECTED
from app.extensions import db
from app.kernel.access.row_filter import kept
from app.kernel.database.array_params import as_rows, rows_of
from app.kernel.database.engine import dialect_of
from app.kernel.schema import code_lists
from app.kernel.text import dates, khmer
from app.people import queries as people
from app.people import status
from app.people.models import Person
from app.people.nationwide import nation
from app.reference.models import Offence, Place

IN_PRISON = (status.DETAINED, status.SERVING)
MOST = 5  # examples of each kind of likeness that a clerk is shown
ON_A_DAY = {"place_code": String, "begins": DateTime, "ends": DateTime}
MOST_CASES = 100  # of one person that are asked when he is changed, the newest


def facts(case, unit):
    """What the rules of `case` must know from elsewhere."""
    return facts_of([case], unit)[id(case)]


def facts_of(cases, unit):
    """id(case) → CaseFacts of each, asked in at most five statements, however many cases there are."""
    people_of = [row.person for case in cases for row in case.involvements if row.person is not None]
    new_people = list({id(one): one for one in people_of if one.id is None}.values())
    with nation(protected_too=True, by_keys=True) as everybody:
        same, alike = people.namesakes(everybody, new_people)
        documents = people.documents_elsewhere(everybody, (d for one in new_people for d in one.documents))
        similar = _similar_cases(everybody, cases)
    centres = _centres(cases)
    in_prison = held(row for case in cases for row in case.involvements)
    decisions = court_findings.of_cases(cases)
    countries, now = set(code_lists.keys("nationality")), dates.now()
    return {
        id(case): CaseFacts(
            now=case.recorded_at or now,
            unit=unit,
            place_exists=_existed(case),
            centre=centres.get(case.place.code[:6]) if case.place is not None else None,
            similar_cases=similar.get(id(case), ()),
            held=in_prison,
            **decisions[case],
            countries=countries,
            documents_elsewhere=documents,
            same_people=same,
            alike_people=alike,
        )
        for case in cases
    }


def offences_of(keys):
    """The offences with these keys and their laws, where there is more than one to read."""
    if len(keys) < 2:
        return ()
    return db.session.scalars(_offences(), {"keys": keys}).all()


@cache
def _offences():
    asked = Offence.code.in_(bindparam("keys", expanding=True))
    return kept(select(Offence).where(asked).options(joinedload(Offence.law)))


def whole_cases(*conditions):
    """The newest cases that fit, with all that their rules read; the number of statements is always the same."""
    person = selectinload(Case.involvements).joinedload(Involvement.person)
    statement = (
        select(Case)
        .where(*conditions)
        .order_by(Case.id.desc())
        .limit(MOST_CASES)
        .options(
            joinedload(Case.place),
            selectinload(Case.offences).joinedload(CaseOffence.offence).joinedload(Offence.law),
            selectinload(Case.exhibits),
            person.selectinload(Person.documents),
            person.selectinload(Person.photos),
        )
    )
    return db.session.scalars(statement).all()


def _existed(case):
    place = case.place
    if place is None or case.occurred_from is None:
        return None
    day = case.occurred_from.date()
    return (place.valid_from is None or place.valid_from <= day) and (
        place.valid_to is None or day <= place.valid_to
    )


def _centres(cases):
    """Commune → its middle, of the cases that tell a position."""
    asked = {case.place.code[:6] for case in cases if case.place is not None and case.latitude is not None}
    if not asked:
        return {}
    place = select(Place.code, Place.latitude, Place.longitude).where(
        Place.code.in_(asked), Place.latitude.is_not(None)
    )
    return {code: (latitude, longitude) for code, latitude, longitude in db.session.execute(place)}


def held(involvements):
    """person id → since when he is in prison, of the registered suspects among them (V100)."""
    suspects = (row.person for row in involvements if row.role in SUSPECTED)
    known = sorted({one.id for one in suspects if one is not None and one.id is not None})
    statuses = status.of(db.session, known) if known else {}
    return {pk: one.since for pk, one in statuses.items() if one.status in IN_PRISON and one.since}


def likeness(case):
    """What two entries of one case have in common (V023): (place, day, offence, a victim's name), each of them."""
    if case.place is None or case.occurred_from is None:
        return set()
    offences = {row.offence.code for row in case.offences if row.offence}
    victims = {
        khmer.sort_key(str(row.person)) for row in case.involvements if row.role == "victim" and row.person
    }
    day = _day(case.occurred_from)
    return {(case.place.code, day, offence, victim) for offence in offences for victim in victims}


def _day(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _similar_cases(everybody, cases):
    """id(case) → numbers of registered cases that are like it, in the whole nation."""
    asked = {id(case): (case.id, marks) for case in cases if (marks := likeness(case))}
    if not asked:
        return {}
    days = {mark[:2] for _pk, marks in asked.values() for mark in marks}
    known = {}
    for pk, number, role, place, moment, *mark in _rows_like(everybody, days):
        if role == "victim":
            known.setdefault((place, _day(moment), *mark), {})[pk] = number
    found = {}
    for one, (own, marks) in asked.items():
        there = {pk: number for mark in marks for pk, number in known.get(mark, {}).items() if pk != own}
        found[one] = tuple(there.values())[:MOST]
    return found


def _rows_like(session, days):
    """(id, number, role, place, moment, offence, person) of every case of these places and days with its rows."""
    asked = [(place, day, day + timedelta(days=1)) for place, day in sorted(days)]
    if len(asked) > 1:
        return session.execute(_on_some_days(dialect_of(session)), {"asked": as_rows(asked)})
    return session.execute(_on_a_day(), dict(zip(ON_A_DAY, asked[0], strict=True)))


@cache
def _on_a_day():
    """The statement for the one place and day of a save."""
    return _like(
        select(*(bindparam(name, type_=kind).label(name) for name, kind in ON_A_DAY.items())).cte("asked")
    )


@cache
def _on_some_days(dialect):
    asked = rows_of(dialect, "asked", **ON_A_DAY)
    if dialect == "sqlite":
        return _like(asked)
    # Day by day: PostgreSQL would take each place for one of many days, and read all cases and people instead.
    of_one = _like(asked).correlate(asked).offset(literal_column("0")).lateral()
    return select(of_one).select_from(asked.join(of_one, true()))


def _like(asked):
    """Nothing but the place and the day is what an index serves: a database that does not know its tables yet would begin
    with all victims of the nation.
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
            Case.place_code == asked.c.place_code,
            Case.occurred_from >= asked.c.begins,
            Case.occurred_from < asked.c.ends,
            Case.voided_at.is_(None),
            CaseOffence.voided_at.is_(None),
            Involvement.voided_at.is_(None),
        )
    )
