"""Questions a case asks of the whole register: the one place where an entry looks beyond its own area."""

from datetime import timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload, selectinload

from app.cases import decided
from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules import CaseFacts
from app.cases.rules.people import SUSPECTED
from app.extensions import db
from app.kernel import codes, dates, khmer
from app.people import queries as people
from app.people import status
from app.people.door import nation
from app.people.models import Person
from app.reference.models import Offence, Place

IN_PRISON = (status.DETAINED, status.SERVING)
MOST = 5  # examples of each kind of likeness that a clerk is shown
MOST_CASES = 100  # of one person that are asked when he is changed, the newest


def facts(case, unit):
    """What the rules of `case` must know from elsewhere, asked in at most five statements."""
    new_people = [row.person for row in case.involvements if row.person is not None and row.person.id is None]
    same, alike = people.namesakes(new_people)
    return CaseFacts(
        now=case.recorded_at or dates.now(),
        unit=unit,
        place_exists=_existed(case),
        centre=_centre(case),
        similar_cases=_similar_cases(case),
        held=_held(case),
        **decided.of_case(case),
        countries=set(codes.keys("nationality")),
        documents_elsewhere=people.documents_elsewhere(d for person in new_people for d in person.documents),
        same_people=same,
        alike_people=alike,
    )


def offences_of(keys):
    """The offences with these keys and their laws, where there is more than one to read."""
    if len(keys) < 2:
        return ()
    found = select(Offence).where(Offence.code.in_(keys)).options(joinedload(Offence.law))
    return db.session.scalars(found).all()


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


def _centre(case):
    if case.place is None or case.latitude is None:
        return None
    row = db.session.execute(
        select(Place.latitude, Place.longitude).where(
            Place.code == case.place.code[:6], Place.latitude.is_not(None)
        )
    ).one_or_none()
    return tuple(row) if row else None


def _held(case):
    """person id → since when he is in prison, of the registered suspects (V100)."""
    known = [row.person.id for row in case.involvements if row.role in SUSPECTED and row.person is not None]
    known = [one for one in known if one is not None]
    statuses = status.of(db.session, known) if known else {}
    return {pk: one.since for pk, one in statuses.items() if one.status in IN_PRISON and one.since}


def _similar_cases(case):
    """Numbers of cases of the same place, day and offence (V023)."""
    offences = [row.offence.code for row in case.offences if row.offence]
    if case.place is None or case.occurred_from is None or not offences:
        return ()
    day = case.occurred_from.replace(hour=0, minute=0, second=0, microsecond=0)
    names = [
        khmer.sort_key(str(row.person)) for row in case.involvements if row.role == "victim" and row.person
    ]
    statement = (
        select(Case.number)
        .join(CaseOffence, CaseOffence.case_id == Case.id)
        .join(Involvement, and_(Involvement.case_id == Case.id, Involvement.role == "victim"))
        .join(Person, Person.id == Involvement.person_id)
        .where(
            Case.place_code == case.place.code,
            Case.occurred_from >= day,
            Case.occurred_from < day + timedelta(days=1),
            CaseOffence.offence_code.in_(offences),
            Person.name_sort.in_(names),
            Case.id != (case.id or 0),
            Case.voided_at.is_(None),
            CaseOffence.voided_at.is_(None),
            Involvement.voided_at.is_(None),
        )
        .limit(MOST)
    )
    if not names:
        return ()
    with nation(protected_too=True) as session:
        return tuple(dict.fromkeys(session.scalars(statement)))
