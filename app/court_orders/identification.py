"""Finds the registered people that an order can mean, and builds a new person from it."""

from dataclasses import dataclass, replace

from sqlalchemy import and_, or_, select

from app.court_orders.queries import COMPARED_FIELDS, NAMED_FIELDS
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.kernel.schema.fields import fields_of
from app.kernel.schema.rules import check_rules
from app.kernel.text import dates
from app.people import nationwide
from app.people.comparison import compare_people
from app.people.models import Person
from app.people.rules import PERSON, PersonFacts

MAX_CANDIDATES = 8


@dataclass(frozen=True)
class Candidate:
    """A person card, the token that selects it, and the labels of fields that differ from the order."""

    card: nationwide.PersonCard
    token: str
    differences: tuple

    @property
    def birth_year_text(self):
        return format_value(self.card.birth_year)


def find_candidates(order):
    """Return registered people with the names in the order, best match first. Searches nationwide."""
    names = [
        and_(Person.surname_km == order.surname_km, Person.given_km == order.given_km)
        if order.surname_km and order.given_km
        else None,
        and_(Person.surname_latin == order.surname_latin, Person.given_latin == order.given_latin)
        if order.surname_latin and order.given_latin
        else None,
    ]
    conditions = [one for one in names if one is not None]
    if not conditions:
        return []
    found = select(Person).where(or_(*conditions), Person.voided_at.is_(None)).limit(10 * MAX_CANDIDATES)
    with nationwide.nationwide_session() as session:
        cards = [
            (list_differences(order, person), nationwide.PersonCard.from_person(person))
            for person in session.scalars(found)
        ]
    best = sorted(cards, key=lambda pair: (len(pair[0]), pair[1].id))[:MAX_CANDIDATES]
    return [Candidate(card, nationwide.make_card_token(card), differences) for differences, card in best]


def list_differences(order, person):
    """Return the labels of the fields that differ between order and person. Empty fields do not count."""
    labels = fields_of(Person)
    return tuple(
        labels[name].label
        for name in COMPARED_FIELDS
        if getattr(order, name) and getattr(person, name) and getattr(order, name) != getattr(person, name)
    )


def build_person(order):
    """Return a new person with the data in the order."""
    birth = {"birth_precision": "day"} if order.born_on else {}
    named = {name: getattr(order, name) for name in NAMED_FIELDS}
    return Person(**named, photo_missing="not_available", origin=order.origin, **birth)


def check_new_person(person):
    """Return the problems that the person rules find in a new person, at the field `person`.

    The order can still be edited if data is missing.
    """
    found = compare_people([person])
    facts = PersonFacts(
        now=dates.now(),
        has_case=True,
        countries=set(code_lists.keys("nationality")),
        same_people=found.same_people.get(id(person), ()),
        alike_people=found.alike_people.get(id(person), ()),
    )
    return [replace(problem, field="person", row=None) for problem in check_rules(PERSON, person, facts)]
