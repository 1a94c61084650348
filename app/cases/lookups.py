"""The lookup of a case by its number."""

from sqlalchemy import select

from app.cases.models import Case
from app.extensions import db
from app.kernel import khmer, lookups
from app.kernel.display import said


def find(text):
    """Cases whose number begins with the digits typed."""
    number = khmer.latin_digits(khmer.normal(text)).replace(" ", "-")
    rows = db.session.scalars(
        select(Case).where(Case.number >= number, Case.number < number + "~").order_by(Case.number).limit(8)
    )
    return [
        {
            "id": str(c.id),
            "text": c.number,
            "detail": said(c.occurred_from),
            "mark": [0, len(number)],
            "icon": "folder",
        }
        for c in rows
    ]


def get(key):
    return db.session.get(Case, int(key)) if key.isdecimal() and len(key) < 10 else None


def register():
    lookups.register("case", find, get)
