"""Two persons side by side: their fields, which of them differ, and what has changed since somebody compared them."""

from collections import defaultdict
from dataclasses import dataclass, field

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.cases.models import Involvement
from app.extensions import db
from app.kernel.files.views import small
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import said, shown
from app.kernel.schema.fields import declared
from app.kernel.schema.record_lock import column_of, plain
from app.people.models import Person
from app.people.nationwide import Card, nation

FIELDS = (
    "surname_km", "given_km", "surname_latin", "given_latin", "sex", "born_on", "birth_year", "age_stated",
    "nationality", "ethnicity", "father_name", "mother_name", "spouse_name", "birthplace", "home", "occupation",
    "phone", "height_cm", "deceased_on",
)  # fmt: skip
ON_A_CARD = ("surname_km", "given_km", "surname_latin", "given_latin", "sex", "birth_year")
ROWS = {
    "names": _("Other names"),
    "documents": _("Identity documents"),
    "addresses": _("Addresses"),
    "marks": _("Marks"),
    "cases": _("Cases"),
}
LISTED = ("names", "documents", "addresses", "marks")
MOST_CASES = 40  # of both together
LABELS = {name: declared(Person)[name].label for name in FIELDS}


@dataclass
class Side:
    """One of two persons as the reader may see him: his record, or the card of somebody outside his part."""

    id: int
    number: str
    name: str
    latin: str
    url: str = ""
    photo: str = ""
    values: dict = field(default_factory=dict)
    joined: bool = False  # it stands for nobody any more, and the other side stands for it

    @property
    def outside(self):
        return not self.url and not self.joined


@dataclass(frozen=True)
class Line:
    """One field of both."""

    label: str
    one: str
    other: str

    compared: bool = True  # a list of rows is read, not compared

    @property
    def differs(self):
        """What only one of the two says is no difference."""
        return self.compared and bool(self.one and self.other) and self.one != self.other

    @property
    def agrees(self):
        return self.compared and bool(self.one) and self.one == self.other


def cards_of(ids):
    """id → (card, whether the reader sees the record) of those of these persons who have a card."""
    with nation() as session:
        cards = {one.id: Card.of(one) for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
    mine = set(db.session.scalars(select(Person.id).where(Person.id.in_(ids))))
    return {person_id: (card, person_id in mine) for person_id, card in cards.items()}


def side_by_side(ids):
    """The Side of each of two persons; None for one of whom this reader is shown nothing (whom the law protects)."""
    rows = [selectinload(getattr(Person, name)) for name in (*LISTED, "photos")]
    found = select(Person).where(Person.id.in_(ids)).options(*rows)
    cases = _cases_of(ids)
    seen = {
        person.id: _of_record(person, cases.get(person.id, ()))
        for person in db.session.scalars(found).unique()
    }
    missing = [person_id for person_id in ids if person_id not in seen]
    return [seen.get(one) or _beyond(one, seen) for one in ids] if missing else [seen[one] for one in ids]


def _beyond(person_id, seen):
    """The card of somebody outside the part; of a record that was joined with one of the part what it said."""
    with nation(protected_too=True) as session:
        person = session.get(Person, person_id)
        if person.joined_into_id in seen:
            return Side(*_heading(person), values=_values(person, FIELDS), joined=True)
    with nation() as session:
        person = session.get(Person, person_id)
        return person and Side(*_heading(person), values=_values(person, ON_A_CARD))


def _cases_of(ids):
    """person id → the cases in which the reader sees him, the newest first."""
    found = select(Involvement).where(Involvement.person_id.in_(ids), Involvement.voided_at.is_(None))
    cases = defaultdict(list)
    for row in db.session.scalars(
        found.options(joinedload(Involvement.case)).order_by(Involvement.id.desc()).limit(MOST_CASES)
    ):
        if row.case is not None:
            cases[row.person_id].append(f"{row.case.number} {code_lists.label('role', row.role)}")
    return cases


def _of_record(person, cases):
    rows = {name: "\n".join(_row(row) for row in getattr(person, name) if not row.is_void) for name in LISTED}
    rows["cases"] = "\n".join(cases)
    return Side(
        *_heading(person),
        url_for("PersonView.show", pk=person.id),
        small("person-photo", person.photo.id, "264") if person.photo else "",
        _values(person, FIELDS) | rows,
    )


def _heading(person):
    return person.id, person.number, str(person), person.name_latin if person.name_km else ""


def _values(person, names):
    return {name: str(shown(person, name, declared(Person)[name]) or "") for name in names}


def _row(row):
    kind = declared(type(row))["kind"]
    return f"{code_lists.label(kind.codes, row.kind)} {row}"


def lines_of(one, other):
    """The fields that either of them has, what differs first."""
    found = []
    for name, label in (LABELS | ROWS).items():
        values = [side.values.get(name, "") if side else "" for side in (one, other)]
        if any(values):
            found.append(Line(str(label), *values, compared=name not in ROWS))
    return sorted(found, key=lambda line: not line.differs)


def snapshot(person):
    """What is compared of a person, as JSON keeps it."""
    return {name: plain(getattr(person, column_of(Person, name))) for name in FIELDS}


def changed_since(seen, people):
    """[(person's number, label, before, now)] of what is no longer as it was in `seen` (id as text → snapshot)."""
    for person in people:
        if person is None:
            continue
        now = snapshot(person)
        for name, before in seen.get(str(person.id), {}).items():
            if before != now.get(name):
                yield person.number, str(LABELS[name]), _said(name, before), _said(name, now[name])


def _said(name, value):
    """A kept value in words; a place by its code's words."""
    meaning = declared(Person)[name]
    if value in (None, ""):
        return ""
    if meaning.codes:
        return code_lists.label(meaning.codes, value)
    if meaning.lookup:
        return lookups.named(meaning.lookup).words(value)
    return said(value)
