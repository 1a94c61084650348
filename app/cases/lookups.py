"""The lookup of a case by its number."""

from sqlalchemy import select

from app.cases.models import Case
from app.extensions import db
from app.kernel import khmer, lookups, old_numbers
from app.kernel.display import said


def find(text):
    """Cases whose number begins with the digits typed."""
    number = khmer.latin_digits(khmer.normal(text)).replace(" ", "-")
    rows = db.session.scalars(
        select(Case).where(Case.number >= number, Case.number < number + "~").order_by(Case.number).limit(8)
    )
    return [_item(one, [0, len(number)]) for one in rows] or [_item(one) for one in _known_before(text)]


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
    return old_numbers.records(Case, text, 8)


def get(key):
    return db.session.get(Case, int(key)) if key.isdecimal() and len(key) < 10 else None


def register():
    lookups.register("case", find, get)
