"""Questions a case asks of the whole register: the one place where an entry looks beyond its own area."""

from datetime import timedelta

from sqlalchemy import and_, or_, select, tuple_

from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules import CaseFacts
from app.extensions import db
from app.kernel import codes, dates, khmer
from app.people.models import Person, PersonDocument, document_key
from app.reference.models import Place

MOST = 5  # examples of each kind of likeness that a clerk is shown


def facts(case, unit):
    """What the rules of `case` must know from elsewhere, asked in at most five statements."""
    new_people = [row.person for row in case.involvements if row.person is not None and row.person.id is None]
    return CaseFacts(
        now=case.recorded_at or dates.now(),
        unit=unit,
        place_exists=_existed(case),
        centre=_centre(case),
        similar_cases=_similar_cases(case),
        countries=set(codes.keys("nationality")),
        documents_elsewhere=_documents_elsewhere(new_people),
        same_people=_same_people(new_people),
        alike_people=_alike_people(new_people),
    )


def _existed(case):
    place = case.place
    if place is None or case.occurred_from is None:
        return None
    day = case.occurred_from.date()
    return (place.valid_from is None or place.valid_from <= day) and (place.valid_to is None or day <= place.valid_to)


def _centre(case):
    if case.place is None or case.latitude is None:
        return None
    row = db.session.execute(
        select(Place.latitude, Place.longitude).where(Place.code == case.place.code[:6], Place.latitude.is_not(None))
    ).one_or_none()
    return tuple(row) if row else None


def _similar_cases(case):
    """Numbers of cases of the same place, day and offence (V023)."""
    offences = [row.offence.code for row in case.offences if row.offence]
    if case.place is None or case.occurred_from is None or not offences:
        return ()
    day = case.occurred_from.replace(hour=0, minute=0, second=0, microsecond=0)
    names = [khmer.sort_key(str(row.person)) for row in case.involvements if row.role == "victim" and row.person]
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
        )
        .limit(MOST)
    )
    return tuple(dict.fromkeys(db.session.scalars(statement))) if names else ()


def _documents_elsewhere(people):
    """document_key → number of the registered person who bears it (V036)."""
    keys = {document_key(d.number): (d.kind, d.country) for person in people for d in person.documents if d.number}
    if not keys:
        return {}
    statement = select(PersonDocument.number_key, PersonDocument.kind, PersonDocument.country, PersonDocument.person_id).where(
        PersonDocument.number_key.in_(keys)
    )
    return {
        row.number_key: f"P-{row.person_id:07d}"
        for row in db.session.execute(statement)
        if (row.kind, row.country) == keys[row.number_key]
    }


def _same_people(people):
    """id(person) → registered people of the same name, sex and birth (V037)."""
    asked = {id(p): (p.surname_km, p.given_km, p.sex) for p in people if p.surname_km and p.given_km and p.sex}
    if not asked:
        return {}
    found = db.session.scalars(
        select(Person)
        .where(tuple_(Person.surname_km, Person.given_km, Person.sex).in_(set(asked.values())))
        .limit(50 * MOST)
    ).all()
    answer = {}
    for person in people:
        same = [f for f in found if asked.get(id(person)) == (f.surname_km, f.given_km, f.sex) and _born_alike(person, f)]
        if same:
            answer[id(person)] = same[:MOST]
    return answer


def _born_alike(person, found):
    if person.born_on and found.born_on:
        return person.born_on == found.born_on
    return False


def _alike_people(people):
    """id(person) → registered people with the same father's name and a name alike in Latin letters (V038)."""
    asked = {
        id(p): (p.surname_latin, p.given_latin, p.father_name)
        for p in people
        if p.surname_latin and p.given_latin and p.father_name
    }
    if not asked:
        return {}
    found = db.session.scalars(
        select(Person)
        .where(
            or_(
                *(
                    and_(Person.surname_latin == surname, Person.given_latin == given, Person.father_name == father)
                    for surname, given, father in set(asked.values())
                )
            )
        )
        .limit(50 * MOST)
    ).all()
    return {
        id(p): [f for f in found if (f.surname_latin, f.given_latin, f.father_name) == asked[id(p)]][:MOST]
        for p in people
        if id(p) in asked and any((f.surname_latin, f.given_latin, f.father_name) == asked[id(p)] for f in found)
    }
