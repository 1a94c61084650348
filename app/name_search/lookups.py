"""The lookups of persons: `person` for those the user sees, and `card` for all persons nationwide.

They search by name in either script and either order, also by similar or incomplete names, by document number and by
person number, in Khmer digits too. Outside the user's area only the card is shown (`people.nationwide`), and it may be
linked to a case only. The typed text never appears in a URL (`private`).
"""

import re

from flask import current_app
from flask_babel import gettext
from sqlalchemy import and_, or_, select

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.schema import code_lists, lookups
from app.kernel.text import khmer
from app.name_search.person_search import search_persons
from app.people import nationwide, status
from app.people.merged_records import find_surviving_id
from app.people.models import Person, PersonDocument
from app.people.rules import normalize_document_number
from app.people.status_badges import make_badge
from app.people.thumbnails import find_thumbnail_urls

MAX_ITEMS, MAX_OWN_ITEMS = 8, 5  # of all persons, and of those the user sees
LAST_CHARACTER = "\U0010ffff"


def starts_with(column, text):
    """Return the condition that the column starts with `text`; an index answers it."""
    return and_(column >= text, column < text + LAST_CHARACTER)


def find_persons(text):
    """Return up to eight lookup items from all persons nationwide.

    Persons the user sees with a name that starts with the text come first, then the best of all, because a common
    name would fill the list with people of other areas. `outside` marks a person with a visible card only.
    """
    own = _find_by_letters(db.session, khmer.normalize(text))[:MAX_OWN_ITEMS]
    with nationwide.nationwide_session() as session:
        people = list({person.id: person for person in (*own, *_find_all(session, text))}.values())[
            :MAX_ITEMS
        ]
        visible = nationwide.find_visible_ids([person.id for person in people])
        known, faces = (
            status.get_statuses(session, [person.id for person in people]),
            find_thumbnail_urls(visible),
        )
        return [
            _make_item(person, text, person.id in visible, known.get(person.id))
            | {"photo": faces.get(person.id)}
            for person in people
        ]


def find_visible_persons(text):
    """Return up to eight lookup items of persons the user sees, best first."""
    people = _find_all(db.session, text)
    known = status.get_statuses(db.session, [person.id for person in people])
    return [_make_item(person, text, True, known.get(person.id)) for person in people]


def _find_all(session, text):
    text = khmer.normalize(text)
    number = re.fullmatch(r"[Pp]?-?0*(\d{1,9})", khmer.to_latin_digits(text))
    people = []
    if number:
        person_id = int(number[1])
        person = session.get(Person, find_surviving_id(person_id) or person_id)
        people = [person] if person is not None and not person.is_void else []
    if len(people) < MAX_ITEMS:
        people += [p for p in _find_by_document(session, text) if p not in people]
    if len(people) < MAX_ITEMS:
        people += [p for p in _find_by_name(session, text) if p not in people]
    return people[:MAX_ITEMS]


def _find_by_document(session, text):
    key = normalize_document_number(text)
    if len(key) < 4 or not any(ch.isdigit() for ch in key):
        return []
    return (
        session.scalars(
            select(Person)
            .join(PersonDocument, PersonDocument.person_id == Person.id)
            .where(starts_with(PersonDocument.number_key, key))
            .where(PersonDocument.voided_at.is_(None), Person.voided_at.is_(None))
            .limit(MAX_ITEMS)
        )
        .unique()
        .all()
    )


def _find_by_name(session, text):
    """Return the persons with a name that starts with these letters, then those with a similar name."""
    people = _find_by_letters(session, text)
    if len(people) < MAX_ITEMS:
        similar = [
            match.person_id for match in search_persons(session, text, limit=MAX_ITEMS, unfinished=True)
        ]
        loaded = {
            person.id: person for person in session.scalars(select(Person).where(Person.id.in_(similar)))
        }
        people += [loaded[id_] for id_ in similar if loaded[id_] not in people]
    return people


def _find_by_letters(session, text):
    """Return the first persons of the index, sorted by name.

    They are sorted after the limit: of a million persons, two hundred thousand start with one letter.
    """
    first, _blank, rest = text.partition(" ")
    orders = [(first, rest)] + ([tuple(reversed(text.rsplit(" ", 1)))] if rest else [])
    found = []
    for surname, given in orders:
        if text.isascii():
            spellings = {str.upper, str.title, str}
            condition = or_(
                *(
                    _name_condition(Person.surname_latin, Person.given_latin, style(surname), given.title())
                    for style in spellings
                )
            )
        else:
            condition = _name_condition(Person.surname_km, Person.given_km, surname, given)
        query = select(Person).where(condition, Person.voided_at.is_(None))
        found += [person for person in session.scalars(query.limit(MAX_ITEMS)) if person not in found]
    return sorted(found[:MAX_ITEMS], key=lambda person: (person.name_sort, person.id))


def _name_condition(surname_column, given_column, surname, given):
    if given:
        return and_(surname_column == surname, starts_with(given_column, given))
    return starts_with(surname_column, surname)


def _make_item(person, text, is_visible, known):
    shown = str(person)
    start = shown.casefold().find(text.casefold())
    born = gettext("born %(year)s", year=person.birth_year) if person.birth_year else ""
    place = lookups.get_lookup("place").words(person.home_code) if is_visible and person.home_code else ""
    number = person.number if is_visible else ""
    word = code_lists.label("person_status", known.status) if known is not None else ""
    detail = [word, person.name_latin, code_lists.label("sex", person.sex), born, number, place]
    return {
        "id": str(person.id) if is_visible else nationwide.make_card_token(person),
        "text": shown,
        "detail": " · ".join(part for part in detail if part),
        "mark": [start, start + len(text)] if start >= 0 else None,
        "icon": "user",
        "outside": not is_visible,
        "status": vars(make_badge(known)) if known is not None else None,
        "about": person.id,
    }


def get_visible_person(key):
    """Return the person of that key if the user sees them, or None for any other text."""
    return db.session.get(Person, int(key)) if key.isdecimal() and len(key) < 10 else None


def get_person(key):
    """Return the person of that key or card token, or None for any other text, and for a reader who may not search."""
    if not _may_search():
        return None
    return get_visible_person(key) if key.isdecimal() else nationwide.find_by_token(key)


def _may_search():
    """Return whether the actor may search for people. A post officer, who enters drafts, may not."""
    actor = actor_of(db.session)
    table = current_app.extensions["ecrime.permission_table"]
    return actor.user_id is None or table.get_permissions(actor.roles).may("can_list", "Person")


def register():
    lookups.register("person", find_visible_persons, get_visible_person, private=True)
    lookups.register("card", find_persons, get_person, private=True)
