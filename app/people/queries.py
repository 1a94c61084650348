"""Questions about persons that go beyond the asker's own area: who else bears this number or this name."""

from sqlalchemy import and_, or_, select, tuple_

from app.extensions import db
from app.people.models import Person, PersonDocument
from app.people.rules import document_key, may_be_one_country

MOST = 5  # examples of each kind of likeness that a clerk is shown


def documents_elsewhere(documents):
    """document_key → number of the registered person who bears it (V036)."""
    asked = [(document_key(d.number), d.kind, d.country) for d in documents if d.number]
    if not asked:
        return {}
    statement = select(
        PersonDocument.number_key, PersonDocument.kind, PersonDocument.country, PersonDocument.person_id
    ).where(PersonDocument.number_key.in_({key for key, _kind, _country in asked}))
    return {
        row.number_key: f"P-{row.person_id:07d}"
        for row in db.session.execute(statement)
        if any(
            (key, kind) == (row.number_key, row.kind) and may_be_one_country(country, row.country)
            for key, kind, country in asked
        )
    }


def same_people(people):
    """id(person) → registered people of the same name, sex and birth (V037)."""
    asked = {
        id(p): (p.surname_km, p.given_km, p.sex) for p in people if p.surname_km and p.given_km and p.sex
    }
    if not asked:
        return {}
    found = db.session.scalars(
        select(Person)
        .where(tuple_(Person.surname_km, Person.given_km, Person.sex).in_(set(asked.values())))
        .limit(50 * MOST)
    ).all()
    answer = {}
    for person in people:
        same = [
            f
            for f in found
            if asked.get(id(person)) == (f.surname_km, f.given_km, f.sex) and _born_alike(person, f)
        ]
        if same:
            answer[id(person)] = same[:MOST]
    return answer


def _born_alike(person, found):
    if person.born_on and found.born_on:
        return person.born_on == found.born_on
    return False


def alike_people(people):
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
                    and_(
                        Person.surname_latin == surname,
                        Person.given_latin == given,
                        Person.father_name == father,
                    )
                    for surname, given, father in set(asked.values())
                )
            )
        )
        .limit(50 * MOST)
    ).all()
    return {
        id(p): [f for f in found if (f.surname_latin, f.given_latin, f.father_name) == asked[id(p)]][:MOST]
        for p in people
        if id(p) in asked
        and any((f.surname_latin, f.given_latin, f.father_name) == asked[id(p)] for f in found)
    }
