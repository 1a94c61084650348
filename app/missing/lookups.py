"""Lookups of reports by their number."""

from functools import partial

from sqlalchemy import select

from app.extensions import db
from app.kernel.schema import code_lists, lookups
from app.kernel.text import khmer
from app.missing.models import PersonReport, PropertyReport


def _get(model, key):
    """Return the report with this id as text, or None."""
    if not key.isdecimal() or len(key) >= 10:
        return None
    return db.session.scalar(select(model).where(model.id == int(key)))


def _find(model, codes, text):
    """Return the lookup item of the report with this number."""
    number = khmer.to_latin_digits(khmer.normalize(text)).upper().removeprefix(model.__prefix__).lstrip("-")
    report = _get(model, number)
    if report is None:
        return []
    kind = getattr(report, "side", None) or report.kind
    return [
        {
            "id": str(report.id), "text": report.number, "detail": code_lists.label(codes, kind), "mark": None,
            "icon": "file-text",
        }
    ]  # fmt: skip


def register():
    """Register the lookups of this package."""
    for name, model in (("person_report", PersonReport), ("property_report", PropertyReport)):
        lookups.register(
            name, partial(_find, model, f"{name}_kind"), partial(_get, model), resource=model.__name__
        )
