"""Lookups of a case by its number, and of an exhibit by the number of its case."""

import re

from sqlalchemy import desc, func, select

from app.cases.models import Case, Exhibit
from app.extensions import db
from app.kernel.schema import legacy_numbers, lookups
from app.kernel.schema.display import format_field
from app.kernel.text import dates, khmer

MAX_ROWS = 8
PROVINCES = range(1, 26)


def find_cases(text):
    """Return cases by the start of their number, by the number without leading zeros (2-2026-15), by its last part
    in this or the last year (15), or by the number of an earlier system.
    """
    number = khmer.to_latin_digits(khmer.normalize(text)).replace(" ", "-")
    for typed in filter(None, (number, _pad_number(number))):
        if rows := db.session.scalars(_select_by_prefix(typed)).all():
            return [_make_item(one, [0, len(typed)]) for one in rows]
    rows = _find_by_running_number(number) or _find_by_legacy_number(text)
    return [_make_item(one) for one in rows]


def _find_by_running_number(number):
    if not re.fullmatch(r"\d{1,6}", number):
        return []
    year = dates.now().year
    numbers = [_join_number(province, each, number) for each in (year, year - 1) for province in PROVINCES]
    # The newest year first.
    newest = desc(func.substr(Case.number, 4, 4))
    return db.session.scalars(
        select(Case).where(Case.number.in_(numbers)).order_by(newest, Case.number).limit(MAX_ROWS)
    ).all()


def _select_by_prefix(number):
    has_prefix = Case.number >= number, Case.number < number + "~"
    return select(Case).where(*has_prefix).order_by(Case.number).limit(MAX_ROWS)


def _pad_number(number):
    match = re.fullmatch(r"(\d{1,2})-(\d{4})-(\d{1,6})", number)
    return _join_number(*match.groups()) if match else ""


def _join_number(province, year, number):
    return f"{int(province):02}-{year}-{int(number):06}"


def _make_item(case, mark=None):
    return {
        "id": str(case.id),
        "text": case.number,
        "detail": format_field(case, "occurred_from"),
        "mark": mark,
        "icon": "folder",
    }


def _find_by_legacy_number(text):
    """Return cases that an earlier system registered with exactly this number."""
    return legacy_numbers.find_by_legacy_number(Case, text, MAX_ROWS)


def get_case(key):
    """Return the case with this id as text, or None."""
    return db.session.get(Case, int(key)) if key.isdecimal() and len(key) < 10 else None


def find_exhibits(text):
    """Return the exhibits of the cases that `find_cases` finds."""
    ids = [int(one["id"]) for one in find_cases(text)]
    valid = Exhibit.case_id.in_(ids), Exhibit.voided_at.is_(None)
    rows = db.session.scalars(select(Exhibit).where(*valid).order_by(Exhibit.id).limit(MAX_ROWS))
    return [
        {"id": str(one.id), "text": str(one), "detail": one.case.number, "mark": None, "icon": "package"}
        for one in rows
    ]


def get_exhibit(key):
    """Return the exhibit with this id as text, or None."""
    return db.session.get(Exhibit, int(key)) if key.isdecimal() and len(key) < 10 else None


def register():
    """Register the lookups of this package."""
    lookups.register("case", find_cases, get_case, resource="Case")
    lookups.register("exhibit", find_exhibits, get_exhibit, resource="Exhibit")
