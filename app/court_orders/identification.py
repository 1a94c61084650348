"""The check by a second officer: who of the register the paper may mean, asked in the nation, and a new person."""

from dataclasses import dataclass, replace

from sqlalchemy import and_, or_, select

from app.court_orders.queries import COMPARED
from app.kernel.schema import code_lists
from app.kernel.schema.display import said
from app.kernel.schema.fields import declared
from app.kernel.schema.rules import ask
from app.kernel.text import dates
from app.people import nationwide, queries
from app.people.models import Person
from app.people.rules import PERSON, PersonFacts

MOST = 8


@dataclass(frozen=True)
class Candidate:
    """One card, the word by which it is chosen, and the fields in which the paper says something else."""

    card: nationwide.Card
    word: str
    differs: tuple

    @property
    def born(self):
        return said(self.card.birth_year)


def candidates(order):
    """Registered people whom the paper may name, the likest first."""
    named = [
        and_(Person.surname_km == order.surname_km, Person.given_km == order.given_km)
        if order.surname_km and order.given_km
        else None,
        and_(Person.surname_latin == order.surname_latin, Person.given_latin == order.given_latin)
        if order.surname_latin and order.given_latin
        else None,
    ]
    conditions = [one for one in named if one is not None]
    if not conditions:
        return []
    found = select(Person).where(or_(*conditions), Person.voided_at.is_(None)).limit(10 * MOST)
    with nationwide.nation() as session:
        cards = [(differing(order, person), nationwide.Card.of(person)) for person in session.scalars(found)]
    likest = sorted(cards, key=lambda pair: (len(pair[0]), pair[1].id))[:MOST]
    return [Candidate(card, nationwide.token_of(card), differs) for differs, card in likest]


def differing(order, person):
    """The labels of what the paper and the register tell differently; what one of them leaves out is no difference."""
    labels = declared(Person)
    return tuple(
        labels[name].label
        for name in COMPARED
        if getattr(order, name) and getattr(person, name) and getattr(order, name) != getattr(person, name)
    )


def new_person(order):
    """The person as the paper names him."""
    born = {"birth_precision": "day"} if order.born_on else {}
    return Person(
        surname_km=order.surname_km, given_km=order.given_km, surname_latin=order.surname_latin,
        given_latin=order.given_latin, sex=order.sex, born_on=order.born_on, age_stated=order.age_stated,
        nationality=order.nationality, father_name=order.father_name, home_code=order.home_code,
        photo_missing="not_available", origin=order.origin, **born,
    )  # fmt: skip


def problems_of(person):
    """What the rules of a person say of a new one, beside the box in which he is chosen.

    Where something is missing, the paper can still be changed.
    """
    with nationwide.nation(protected_too=True) as everybody:
        same, alike = queries.namesakes(everybody, [person])
    facts = PersonFacts(
        now=dates.now(),
        has_case=True,
        countries=set(code_lists.keys("nationality")),
        same_people=same.get(id(person), ()),
        alike_people=alike.get(id(person), ()),
    )
    return [replace(problem, field="person", row=None) for problem in ask(PERSON, person, facts)]
