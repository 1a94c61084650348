"""Persons that a text may refer to: by name, document number, telephone number or person number, nationwide.

The candidates are ids only. What the reader sees of them is decided when their cards are made (`result_cards`).
"""

import re
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.kernel.schema import legacy_numbers
from app.kernel.schema.legacy_numbers import LegacyNumber
from app.kernel.text import khmer
from app.kernel.text.phone_numbers import normalize_phone
from app.name_search import person_search
from app.people.merged_records import find_surviving_id
from app.people.models import Person, PersonAddress, PersonDocument
from app.people.rules import normalize_document_number

SAME, SOUNDS, POSSIBLE = "same", "sounds", "possible"
SAME_NUMBER = "number"
BANDS = (SAME_NUMBER, SAME, SOUNDS, POSSIBLE)  # in display order
NUMBER, DOCUMENT, TELEPHONE, NAME, PREFIX = "number", "document", "telephone", "name", "beginning"
MAX_PER_NUMBER = 8  # persons of one number
MAX_SAME_NAME = 100  # persons of the same name
MAX_PREFIX_MATCHES = 20  # persons with a name that begins with the text
MIN_DIGITS = 4  # of a document or telephone number


@dataclass(frozen=True)
class Candidate:
    """A person with the band, the kind of match, and the matching name."""

    person_id: int
    band: str
    by: str
    name: str = ""

    @property
    def display_band(self):
        """Return the band of the card. A match by number has a band of its own."""
        of_number = self.band == SAME and self.by in (NUMBER, DOCUMENT, TELEPHONE)
        return SAME_NUMBER if of_number else self.band

    @property
    def is_guess(self):
        """Return whether it was found by the beginning of a number.

        Outside the reader's area such a match would reveal, digit by digit, a number that no card shows.
        """
        return self.by in (DOCUMENT, TELEPHONE) and self.band != SAME


def find_candidates(session, query, limit, wider=False, unfinished=False):
    """Return the candidates, best first, each person once.

    Matches by number come first, then at most `limit` persons with a similar name. `wider` adds the names that sound one
    letter different. `unfinished` means that the end of the name may be missing.
    """
    text, found = query.text, []
    if not wider:
        found += [
            *_find_by_number(session, text),
            *_find_by_legacy_number(session, text),
            *_find_by_document(session, text),
            *_find_by_telephone(session, text),
        ]
    if _has_letters(text):
        found += _find_by_name(session, query, limit, wider, unfinished)
    by_person = {}
    for one in found:
        by_person.setdefault(one.person_id, one)
    return list(by_person.values())


def _find_by_name(session, query, limit, wider, unfinished):
    """Return persons of that name. If no name is equal, names that begin with the text precede similar ones."""
    found = _search_names(session, query, limit, each=MAX_SAME_NAME, wider=wider, unfinished=unfinished)
    if wider or unfinished or (found and found[0].band == SAME):
        return found
    with_prefix = [
        replace(one, band=POSSIBLE, by=PREFIX)
        for one in _search_names(session, query, MAX_PREFIX_MATCHES, unfinished=True)
    ]
    similar = [one for one in found if one.band != POSSIBLE]
    return [*similar, *with_prefix, *(one for one in found if one.band == POSSIBLE)]


def _has_letters(text):
    return any(one.isalpha() for one in text)


def _search_names(session, query, limit, **options):
    """Return persons with a similar name. Unknown sex or birth year passes every filter and comes last."""
    filters = {"sex": query.sex, "birth_from": query.born_from, "birth_to": query.born_to}
    filter_sets = [filters, {}] if any(filters.values()) else [{}]
    matches = [
        one
        for some in filter_sets
        for one in person_search.search_persons(session, query.text, limit, **options, **some)
    ]
    return [Candidate(one.person_id, one.band, NAME, one.matched) for one in matches]


def _find_by_number(session, text):
    number = re.fullmatch(r"[Pp]?-?0*(\d{1,9})", khmer.to_latin_digits(text))
    if not number:
        return []
    person_id = int(number[1])
    found = _find_visible(session, person_id) or _find_visible(session, find_surviving_id(person_id))
    return [Candidate(found, SAME, NUMBER)] if found else []


def _find_visible(session, person_id):
    return session.scalar(select(Person.id).where(Person.id == person_id)) if person_id else None


def _find_by_legacy_number(session, text):
    """Return persons with exactly this legacy number."""
    key = legacy_numbers.legacy_number_key(text)
    if len(key) > legacy_numbers.MAX_LENGTH or not any(one.isdigit() for one in key):
        return []
    number = LegacyNumber.number_key == key, LegacyNumber.entity == Person.__tablename__
    found = session.scalars(select(LegacyNumber.entity_id).where(*number).limit(MAX_PER_NUMBER))
    return [Candidate(find_surviving_id(one) or one, SAME, NUMBER) for one in found]


def _find_by_document(session, text):
    key = normalize_document_number(text)
    if len(key) < MIN_DIGITS or not any(one.isdigit() for one in key):
        return []
    valid = PersonDocument.voided_at.is_(None)
    starting = select(PersonDocument.person_id, PersonDocument.number_key).where(
        PersonDocument.number_key >= key, PersonDocument.number_key < key + "~", valid
    )
    rows = session.execute(starting.order_by(PersonDocument.number_key).limit(MAX_PER_NUMBER))
    return [Candidate(one, SAME if number == key else POSSIBLE, DOCUMENT) for one, number in rows]


def _find_by_telephone(session, text):
    key = normalize_phone(text)
    if len(key) < MIN_DIGITS or _has_letters(text):
        return []
    found = []
    for model, person_id in ((Person, Person.id), (PersonAddress, PersonAddress.person_id)):
        conditions = (model.phone_key >= key, model.phone_key < key + "~", model.voided_at.is_(None))
        rows = select(person_id, model.phone_key).where(*conditions).order_by(model.phone_key)
        for one, number in session.execute(rows.limit(MAX_PER_NUMBER)):
            found.append(Candidate(one, SAME if number == key else POSSIBLE, TELEPHONE))
    return found
