"""Protected people of the records of a letter, and of the area of its sender: no text that leaves names one of them.

The chief signs a letter about a record that protects a person, and a text with the whole name of such a person of the area.
The author of a draft sees no answer about a name: only the step that sends a text compares it, and a person takes each step.
Each comparison is a question about people, however long the text is. A refused one tells that a name is protected: it counts
as several questions, and the audit log has its text. A number of a case or of a person in a text counts as this record, if its
reader may see it.
"""
# unrestricted: reads the names of people that are protected from the author

import re
import unicodedata
from datetime import date
from itertools import pairwise

from flask import has_request_context
from sqlalchemy import and_, or_, select, true
from sqlalchemy.orm import selectinload

from app.cases.models import Case, Exhibit, Involvement
from app.court_orders.models import CourtOrder
from app.kernel.actor import actor_of, unrestricted
from app.kernel.audit import rate_limit
from app.kernel.system_kind import PRACTICE_PREFIX, is_practice
from app.kernel.text import dates, khmer
from app.letters.models import Letter
from app.people import comparison
from app.people.models import Person, PersonName
from app.people.visibility import Visibility

MAX_LOGGED = 400  # characters of a refused text in the audit log
REFUSED = 20  # questions that a refusal counts as, besides the comparison itself
MAX_NUMBERS = 50  # of one text that count as records
DASH = r"\s*[-\u2010-\u2015/]\s*"
CASE_NUMBER = re.compile(rf"(?<!\d)(\d\d){DASH}(\d{{4}}){DASH}(\d{{1,7}})(?!\d)")
PERSON_NUMBER = re.compile(rf"\bP{DASH}(\d{{1,9}})(?!\d)", re.IGNORECASE)
SHORTEST_GIVEN = 4  # letters of a given name that is compared alone
SAFE_GIVEN = 6  # letters of a given name that is no part of another word
NAMED = "ឈ្មោះ"


def has_protected_people(session, letter):
    """Return whether a record of the letter or of its thread has a protected person."""
    found = _select_protected_people(session, letter)
    if found is None:
        return False
    with unrestricted(session), session.no_autoflush:
        return session.scalar(found.with_only_columns(Person.id).limit(1)) is not None


def names_protected_person(session, letter, text):
    """Return whether the text names a person whose identity is protected in a record of the letter, or in the area.

    Raises TooManyRequests above the limit of such questions.
    """
    folded, words = _fold(text), _split(text)
    protected = _load_protected_people(session, letter, text) if folded else ()
    found = {person.id for person in protected if _is_named(person, folded, words)}
    return _answer_question(text, found | set(find_named_of_area(session, letter, text)))


def asks_for_signature(session, letter):
    """Return whether the subject or the text has the name of a protected person of the area: the chief decides.

    Raises TooManyRequests above the limit of such questions.
    """
    text = f"{letter.subject} {letter.text}"
    return _answer_question(text, set(find_named_of_area(session, letter, text)))


def _answer_question(text, found):
    """Return whether a person was found. The question is counted, and logged if one was."""
    if has_request_context():
        rate_limit.count_question(rate_limit.NATIONWIDE)
    if found:
        comparison.add_question(text[:MAX_LOGGED], found)
        if has_request_context():
            rate_limit.count_question(rate_limit.NATIONWIDE, REFUSED)
    return bool(found)


def find_named_of_area(session, letter, text):
    """Return the ids of the protected people of the area that the text names in full.

    The area is the province of the letter and of the actor; the whole country for a national unit. A person with a card in
    this area is left out: the readers of the area know the name. So is a namesake of an open person of the letter.
    """
    folded, words = _fold(text), _split(text)
    joined = {"".join(pair) for pair in pairwise(words)} | set(words)
    own = {actor_of(session).scope.area[:2]} - {""}  # a national officer acts for the unit of the letter
    areas = own | {(unit.area_code or "")[:2] for unit in (letter.unit,) if unit is not None}
    open_names = _load_open_names(session, letter)
    return [
        person_id
        for person_id, names in _load_names_of_area(session, areas).items()
        if any(_has_whole_name(name, folded, joined) for name in set(names) - open_names)
    ]


