"""Targets of import columns: the fields that each kind of import may fill, named as in the forms."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, Text

from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.schema.fields import fields_of
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

CASE = (
    "occurred_from", "occurred_to", "time_unknown", "reported_at", "report_kind", "place", "place_kind", "place_text",
    "latitude", "longitude", "abroad_country", "summary", "modus_operandi_text", "status", "clearance", "solved_on",
    "sensitivity", "sent_on", "court", "dossier_no",
)  # fmt: skip
OFFENCE = ("offence", "attempt", "offence_class", "class_reason", "way", "means", "motive", "weapon")
EXHIBIT = (
    "kind", "property_role", "description", "state", "substance", "quantity", "measure", "plate",
    "frame_no", "serial",
)  # fmt: skip
INVOLVEMENT = ("role", "participation", "relation", "injury", "intoxication", "photo_missing", "note")
PERSON = (
    "surname_km", "given_km", "surname_latin", "given_latin", "sex", "sex_reason", "born_on", "birth_precision",
    "birth_year", "age_stated", "age_from", "age_to", "nationality", "ethnicity", "occupation", "education", "marital",
    "father_name", "mother_name", "spouse_name", "phone", "birthplace", "home", "deceased_on", "unidentified",
    "photo_missing",
)  # fmt: skip
DOCUMENT = ("kind", "number", "country")
ORDER = (
    "kind", "number", "court", "issuer", "issuer_name", "issued_on", "received_on", "urgent", "offence", "offence_text",
    "law", "law_text", "offence_class", "occurred_on", "dossier_no", "signed", "sealed", "surname_km", "given_km",
    "surname_latin", "given_latin", "sex", "born_on", "age_stated", "nationality", "father_name", "home", "note",
)  # fmt: skip
ACT = ("at", "officer", "place", "document_no", "document_date", "reason")
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


def _build_targets(part, names):
    model = MODELS[part]
    for name in names:
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
        *_build_targets("person", PERSON),
        *_build_targets("document", DOCUMENT),
        *_build_targets("alias", ("text_km", "text_latin")),
    )
    involvement = (*_build_targets("involvement", INVOLVEMENT), *person)
    targets = {
        PEOPLE: (NUMBER_TARGETS["named"], *involvement),
        CASES: (
            NUMBER_TARGETS["case"],
            *_build_targets("case", CASE),
            *_build_targets("offence", OFFENCE),
            *_build_targets("exhibit", EXHIBIT),
            *involvement,
        ),
        ORDERS: (
            NUMBER_TARGETS["order"],
            NUMBER_TARGETS["state"],
            NUMBER_TARGETS["unit"],
            *_build_targets("order", ORDER),
            *_build_targets("act", ACT),
            NUMBER_TARGETS["person"],
            *_build_targets("document", DOCUMENT),
        ),
    }[kind]
    return {target.key: target for target in targets}
