"""Questions about persons that go beyond the asker's own area: who else bears this number or this name.

They are asked through the door, and what comes back is a card or a number (settled: nationwide knowledge).
"""

from sqlalchemy import select, tuple_

from app.kernel.actors import Scope
from app.kernel.words import _
from app.people.door import Card, nation
from app.people.models import Person, PersonDocument
from app.people.rules import document_key, may_be_one_country
from app.people.visibility import sees

MOST = 5  # examples of each kind of likeness that a clerk is shown


def documents_elsewhere(documents):
    """document_key → number of another registered person who bears it (V036); of a protected one only that there is.

    Whose document it is must be loaded, where it is registered.
    """
    asked = [(document_key(d.number), d.kind, d.country, _bearer(d)) for d in documents if d.number]
    if not asked:
        return {}
    statement = select(
        PersonDocument.number_key,
        PersonDocument.kind,
        PersonDocument.country,
        PersonDocument.person_id,
        sees(PersonDocument.person_id, Scope()).label("has_card"),
    ).where(
        PersonDocument.voided_at.is_(None),
        PersonDocument.number_key.in_({key for key, *_rest in asked}),
    )
    with nation(protected_too=True) as session:
        rows = session.execute(statement).all()
    return {
        row.number_key: f"P-{row.person_id:07d}"
        if row.has_card
        else _("somebody whose identity is protected")
        for row in rows
        if any(
            (key, kind) == (row.number_key, row.kind)
            and may_be_one_country(country, row.country)
            and bearer != row.person_id
            for key, kind, country, bearer in asked
        )
    }


def _bearer(document):
    return document.person.id if document.person is not None else document.person_id


def same_people(people):
    """id(person) → registered people of the same name, sex and birth (V037)."""
    asked = {
        id(p): (p.surname_km, p.given_km, p.sex) for p in people if p.surname_km and p.given_km and p.sex
    }
    if not asked:
        return {}
    statement = (
        select(Person)
        .where(Person.voided_at.is_(None))
        .where(tuple_(Person.surname_km, Person.given_km, Person.sex).in_(set(asked.values())))
        .limit(50 * MOST)
    )
    answer = {}
    with nation() as session:
        found = session.scalars(statement).all()
        for person in people:
            same = [
                Card.of(f)
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
    asked = {id(person): _latin_and_father(person) for person in people}
    asked = {one: names for one, names in asked.items() if all(names)}
    if not asked:
        return {}
    statement = (
        select(Person)
        .where(Person.voided_at.is_(None))
        .where(tuple_(Person.surname_latin, Person.given_latin, Person.father_name).in_(set(asked.values())))
        .limit(50 * MOST)
    )
    alike = {}
    with nation() as session:
        for person in session.scalars(statement):
            alike.setdefault(_latin_and_father(person), []).append(Card.of(person))
    return {one: alike[names][:MOST] for one, names in asked.items() if names in alike}


def _latin_and_father(person):
    return person.surname_latin, person.given_latin, person.father_name
