"""What a column of a file may fill, for each kind of import: the fields of the records, under the names of the forms."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, Text

from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.schema.fields import declared
from app.kernel.schema.legacy_numbers import LONGEST
from app.people.models import Person, PersonDocument, PersonName

PEOPLE, CASES, ORDERS = "people", "cases", "orders"
KINDS = (PEOPLE, CASES, ORDERS)
TEXT, LINES, DATE, MOMENT, WHOLE, EXACT, DEGREE, FLAG, CODE, LINK = (
    "text", "lines", "date", "moment", "whole", "exact", "degree", "flag", "code", "link",
)  # fmt: skip
_TYPES = (
    (Boolean, FLAG), (DateTime, MOMENT), (Date, DATE), (Integer, WHOLE), (Float, DEGREE), (Numeric, EXACT), (Text, LINES),
)  # fmt: skip

CASE = (
    "occurred_from", "occurred_to", "time_unknown", "reported_at", "report_kind", "place", "place_kind", "place_text",
    "latitude", "longitude", "abroad_country", "summary", "way_text", "status", "clearance", "solved_on", "sensitivity",
    "sent_on", "court", "dossier_no",
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
ACT = ("at", "officer", "place", "paper_no", "paper_on", "reason")
MODELS = {
    "case": Case, "offence": CaseOffence, "exhibit": Exhibit, "involvement": Involvement, "person": Person, "document": PersonDocument,
    "alias": PersonName, "order": CourtOrder, "act": OrderEvent,
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One thing that a column may fill: `part.name`, what kind of value it holds, and where its code or record is found."""

    part: str
    name: str
    label: Any
    type: str
    codes: str = ""
    lookup: str = ""
    longest: int | None = None
    forced: bool = False  # no record is without it

    @property
    def key(self):
        return f"{self.part}.{self.name}"


NUMBERS = {
    "case": Target("case", "old", _("Old number of the case"), TEXT, longest=LONGEST),
    "person": Target("person", "old", _("Old number of the person"), TEXT, longest=LONGEST),
    "order": Target("order", "old", _("Old number of the order"), TEXT, longest=LONGEST),
    "named": Target(
        "case", "number", _("Number of the case, of this register or an old one"), TEXT, longest=LONGEST
    ),
    "state": Target("order", "state", _("State of the order"), CODE, codes="order_status"),
    "unit": Target("order", "unit", _("Executing unit"), LINK, lookup="unit"),
}


def _of(part, names):
    model = MODELS[part]
    for name in names:
        meaning, attribute = declared(model)[name], model.__mapper__.attrs[name]
        column = next(iter(attribute.local_columns)) if meaning.lookup else attribute.columns[0]
        forced = not column.nullable and column.default is None and not isinstance(column.type, Boolean)
        if meaning.lookup:
            yield Target(part, name, meaning.label, LINK, lookup=meaning.lookup, forced=forced)
        elif meaning.codes:
            yield Target(part, name, meaning.label, CODE, codes=meaning.codes, forced=forced)
        else:
            kind = next((word for cls, word in _TYPES if isinstance(column.type, cls)), TEXT)
            yield Target(
                part, name, meaning.label, kind, longest=getattr(column.type, "length", None), forced=forced
            )


@cache
def of_kind(kind):
    """key → Target of everything that a file of this kind may hold, in the order of the forms."""
    person = (
        NUMBERS["person"],
        *_of("person", PERSON),
        *_of("document", DOCUMENT),
        *_of("alias", ("text_km", "text_latin")),
    )
    involved = (*_of("involvement", INVOLVEMENT), *person)
    found = {
        PEOPLE: (NUMBERS["named"], *involved),
        CASES: (NUMBERS["case"], *_of("case", CASE), *_of("offence", OFFENCE), *_of("exhibit", EXHIBIT), *involved),
        ORDERS: (
            NUMBERS["order"], NUMBERS["state"], NUMBERS["unit"], *_of("order", ORDER), *_of("act", ACT),
            NUMBERS["person"], *_of("document", DOCUMENT),
        ),
    }[kind]  # fmt: skip
    return {one.key: one for one in found}
