"""Comparison of two person records: their fields side by side, and the changes since a snapshot."""
# chosen fields: a person card has the fields that every officer may know

from collections import defaultdict
from dataclasses import dataclass, field

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.cases import court_findings
from app.cases.models import Involvement
from app.extensions import db
from app.kernel.files.views import thumbnail_url
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import format_field, format_value
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.schema.record_lock import column_of_field, to_json_value
from app.people.models import Person
from app.people.nationwide import PersonCard, nationwide_session

FIELDS = field_names_on(
    Person,
    "add edit",
    order=(
        "surname_km", "given_km", "surname_latin", "given_latin", "sex", "born_on", "birth_year", "age_stated",
        "nationality", "ethnicity", "father_name", "mother_name", "spouse_name", "birthplace", "home", "occupation",
        "phone", "height_cm", "deceased_on",
    ),
    omitted=dict.fromkeys(("education", "marital", "children"), "differs with the years for one person")
    | dict.fromkeys(("age_from", "age_to", "birth_precision"), "the year of birth follows from it")
    | dict.fromkeys(("sex_reason", "unidentified", "photo_missing"), "says why something is not known"),
)  # fmt: skip
CARD_FIELDS = ("surname_km", "given_km", "surname_latin", "given_latin", "sex", "birth_year")
ROW_LABELS = {
    "names": _("Other names"),
    "documents": _("Identity documents"),
    "addresses": _("Addresses"),
    "marks": _("Marks"),
    "cases": _("Cases"),
}
RELATED_ROWS = ("names", "documents", "addresses", "marks")
MAX_CASES = 40  # of both records together
FIELD_LABELS = {name: fields_of(Person)[name].label for name in FIELDS}


@dataclass
class Side:
    """One of the two records as the reader may see it: the record, or the card of a person outside their area."""

    id: int
    number: str
    name: str
    latin: str
    url: str = ""
    photo: str = ""
    values: dict = field(default_factory=dict)
    merged: bool = False  # merged into the record of the other side

    @property
    def outside(self):
        return not self.url and not self.merged


@dataclass(frozen=True)
class ComparedField:
    """One field of both records."""

    label: str
    one: str
    other: str

    compared: bool = True  # False for a list of rows, which is shown but not compared

    @property
    def differs(self):
        """A value that only one of the two records has is no difference."""
        return self.compared and bool(self.one and self.other) and self.one != self.other

    @property
    def agrees(self):
        return self.compared and bool(self.one) and self.one == self.other


def load_cards(ids):
    """Return {id: (card, whether the reader sees the record)} of the persons who have a card."""
    with nationwide_session() as session:
        cards = {
            one.id: PersonCard.from_person(one)
            for one in session.scalars(select(Person).where(Person.id.in_(ids)))
        }
    visible = set(db.session.scalars(select(Person.id).where(Person.id.in_(ids))))
    return {person_id: (card, person_id in visible) for person_id, card in cards.items()}


def load_sides(ids):
    """Return the Side of each record, or None for a protected person, who is hidden from the reader."""
    rows = [selectinload(getattr(Person, name)) for name in (*RELATED_ROWS, "photos")]
    found = select(Person).where(Person.id.in_(ids)).options(*rows)
    cases = _load_cases(ids)
    visible = {
        person.id: _make_side(person, cases.get(person.id, ()))
        for person in db.session.scalars(found).unique()
    }
    missing = [person_id for person_id in ids if person_id not in visible]
    if not missing:
        return [visible[one] for one in ids]
    return [visible.get(one) or _load_outside_side(one, visible) for one in ids]


def _load_outside_side(person_id, visible):
    """Return the card of a person outside the reader's area.

    A record that was merged into a visible one shows all its fields.
    """
    with nationwide_session(protected_too=True) as session:
        person = session.get(Person, person_id)
        if person.merged_into_id in visible:
            return Side(*_heading(person), values=_format_fields(person, FIELDS), merged=True)
    with nationwide_session() as session:
        person = session.get(Person, person_id)
        return person and Side(*_heading(person), values=_format_fields(person, CARD_FIELDS))


def _load_cases(ids):
    """Return {person id: cases of the person that the reader sees, newest first}."""
    found = select(Involvement).where(Involvement.person_id.in_(ids), Involvement.voided_at.is_(None))
    found = found.options(joinedload(Involvement.case)).order_by(Involvement.id.desc()).limit(MAX_CASES)
    rows = [row for row in db.session.scalars(found) if row.case is not None]
    roles, cases = court_findings.name_roles(rows), defaultdict(list)
    for row in rows:
        cases[row.person_id].append(f"{row.case.number} {roles[row.id]}")
    return cases


def _make_side(person, cases):
    rows = {
        name: "\n".join(_format_row(row) for row in getattr(person, name) if not row.is_void)
        for name in RELATED_ROWS
    }
    rows["cases"] = "\n".join(cases)
    return Side(
        *_heading(person),
        url_for("PersonView.show", pk=person.id),
        thumbnail_url("person-photo", person.photo.id, "264") if person.photo else "",
        _format_fields(person, FIELDS) | rows,
    )


def _heading(person):
    return person.id, person.number, str(person), person.name_latin if person.name_km else ""


def _format_fields(person, names):
    return {name: str(format_field(person, name, fields_of(Person)[name]) or "") for name in names}


def _format_row(row):
    kind = fields_of(type(row))["kind"]
    return f"{code_lists.label(kind.codes, row.kind)} {row}"


def compare_fields(one, other):
    """Return the fields that at least one of the two sides has, differences first."""
    found = []
    for name, label in (FIELD_LABELS | ROW_LABELS).items():
        values = [side.values.get(name, "") if side else "" for side in (one, other)]
        if any(values):
            found.append(ComparedField(str(label), *values, compared=name not in ROW_LABELS))
    return sorted(found, key=lambda compared: not compared.differs)


def take_snapshot(person):
    """Return the compared fields of a person as JSON values."""
    return {name: to_json_value(getattr(person, column_of_field(Person, name))) for name in FIELDS}


def find_changes(snapshots, people):
    """Yield (person number, label, before, now) of each field that differs from its snapshot.

    `snapshots` maps the id as text to a result of `take_snapshot`.
    """
    for person in people:
        if person is None:
            continue
        now = take_snapshot(person)
        for name, before in snapshots.get(str(person.id), {}).items():
            if before != now.get(name):
                yield (
                    person.number,
                    str(FIELD_LABELS[name]),
                    _format_json_value(name, before),
                    _format_json_value(name, now[name]),
                )


def _format_json_value(name, value):
    """Return a snapshot value as text; a place code as the name of the place."""
    meaning = fields_of(Person)[name]
    if value in (None, ""):
        return ""
    if meaning.codes:
        return code_lists.label(meaning.codes, value)
    if meaning.lookup:
        return lookups.get_lookup(meaning.lookup).words(value)
    return format_value(value)
