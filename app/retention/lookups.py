"""Lookups of retention acts by their number, and of retention periods by their name."""

import re

from sqlalchemy import select

from app.extensions import db
from app.kernel.schema import code_lists, lookups
from app.kernel.text import khmer
from app.reference.models import RetentionPeriod
from app.retention.models import RetentionAct

MAX_ROWS = 8
_NUMBER = re.compile(r"(?:RA-?)?0*([1-9][0-9]{0,8})", re.IGNORECASE)


def find_acts(text):
    """Return the act with this number."""
    number = _NUMBER.fullmatch(khmer.to_latin_digits(text.strip()))
    act = _get_act(number[1]) if number else None
    kind = act and code_lists.label("retention_act", act.kind)
    return (
        [{"id": str(act.id), "text": str(act), "detail": kind, "mark": None, "icon": "lock"}] if act else []
    )


def _get_act(key):
    return db.session.get(RetentionAct, int(key)) if key.isdecimal() and len(key) < 10 else None


def find_periods(text):
    """Return the periods whose name has the text, or all if it is empty."""
    named = RetentionPeriod.name_km.contains(khmer.normalize(text), autoescape=True)
    rows = db.session.scalars(
        select(RetentionPeriod).where(named).order_by(RetentionPeriod.name_sort).limit(MAX_ROWS)
    )
    return [{"id": one.code, "text": str(one), "detail": "", "mark": None, "icon": "timer"} for one in rows]


def register():
    """Register the lookups of this package."""
    lookups.register("retention_act", find_acts, _get_act, resource="RetentionAct")
    lookups.register(
        "retention_period",
        find_periods,
        lambda key: db.session.get(RetentionPeriod, key),
        resource="RetentionPeriod",
    )
