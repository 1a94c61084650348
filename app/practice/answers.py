"""A registered case as an answer: section → rows → field → text, for comparison with a model answer."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.cases.entry_forms import (
    AliasForm,
    CaseForm,
    DocumentForm,
    ExhibitForm,
    IdentityForm,
    InvolvementForm,
    OffenceForm,
)
from app.corrections.models import Correction
from app.court_orders.models import CourtOrder, OrderMatch
from app.custody.models import Arrest, Custody, CustodyStep, Release
from app.extensions import db
from app.kernel.schema.fields import field_names_on
from app.kernel.text import dates

# Records that a trainee enters about a case after its entry, by section.
ACTS = {"arrests": Arrest, "custodies": Custody, "custody_steps": CustodyStep, "releases": Release}

DAY = re.compile(r"\{(-?\d{1,3})\}")
ISO_DAY = re.compile(r"^\d{4}-\d\d-\d\d")
MOST_DAYS = 60  # before the entry: such a date moves with the day of the exercise


def read_answer(case):
    """Return the case as its entry page would show it, without empty fields."""
    return {
        "case": [_read_fields(case, CaseForm) | _read_named(case, "late_reason")],
        "offences": [_read_fields(row, OffenceForm) for row in case.offences],
        "people": [_read_person(row) for row in case.involvements],
        "exhibits": [_read_fields(row, ExhibitForm) for row in case.exhibits],
    }


def read_acts(case, user_id):
    """Return what this officer has done about the case, besides its entry: section → rows."""
    found = {
        section: [_read_fields_on(row) for row in _list_own(model, case, model.recorded_by_id == user_id)]
        for section, model in ACTS.items()
    }
    orders = select(CourtOrder.id).where(CourtOrder.case_id == case.id)
    answered = db.session.scalars(
        select(OrderMatch).where(OrderMatch.order_id.in_(orders), OrderMatch.answered_by_id == user_id)
    ).unique()
    requested = _list_own(Correction, case, Correction.requested_by_id == user_id)
    found["match_answers"] = [_read_named(row, "state") for row in answered]
    found["corrections"] = [_read_correction(row) for row in requested]
    return {section: rows for section, rows in found.items() if rows}


def _list_own(model, case, is_own):
    return db.session.scalars(
        select(model).where(model.case_id == case.id, is_own).order_by(model.id)
    ).unique()


def _read_fields_on(row):
    return _read_named(row, *field_names_on(type(row), "add"))


def _read_correction(row):
    changed = {one.column_name: _format_value(one.after) for one in row.fields if not one.derived}
    return _read_named(row, "kind", "cause") | changed


def _read_person(row):
    fields = _read_fields(row, InvolvementForm) | _read_fields(row.person, IdentityForm)
    if row.person.documents:
        fields |= {
            f"document_{name}": text
            for name, text in _read_fields(row.person.documents[0], DocumentForm).items()
        }
    aliases = [one for one in row.person.names if one.kind == "alias"]
    return fields | (
        {f"alias_{name}": text for name, text in _read_fields(aliases[0], AliasForm).items()}
        if aliases
        else {}
    )


def _read_fields(record, form):
    return _read_named(record, *(name for group in form.groups.values() for name in group))


def _read_named(record, *names):
    texts = {name: _format_value(getattr(record, name)) for name in names}
    return {name: text for name, text in texts.items() if text}


def _format_value(value):
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, datetime):
        return value.isoformat("T", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    return str(getattr(value, "code", value))


def is_day(text):
    """Return whether a text of a model is a day or a moment."""
    return bool(ISO_DAY.match(text) or DAY.match(text))


def make_relative(answer, day):
    """Return the answer with the dates shortly before `day` as days before it: {-1} is the day before."""
    return _map_texts(answer, lambda text: _make_text_relative(text, day))


def _make_text_relative(text, day):
    if not ISO_DAY.match(text):
        return text
    try:
        before = day - date.fromisoformat(text[:10])
    except ValueError:
        return text
    return f"{{{-before.days}}}{text[10:]}" if timedelta() <= before <= timedelta(days=MOST_DAYS) else text


def fill_days(model, day):
    """Return the model with dates for an exercise that begins on `day`."""
    return _map_texts(
        model, lambda text: DAY.sub(lambda found: (day + timedelta(int(found[1]))).isoformat(), text)
    )


def fill_days_in_text(text, day, language):
    """Return the incident with dates in words for an exercise that begins on `day`."""
    return DAY.sub(lambda found: dates.format_long_date(day + timedelta(int(found[1])), language), text)


def _map_texts(value, change):
    if isinstance(value, dict):
        return {key: _map_texts(one, change) for key, one in value.items()}
    if isinstance(value, list):
        return [_map_texts(one, change) for one in value]
    return change(value) if isinstance(value, str) else value
