"""The lookups of a person: `person` among those whom the asker sees, and `card` in the whole nation.

They find by a name in either script and either order, spelled alike or only begun, by document number and by the
person's own number, in Khmer digits too. Outside the asker's part only the card is shown (`people.door`), and it may only be hung on a case. What is
typed never stands in a URL (`private`).
"""

import re

from flask_babel import gettext
from sqlalchemy import and_, or_, select

from app.extensions import db
from app.kernel.schema import code_lists, lookups
from app.kernel.text import khmer
from app.name_search.person_search import find as find_by_name
from app.people import nationwide, status
from app.people.merged_records import leads_to
from app.people.models import Person, PersonDocument
from app.people.rules import document_key
from app.people.status_badges import mark_of
from app.people.thumbnails import faces_of

MOST, OWN = 8, 5  # who is proposed, and how many of them are so because the asker sees them
HIGHEST = "\U0010ffff"


def begins(column, text):
    """The column begins with `text`, answered by its index."""
    return and_(column >= text, column < text + HIGHEST)


def find(text):
    """Up to eight persons of the nation as lookup items: first those whom the asker sees and whose name begins so, then the
    best of all. `outside`: only the card may be seen. Of a common name the nation alone would fill the list.
    """
    own = _by_letters(db.session, khmer.normal(text))[:OWN]
    with nationwide.nation() as session:
        people = list({person.id: person for person in (*own, *_found(session, text))}.values())[:MOST]
        mine = nationwide.within([person.id for person in people])
        known, faces = status.of(session, [person.id for person in people]), faces_of(mine)
        return [
            _item(person, text, person.id in mine, known.get(person.id)) | {"photo": faces.get(person.id)}
            for person in people
        ]


def find_mine(text):
    """Up to eight persons whose record the asker may open, best first."""
    people = _found(db.session, text)
    known = status.of(db.session, [person.id for person in people])
    return [_item(person, text, True, known.get(person.id)) for person in people]


def _found(session, text):
    text = khmer.normal(text)
    number = re.fullmatch(r"[Pp]?-?0*(\d{1,9})", khmer.latin_digits(text))
    people = []
    if number:
        asked = int(number[1])
        people = [p for p in (session.get(Person, leads_to(asked) or asked),) if p is not None]
    if len(people) < MOST:
        people += [p for p in _by_document(session, text) if p not in people]
    if len(people) < MOST:
        people += [p for p in _by_name(session, text) if p not in people]
    return people[:MOST]


def _by_document(session, text):
    key = document_key(text)
    if len(key) < 4 or not any(ch.isdigit() for ch in key):
        return []
    return (
        session.scalars(
            select(Person)
            .join(PersonDocument, PersonDocument.person_id == Person.id)
            .where(begins(PersonDocument.number_key, key))
            .limit(MOST)
        )
        .unique()
        .all()
    )


def _by_name(session, text):
    """Those whose name begins so in the very letters, then those who are called alike."""
    people = _by_letters(session, text)
    if len(people) < MOST:
        alike = [match.person_id for match in find_by_name(session, text, limit=MOST, unfinished=True)]
        there = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(alike)))}
        people += [there[id_] for id_ in alike if there[id_] not in people]
    return people


def _by_letters(session, text):
    """Whom the index gives first, for two hundred thousand of a million begin with one letter; these in their order."""
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
        standing = select(Person).where(condition, Person.voided_at.is_(None))
        found += [person for person in session.scalars(standing.limit(MOST)) if person not in found]
    return sorted(found[:MOST], key=lambda person: (person.name_sort, person.id))


def _named(surname_column, given_column, surname, given):
    if given:
        return and_(surname_column == surname, begins(given_column, given))
    return begins(surname_column, surname)


def _item(person, text, mine, known):
    shown = str(person)
    start = shown.casefold().find(text.casefold())
    born = gettext("born %(year)s", year=person.birth_year) if person.birth_year else ""
    place = lookups.named("place").words(person.home_code) if mine and person.home_code else ""
    number = person.number if mine else ""
    word = code_lists.label("person_status", known.status) if known is not None else ""
    detail = [word, person.name_latin, code_lists.label("sex", person.sex), born, number, place]
    return {
        "id": str(person.id) if mine else nationwide.token_of(person),
        "text": shown,
        "detail": " · ".join(part for part in detail if part),
        "mark": [start, start + len(text)] if start >= 0 else None,
        "icon": "user",
        "outside": not mine,
        "status": vars(mark_of(known)) if known is not None else None,
        "about": person.id,
    }


def get_mine(key):
    """The person of that key, where the asker sees him; None for any other text."""
    return db.session.get(Person, int(key)) if key.isdecimal() and len(key) < 10 else None


def get(key):
    """The person of that key, or of the word of a card; None for any other text."""
    return get_mine(key) if key.isdecimal() else nationwide.admit(key)


def register():
    lookups.register("person", find_mine, get_mine, private=True)
    lookups.register("card", find, get, private=True)
