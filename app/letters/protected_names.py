"""Protected names in letters: no subject, text or reason names a protected person of the records of a letter.

Each check is a nationwide comparison of what an officer has typed: it is limited, and a refused one is logged.
"""
# unrestricted: reads the names of people that are protected from the author

import unicodedata

from flask import has_request_context
from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from app.cases.models import Exhibit, Involvement
from app.court_orders.models import CourtOrder
from app.kernel.actor import unrestricted
from app.kernel.audit import rate_limit
from app.letters.models import Letter
from app.people import comparison
from app.people.models import Person
from app.people.visibility import Visibility

MAX_LOGGED = 400  # characters of a refused text in the audit log


def names_protected_person(session, letter, text=None):
    """Return whether the letter, or a text about it, names a person whose identity is protected in its record.

    Raises TooManyRequests above the limit of such questions.
    """
    text = f"{letter.subject or ''} {letter.text or ''}" if text is None else text
    folded = _fold(text)
    protected = _load_protected_people(session, letter) if folded else ()
    if protected and has_request_context():
        rate_limit.count_question(rate_limit.NATIONWIDE)
    found = [person.id for person in protected if any(name in folded for name in _list_names(person))]
    if found:
        comparison.add_question(text[:MAX_LOGGED], found)
    return bool(found)


def _load_protected_people(session, letter):
    """Return the protected people of the records that the letter and its thread are about."""
    with unrestricted(session), session.no_autoflush:
        cases, people, orders = _find_record_ids(session, letter)
        row = Visibility.__table__.c
        about = [
            column.in_(ids)
            for column, ids in ((row.case_id, cases), (row.person_id, people), (row.order_id, orders))
            if ids
        ]
        if not about:
            return ()
        is_hidden = select(row.person_id).where(or_(*about), or_(row.hidden, row.minor))
        is_protected = select(Involvement.person_id).where(
            or_(Involvement.case_id.in_(cases), Involvement.person_id.in_(people)),
            Involvement.protection.is_not(None),
        )
        found = select(Person).where(or_(Person.id.in_(is_hidden), Person.id.in_(is_protected)))
        return session.scalars(found.options(selectinload(Person.names))).unique().all()


def _find_record_ids(session, letter):
    """Return the ids of the cases, people and orders of the letter and of its thread."""
    cases, people, orders, exhibits = (
        {one.id} if one is not None else set() for one in (letter.case, letter.person, letter.order, letter.exhibit)
    )  # fmt: skip
    if letter.thread_id is not None:
        of_thread = or_(Letter.id == letter.thread_id, Letter.thread_id == letter.thread_id)
        columns = Letter.case_id, Letter.person_id, Letter.order_id, Letter.exhibit_id
        for ids in session.execute(select(*columns).where(of_thread)):
            for found, one in zip((cases, people, orders, exhibits), ids, strict=True):
                found |= {one} - {None}
    cases |= set(session.scalars(select(Exhibit.case_id).where(Exhibit.id.in_(exhibits))))
    cases |= set(session.scalars(select(CourtOrder.case_id).where(CourtOrder.id.in_(orders)))) - {None}
    return cases, people, orders


def _list_names(person):
    pairs = (person.surname_km, person.given_km), (person.surname_latin, person.given_latin)
    written = ["".join(part or "" for part in parts) for pair in pairs for parts in (pair, pair[::-1])]
    written += [text for name in person.names for text in (name.text_km, name.text_latin) if text]
    return [folded for one in written if len(folded := _fold(one)) > 3]


def _fold(text):
    """Return the letters of the text with their marks, in lower case: no space and no punctuation hides a name."""
    return "".join(one for one in text.casefold() if unicodedata.category(one)[0] in "LM")
