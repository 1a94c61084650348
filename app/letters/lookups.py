"""Lookups of letters by their number, and of letter templates by their name."""

from sqlalchemy import select

from app.extensions import db
from app.kernel.schema import lookups
from app.kernel.text import khmer
from app.letters.models import Letter

MAX_ROWS = 8


def find_letters(text):
    """Return the letters in the user's scope with a number that begins with `text`."""
    number = khmer.to_latin_digits(khmer.normalize(text)).upper()
    if not number:
        return []
    fits = Letter.number >= number, Letter.number < number + "~"
    letters = db.session.scalars(select(Letter).where(*fits).order_by(Letter.number).limit(MAX_ROWS)).unique()
    return [
        {
            "id": str(one.id),
            "text": one.number,
            "detail": one.subject,
            "mark": [0, len(number)],
            "icon": "inbox",
        }
        for one in letters
    ]


def get_letter(key):
    """Return the letter with this id as text, or None."""
    return db.session.get(Letter, int(key)) if key.isdecimal() and len(key) < 10 else None


def register():
    """Register the lookup of this package."""
    lookups.register("letter", find_letters, get_letter, resource="Letter")
