"""The lookup that proposes a registered person before a new one is created.

It finds by the beginning of a name in either script and either order, by document number and by the person's
own number. What is typed never stands in a URL (`private`).
"""

import re

from flask_babel import gettext
from sqlalchemy import and_, or_, select

from app.extensions import db
from app.kernel import codes, khmer, lookups
from app.people.models import Person, PersonDocument
from app.people.rules import document_key

MOST = 8
HIGHEST = "\U0010ffff"


def begins(column, text):
    """The column begins with `text`, answered by its index."""
    return and_(column >= text, column < text + HIGHEST)


def find(text):
    """Up to eight persons as lookup items, best first."""
    text = khmer.normal(text)
    number = re.fullmatch(r"[Pp]?-?0*(\d{1,9})", khmer.latin_digits(text))
    people = []
    if number:
        people = [p for p in (db.session.get(Person, int(number[1])),) if p is not None]
    if len(people) < MOST:
        people += [p for p in _by_document(text) if p not in people]
    if len(people) < MOST:
        people += [p for p in _by_name(text) if p not in people]
    return [_item(person, text) for person in people[:MOST]]


def _by_document(text):
    key = document_key(text)
    if len(key) < 4 or not any(ch.isdigit() for ch in key):
        return []
    return (
        db.session.scalars(
            select(Person)
            .join(PersonDocument, PersonDocument.person_id == Person.id)
            .where(begins(PersonDocument.number_key, key))
            .limit(MOST)
        )
        .unique()
        .all()
    )


def _by_name(text):
    first, _blank, rest = text.partition(" ")
    orders = [(first, rest)] + ([tuple(reversed(text.rsplit(" ", 1)))] if rest else [])
    found = []
    for surname, given in orders:
        if text.isascii():
            spellings = {str.upper, str.title, str}
            condition = or_(
                *(
                    _named(Person.surname_latin, Person.given_latin, style(surname), given.title())
                    for style in spellings
                )
            )
        else:
            condition = _named(Person.surname_km, Person.given_km, surname, given)
        rows = db.session.scalars(select(Person).where(condition).order_by(Person.id).limit(MOST)).all()
        found += [person for person in rows if person not in found]
    return found[:MOST]


def _named(surname_column, given_column, surname, given):
    if given:
        return and_(surname_column == surname, begins(given_column, given))
    return begins(surname_column, surname)


def _item(person, text):
    shown = str(person)
    start = shown.casefold().find(text.casefold())
    born = gettext("born %(year)s", year=person.birth_year) if person.birth_year else ""
    place = lookups.named("place").words(person.home_code) if person.home_code else ""
    detail = [person.name_latin, codes.label("sex", person.sex), born, person.number, place]
    return {
        "id": str(person.id),
        "text": shown,
        "detail": " · ".join(part for part in detail if part),
        "mark": [start, start + len(text)] if start >= 0 else None,
        "icon": "user",
    }


def get(key):
    """The person of that key; None for any other text."""
    return db.session.get(Person, int(key)) if key.isdecimal() and len(key) < 10 else None


def register():
    lookups.register("person", find, get, private=True)
