"""The lookup of a case by its number."""

import re

from sqlalchemy import select

from app.cases.models import Case
from app.extensions import db
from app.kernel.schema import legacy_numbers, lookups
from app.kernel.schema.display import said
from app.kernel.text import khmer


def find(text):
    """Cases whose number begins with the digits typed, or is that number said without its noughts: 2-2026-15."""
    number = khmer.latin_digits(khmer.normal(text)).replace(" ", "-")
    for typed in filter(None, (number, _in_full(number))):
        if rows := db.session.scalars(_begins(typed)).all():
            return [_item(one, [0, len(typed)]) for one in rows]
    return [_item(one) for one in _known_before(text)]


def _begins(number):
    begins = Case.number >= number, Case.number < number + "~"
    return select(Case).where(*begins).order_by(Case.number).limit(8)


def _in_full(number):
    said = re.fullmatch(r"(\d{1,2})-(\d{4})-(\d{1,6})", number)
    return f"{int(said[1]):02}-{said[2]}-{int(said[3]):06}" if said else ""


def _item(case, mark=None):
    return {
        "id": str(case.id),
        "text": case.number,
        "detail": said(case.occurred_from),
        "mark": mark,
        "icon": "folder",
    }


def _known_before(text):
    """Cases that an earlier register knew by this very number."""
    return legacy_numbers.records(Case, text, 8)


def get(key):
    return db.session.get(Case, int(key)) if key.isdecimal() and len(key) < 10 else None


def register():
    lookups.register("case", find, get)
