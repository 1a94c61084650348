"""The two sides of a match as both units see them: the description alone, without names, reporters and cases."""
# unrestricted: each unit of a match compares its report with that of the other unit
# chosen fields: what the two sides are compared by

from sqlalchemy import select

from app.cases.models import Exhibit
from app.extensions import db
from app.kernel.actor import unrestricted
from app.kernel.schema.display import format_field
from app.kernel.schema.fields import fields_of
from app.missing.models import PersonReport, PropertyReport

OF_PERSON = (
    "kind", "sex", "age_from", "age_to", "height_from", "height_to", "mark_kind", "body_part", "marks", "clothes",
    "happened_on", "place", "place_text",
)  # fmt: skip
OF_PROPERTY = (
    "kind", "description", "make", "model", "colour", "plate", "frame_no", "engine_no", "imei", "serial",
    "document_no", "phone", "happened_on", "place", "place_text",
)  # fmt: skip


def compare_sides(match):
    """Return (label, first value, second value, whether it agrees, or None) for each field that a side has."""
    model, names = (PersonReport, OF_PERSON) if match.body_id is not None else (PropertyReport, OF_PROPERTY)
    with unrestricted(db.session):
        first, second = _load(model, match)
        rows = []
        for name in names:
            # The exhibit of a theft has its place and day with its case.
            values = [
                format_field(one, name, fields_of(type(one))[name]) if name in fields_of(type(one)) else ""
                for one in (first, second)
            ]
            if any(values):
                state = True if name in match.agrees else False if name in match.differs else None
                rows.append((fields_of(model)[name].label, *(value or "" for value in values), state))
    return rows


def _load(model, match):
    keys = (match.missing_id, match.body_id) if model is PersonReport else (match.lost_id, match.found_id)
    first, second = (
        db.session.scalars(select(model).where(model.id == key)).unique().one_or_none() if key else None
        for key in keys
    )
    if first is None:
        first = db.session.scalars(select(Exhibit).where(Exhibit.id == match.exhibit_id)).unique().one()
    return first, second


def find_own_reports(match):
    """Return the records of a match that the reader may open."""
    keys = (
        (PersonReport, match.missing_id), (PersonReport, match.body_id), (PropertyReport, match.lost_id),
        (PropertyReport, match.found_id), (Exhibit, match.exhibit_id),
    )  # fmt: skip
    found = (
        db.session.scalars(select(model).where(model.id == key)).unique().one_or_none()
        for model, key in keys
        if key is not None
    )
    return [one for one in found if one is not None]