def _load_open_names(session, letter):
    """Return the folded names of the person of the letter, and of the people that its case does not protect."""
    columns = Person.surname_km, Person.given_km, Person.surname_latin, Person.given_latin
    with unrestricted(session), session.no_autoflush:
        cases, people, _orders = _find_record_ids(session, letter)
        of_cases = select(Involvement.person_id).where(
            Involvement.case_id.in_(cases), Involvement.protection.is_(None)
        )
        found = select(*columns).where(or_(Person.id.in_(people), Person.id.in_(of_cases)))
        return {name for parts in session.execute(found) for name in _fold_names(*parts)}


def _load_names_of_area(session, areas):
    """Return id → folded names of the people that a case of these provinces protects. An empty province is the country."""

    def is_in_area(province_code):
        return true() if "" in areas else province_code.in_(areas)

    row = Visibility.__table__.c
    has_card = select(row.person_id).where(
        row.hidden.is_(False), row.minor.is_(False), is_in_area(row.province_code)
    )
    of_cases = select(Involvement.person_id).join(Case, Case.id == Involvement.case_id)
    protected = of_cases.where(Involvement.protection.is_not(None), is_in_area(Case.province_code))
    is_protected = Person.id.in_(protected), Person.id.not_in(has_card)
    columns = Person.id, Person.surname_km, Person.given_km, Person.surname_latin, Person.given_latin
    names = {}
    with unrestricted(session), session.no_autoflush:
        for person_id, *parts in session.execute(select(*columns).where(*is_protected)):
            names[person_id] = _fold_names(*parts)
        aliases = select(PersonName.person_id, PersonName.text_km, PersonName.text_latin)
        aliases = aliases.join(Person, Person.id == PersonName.person_id).where(*is_protected)
        for person_id, *texts in session.execute(aliases):
            names[person_id] += _fold_long(texts)
    return names


def _has_whole_name(name, folded, words):
    """Return whether a text has this name. A short one is often part of other words, so it is compared as a word."""
    return name in folded if len(name) >= SAFE_GIVEN else name in words or NAMED + name in folded


def _load_protected_people(session, letter, text):
    found = _select_protected_people(session, letter, text)
    if found is None:
        return ()
    with unrestricted(session), session.no_autoflush:
        return session.scalars(found.options(selectinload(Person.names))).unique().all()


def _select_protected_people(session, letter, text=""):
    """Return the statement for the protected people of the records that the letter and its thread are about, or None.

    Of a person it uses only the cases in which the reader sees the person: a protection elsewhere stays unknown.
    """
    with session.no_autoflush:
        with unrestricted(session):
            cases, people, orders = _find_record_ids(session, letter)
            texts = " ".join((text, *_list_texts(session, letter)))
        people |= {int(number) for number in PERSON_NUMBER.findall(texts)[:MAX_NUMBERS]}
        numbers = _list_case_numbers(texts)
        cases |= set(session.scalars(select(Case.id).where(Case.number.in_(numbers)))) if numbers else set()
        of_person = select(Involvement.case_id).where(Involvement.person_id.in_(people))
        seen = set(session.scalars(of_person)) if people else set()
    if not cases | seen | orders:
        return None
    row = Visibility.__table__.c
    is_seen = and_(row.person_id.in_(people), row.case_id.in_(seen))
    about = or_(row.case_id.in_(cases), row.order_id.in_(orders), is_seen)
    is_hidden = select(row.person_id).where(about, or_(row.hidden, row.minor))
    is_seen = and_(Involvement.person_id.in_(people), Involvement.case_id.in_(seen))
    is_protected = select(Involvement.person_id).where(
        or_(Involvement.case_id.in_(cases), is_seen), Involvement.protection.is_not(None)
    )
    return select(Person).where(or_(Person.id.in_(is_hidden), Person.id.in_(is_protected)))


