"""Search results other than persons: cases, court orders, letters and exhibits by number, places by name."""

import re

from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.cases import lookups as case_lookups
from app.cases.models import Exhibit
from app.cases.models.exhibits import INDEXED_NUMBERS
from app.court_orders import lookups as order_lookups
from app.extensions import db
from app.kernel.schema import lookups
from app.kernel.text import khmer
from app.kernel.text.phone_numbers import normalize_phone
from app.people.rules import normalize_document_number

MAX_ITEMS = 8
MIN_LENGTH = 3  # characters of a number
LETTER_NUMBER = re.compile(r"L-\d")
NUMBER_COLUMNS = [
    name for name in INDEXED_NUMBERS if name not in ("plate", "phone")
]  # those have a key column


def find_cases(text):
    """Return lookup items of the cases with a number that starts with the text."""
    return case_lookups.find_cases(text) if any(one.isdigit() for one in khmer.to_latin_digits(text)) else []


def find_orders(text, only_registered=False):
    """Return lookup items of court orders by number or legacy number, if the user may view court orders. `about` is the
    id of the person that an item names. With `only_registered`, no item names a person who is not registered.
    """
    typed = khmer.to_latin_digits(text)
    if len(typed) < MIN_LENGTH or not any(one.isdigit() for one in typed):
        return []
    may_open = current_app.appbuilder.sm.has_access("can_show", "CourtOrder")
    return order_lookups.find_named_orders(text, only_registered) if may_open else []


def find_letters(text):
    """Return lookup items of letters with a number that starts with the text, such as L-2026, if the user may open letters."""
    typed = khmer.to_latin_digits(text).upper()
    may_open = current_app.appbuilder.sm.has_access("can_show", "Letter")
    return lookups.get_lookup("letter").find(typed) if LETTER_NUMBER.match(typed) and may_open else []


def find_exhibits(text):
    """Return lookup items of exhibits in the reader's area: a plate, number or telephone starts with the text."""
    typed = khmer.to_latin_digits(text).upper()
    if len(typed) < MIN_LENGTH or not any(one.isdigit() for one in typed):
        return []
    conditions = (
        [_starts_with(Exhibit.plate_key, normalize_document_number(typed))]
        if normalize_document_number(typed)
        else []
    )
    conditions += [_starts_with(getattr(Exhibit, name), typed) for name in NUMBER_COLUMNS]
    if not any(one.isalpha() for one in typed) and len(normalize_phone(typed)) >= MIN_LENGTH:
        conditions.append(_starts_with(Exhibit.phone_key, normalize_phone(typed)))
    rows = (
        select(Exhibit)
        .options(joinedload(Exhibit.case))
        .where(or_(*conditions), Exhibit.voided_at.is_(None))
        .order_by(Exhibit.id.desc())
        .limit(MAX_ITEMS)
    )
    return [_describe_exhibit(one) for one in db.session.scalars(rows)]


def _describe_exhibit(exhibit):
    numbers = (exhibit.plate, *(getattr(exhibit, name) for name in NUMBER_COLUMNS), exhibit.phone)
    text = next(filter(None, numbers))
    detail = " · ".join(filter(None, (exhibit.case.number, exhibit.description)))
    return {"id": exhibit.id, "text": text, "detail": detail, "icon": "package"}


def find_places(text):
    """Return lookup items of places. They are public and cached in memory."""
    return lookups.get_lookup("place").find(text)[:4] if len(text) > 1 else []


def _starts_with(column, text):
    return (column >= text) & (column < text + "~")
