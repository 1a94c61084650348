"""Targets of import columns: the fields that each kind of import may fill, named as in the forms."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, Text

from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.schema.legacy_numbers import MAX_LENGTH
from app.people.models import Person, PersonDocument, PersonName

PEOPLE, CASES, ORDERS = "people", "cases", "orders"
KINDS = (PEOPLE, CASES, ORDERS)
TEXT, LINES, DATE, MOMENT, WHOLE_NUMBER, DECIMAL, DEGREE, FLAG, CODE, LINK = (
    "text", "lines", "date", "moment", "whole", "exact", "degree", "flag", "code", "link",
)  # fmt: skip
_TYPES = (
    (Boolean, FLAG),
    (DateTime, MOMENT),
    (Date, DATE),
    (Integer, WHOLE_NUMBER),
    (Float, DEGREE),
    (Numeric, DECIMAL),
    (Text, LINES),
)

MODELS = {
    "case": Case,
    "offence": CaseOffence,
    "exhibit": Exhibit,
    "involvement": Involvement,
    "person": Person,
    "document": PersonDocument,
    "alias": PersonName,
    "order": CourtOrder,
    "act": OrderEvent,
}

_NEVER_RECORDED = "no earlier system recorded it"
_OF_ROW = "the row has one person"
# Part → the fields that no column may fill, with the reasons. Every other field of a form is a target.
OMITTED = {
    "case": dict.fromkeys(("late_reason", "photo_missing"), "a reason that the entry page asks for"),
    "offence": {"second_weapon": _NEVER_RECORDED},
    "exhibit": dict.fromkeys(
        (
            "weapon",
            "engine_no",
            "document_no",
            "phone",
            "value_khr",
            "currency",
            "make",
            "model",
            "colour",
            "imei",
            "calibre",
            "found_by",
            "found_at",
            "found_place",
            "taken_from",
            "owner",
            "packaging",
        ),
        _NEVER_RECORDED,
    ),  # fmt: skip
    "involvement": dict.fromkeys(("schooling", "work", "family", "state"), "columns of the person have it"),
    "person": dict.fromkeys(("children", "height_cm"), _NEVER_RECORDED),
    "document": {"valid_to": _NEVER_RECORDED, "person": _OF_ROW},
    "alias": {"kind": "always an alias", "person": _OF_ROW},
    "order": dict.fromkeys(("case", "basis_order"), "earlier systems linked no orders"),
    "act": dict.fromkeys(("kind", "order", "to_unit", "person"), "follows from the status of the order")
    | dict.fromkeys(("result", "notice_kind", "note", "by_order"), _NEVER_RECORDED),
}


@dataclass(frozen=True)
class Target:
    """A field that a column may fill: `part.name`, value type, and list or lookup of values."""

    part: str
    name: str
    label: Any
    type: str
    codes: str = ""
    lookup: str = ""
    max_length: int | None = None
    required: bool = False  # every record needs a value

    @property
    def key(self):
        return f"{self.part}.{self.name}"


NUMBER_TARGETS = {
    "case": Target("case", "old", _("Old case number"), TEXT, max_length=MAX_LENGTH),
    "person": Target("person", "old", _("Old person number"), TEXT, max_length=MAX_LENGTH),
    "order": Target("order", "old", _("Old order number"), TEXT, max_length=MAX_LENGTH),
    "named": Target(
        "case", "number", _("Case number, from E-Crime or an earlier system"), TEXT, max_length=MAX_LENGTH
    ),
    "state": Target("order", "state", _("Order status"), CODE, codes="order_status"),
    "unit": Target("order", "unit", _("Executing unit"), LINK, lookup="unit"),
}


def _build_targets(part, *more):
    """Yield the targets of a part: the fields of its forms, and `more` fields that E-Crime computes otherwise."""
    model = MODELS[part]
    for name in (*field_names_on(model, "add edit", omitted=OMITTED[part]), *more):
        meaning, attribute = fields_of(model)[name], model.__mapper__.attrs[name]
        column = next(iter(attribute.local_columns)) if meaning.lookup else attribute.columns[0]
        required = not column.nullable and column.default is None and not isinstance(column.type, Boolean)
        if meaning.lookup:
            yield Target(part, name, meaning.label, LINK, lookup=meaning.lookup, required=required)
        elif meaning.codes:
            yield Target(part, name, meaning.label, CODE, codes=meaning.codes, required=required)
        else:
            value_type = next((word for cls, word in _TYPES if isinstance(column.type, cls)), TEXT)
            yield Target(
                part,
                name,
                meaning.label,
                value_type,
                max_length=getattr(column.type, "length", None),
                required=required,
            )


@cache
def get_targets(kind):
    """Return key → Target of everything that a file of this kind may hold, in the order of the forms."""
    person = (
        NUMBER_TARGETS["person"],
        *_build_targets("person", "birth_year"),
        *_build_targets("document"),
        *_build_targets("alias"),
    )
    involvement = (*_build_targets("involvement"), *person)
    targets = {
        PEOPLE: (NUMBER_TARGETS["named"], *involvement),
        CASES: (
            NUMBER_TARGETS["case"],
            *_build_targets("case", "status", "clearance", "solved_on", "sent_on", "court"),
            *_build_targets("offence"),
            *_build_targets("exhibit", "state"),
            *involvement,
        ),
        ORDERS: (
            NUMBER_TARGETS["order"],
            NUMBER_TARGETS["state"],
            NUMBER_TARGETS["unit"],
            *_build_targets("order"),
            *_build_targets("act"),
            NUMBER_TARGETS["person"],
            *_build_targets("document"),
        ),
    }[kind]
    return {target.key: target for target in targets}