def _find_record_ids(session, letter):
    """Return the ids of the cases, people and orders of the letter and of its thread."""
    cases, people, orders, exhibits = (
        {one.id} if one is not None else set() for one in (letter.case, letter.person, letter.order, letter.exhibit)
    )  # fmt: skip
    people |= {letter.person_id} - {None}  # a person with a card only is not loaded
    if letter.thread_id is not None:
        of_thread = _is_of_thread(letter)
        columns = Letter.case_id, Letter.person_id, Letter.order_id, Letter.exhibit_id
        for ids in session.execute(select(*columns).where(of_thread)):
            for found, one in zip((cases, people, orders, exhibits), ids, strict=True):
                found |= {one} - {None}
    cases |= set(session.scalars(select(Exhibit.case_id).where(Exhibit.id.in_(exhibits))))
    cases |= set(session.scalars(select(CourtOrder.case_id).where(CourtOrder.id.in_(orders)))) - {None}
    return cases, people, orders


def _is_of_thread(letter):
    return or_(Letter.id == letter.thread_id, Letter.thread_id == letter.thread_id)


def _list_texts(session, letter):
    """Return the texts of the letter and of its thread, with Latin digits."""
    texts = [letter.subject, letter.text]
    if letter.thread_id is not None:
        for row in session.execute(select(Letter.subject, Letter.text).where(_is_of_thread(letter))):
            texts += row
    return [khmer.to_latin_digits(one) for one in texts if one]


def _list_case_numbers(texts):
    first = PRACTICE_PREFIX if is_practice() else ""
    found = CASE_NUMBER.findall(texts)[:MAX_NUMBERS]
    return [f"{first}{place}-{year}-{int(number):06d}" for place, year, number in found]


def _is_named(person, folded, words):
    """Return whether a text has the name of the person: whole, abbreviated, or the given name alone."""
    if any(name in folded for name in _list_names(person)):
        return True
    pairs = (person.surname_km, person.given_km), (person.surname_latin, person.given_latin)
    names = [tuple(_fold(part or "") for part in pair) for pair in pairs]
    return any(
        _has_given_alone(given, folded, words) or _has_abbreviation(surname, given, words)
        for surname, given in names
    )


def _has_given_alone(given, folded, words):
    """Return whether the given name is in the text. A short one is often part of another word, and months are names too."""
    if len(given) < SHORTEST_GIVEN or given in MONTHS:
        return False
    is_part = len(given) >= SAFE_GIVEN and given in folded
    return is_part or NAMED + given in folded or any(word.endswith(given) for word in words)


def _has_abbreviation(surname, given, words):
    """Return whether one of the names is followed or preceded by the beginning of the other."""
    if not (surname and given):
        return False
    return any(
        (first == one and other.startswith(second)) or (one.startswith(first) and second == other)
        for first, second in pairwise(words)
        for one, other in ((surname, given), (given, surname))
    )


def _list_names(person):
    whole = person.surname_km, person.given_km, person.surname_latin, person.given_latin
    return _fold_names(*whole) + _fold_long(
        [text for one in person.names for text in (one.text_km, one.text_latin)]
    )


def _fold_names(surname_km, given_km, surname_latin, given_latin):
    pairs = (surname_km, given_km), (surname_latin, given_latin)
    return _fold_long("".join(part or "" for part in parts) for pair in pairs for parts in (pair, pair[::-1]))


def _fold_long(texts):
    """Return the texts as `_fold` returns them, without those that are too short to be compared."""
    return [folded for one in texts if len(folded := _fold(one or "")) > 3]


def _fold(text):
    """Return the letters of the text with their marks, in lower case: no space and no punctuation hides a name."""
    return "".join(one for one in text.casefold() if unicodedata.category(one)[0] in "LM")


def _split(text):
    """Return the words of the text as `_fold` returns letters. Every other character ends a word."""
    return "".join(one if _fold(one) else " " for one in text.casefold()).split()


MONTHS = {_fold(dates.format_month(date(2000, month, 1), "km")) for month in range(1, 13)}
