"""What is found beside people: cases and court orders by their number, things by plate or number, places by name."""

from flask import current_app
from sqlalchemy import or_, select

from app.cases import lookups as case_lookups
from app.cases.models import Exhibit
from app.court_orders import lookups as order_lookups
from app.extensions import db
from app.kernel.schema import lookups
from app.kernel.text import khmer
from app.kernel.text.phone_numbers import telephone_key
from app.people.rules import document_key

MOST = 8
SHORTEST = 3  # characters of a number that are worth a question
NUMBERS = ("frame_no", "engine_no", "serial", "document_no")


def cases(text):
    """Cases whose number begins so, as items of a lookup."""
    return case_lookups.find(text) if any(one.isdigit() for one in khmer.latin_digits(text)) else []


def orders(text):
    """Court orders whose number begins so, or that an earlier register knew by it, for whoever may open them."""
    typed = khmer.latin_digits(text)
    if len(typed) < SHORTEST or not any(one.isdigit() for one in typed):
        return []
    may_open = current_app.appbuilder.sm.has_access("can_show", "CourtOrder")
    return order_lookups.find(text) if may_open else []


def things(text):
    """Exhibits of the reader's part whose plate, number or telephone begins so."""
    typed = khmer.latin_digits(text).upper()
    if len(typed) < SHORTEST or not any(one.isdigit() for one in typed):
        return []
    asked = [_begins(Exhibit.plate_key, document_key(typed))] if document_key(typed) else []
    asked += [_begins(getattr(Exhibit, name), typed) for name in NUMBERS]
    if not any(one.isalpha() for one in typed) and len(telephone_key(typed)) >= SHORTEST:
        asked.append(_begins(Exhibit.phone_key, telephone_key(typed)))
    rows = (
        select(Exhibit)
        .where(or_(*asked), Exhibit.voided_at.is_(None))
        .order_by(Exhibit.id.desc())
        .limit(MOST)
    )
    return db.session.scalars(rows).all()


def places(text):
    """Places of that name, as items of a lookup; they are no secret and are kept in memory."""
    return lookups.named("place").find(text)[:4] if len(text) > 1 else []


def _begins(column, text):
    return (column >= text) & (column < text + "~")
