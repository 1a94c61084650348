"""The set for another E-Crime system: cases with their people, offences and exhibits, and orders, as the import reads them.

Records keep their numbers: the first system writes its own numbers, each further one the numbers that it received. So the export
of a system that imported the set is equal to the set. `LEFT_OUT` names what the set does not have. It has no decisions of
courts: so it calls no person more than a suspect, and does not name a suspect who was cleared by a final decision.
"""

from functools import cache

from sqlalchemy import select

from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.court_orders.models import CourtOrder, OrderEvent
from app.exports.columns import TEXT
from app.exports.datasets import get_list_view
from app.exports.row_stream import MAX_LOGGED_IDS, ExportTable
from app.extensions import db
from app.imports import target_fields
from app.imports.existing_records import SOURCE_SYSTEM
from app.imports.orders import EVENT_FIELDS, EVENTS_OF_STATE
from app.imports.target_fields import DATE, DECIMAL, FLAG, LINK, MOMENT
from app.kernel.audit.access_log import find_person_ids, find_unregistered
from app.kernel.schema.display import foreign_key_column
from app.kernel.schema.legacy_numbers import LegacyNumber
from app.kernel.screens import related_rows
from app.kernel.screens.related_rows import RelatedQuery
from app.people.models import Person, PersonDocument, PersonName

BATCH_CASES = 200
# Target → why no set has it.
LEFT_OUT = {"order.unit": "the units of another system are not its units"}
CASE_ROWS = (
    RelatedQuery(CaseOffence, "case"),
    RelatedQuery(Exhibit, "case"),
    RelatedQuery(Involvement, "case", links=("person",)),
)
PERSON_ROWS = tuple(RelatedQuery(model, "person") for model in (PersonDocument, PersonName))
ACTS = ("executed", "recalled")  # the act of an order that the import knows


class TransferColumn:
    """A column with the name of its target; its values are the codes and ISO dates that the import reads."""

    kind, column, labels, legend = TEXT, None, None, ()

    def __init__(self, target):
        self.name = self.label = target.key
        self.target = target

    def format_values(self, values):
        return values

    raw_values = format_values

    def set_transform(self, change):
        """Do nothing; no value is a label."""


class TransferTable(ExportTable):
    """A table of the set. `build_rows` returns the rows of some records, each target → value, and the records that name people."""

    def __init__(self, view, where, kind, build_rows):
        super().__init__(view, where, names=("number",))
        self.title, self.build_rows = kind, build_rows
        targets = target_fields.get_targets(kind).values()
        self.columns = [TransferColumn(target) for target in targets if target.key not in LEFT_OUT]

    def count(self):
        """Return the number of lines: a case has one for each of its people, offences or exhibits."""
        return sum(len(self.build_rows(some)[0]) for some in self._list_keys())

    def iter_batches(self):
        for some in self._list_keys():
            rows, naming = self.build_rows(some)
            self.rows += len(rows)
            self._hash.update(",".join(map(str, some)).encode() + b",")
            if len(self.ids) <= MAX_LOGGED_IDS:
                self.ids += some
            self._add_people(find_person_ids(naming))
            self._add_unregistered(find_unregistered(naming))
            yield [[row.get(column.name) for row in rows] for column in self.columns]

    def _list_keys(self):
        """Return the keys of the records, some at a time."""
        keys = db.session.scalars(select(self.pk).where(*self.where).order_by(self.pk)).all()
        return [keys[first : first + BATCH_CASES] for first in range(0, len(keys), BATCH_CASES)]


def build_tables(begins, ends):
    """Yield the cases that were reported in the period (both days included), and the orders issued in it."""
    cases, orders = get_list_view("CaseView"), get_list_view("CourtOrderView")
    of_cases = Case.reported_at >= begins, Case.reported_at < ends, Case.voided_at.is_(None)
    of_orders = (
        CourtOrder.issued_on >= begins.date(),
        CourtOrder.issued_on < ends.date(),
        CourtOrder.voided_at.is_(None),
    )
    yield TransferTable(cases, of_cases, target_fields.CASES, _build_case_rows)
    yield TransferTable(orders, of_orders, target_fields.ORDERS, _build_order_rows)


def _build_case_rows(ids):
    cases = db.session.scalars(select(Case).where(Case.id.in_(ids)).order_by(Case.id)).unique().all()
    related_rows.preload(cases, *CASE_ROWS)
    people = [row.person for case in cases for row in case.involvements if row.person is not None]
    related_rows.preload(list(dict.fromkeys(people)), *PERSON_ROWS)
    numbers = _find_numbers(Case, cases) | _find_numbers(Person, people)
    rows = []
    for case in cases:
        parts = [
            [_values("offence", row) for row in _valid(case.offences)],
            [_values("exhibit", row) for row in _valid(case.exhibits)],
            [
                _involvement_values(row, numbers)
                for row in _valid(case.involvements)
                if row.person is not None and row.ended_on is None
            ],
        ]
        of_case, number = _values("case", case), {"case.old": numbers["case", case.id]}
        for at in range(max(1, *map(len, parts))):
            merged = dict(number) if at else of_case | number
            for part in parts:
                merged |= part[at] if at < len(part) else {}
            rows.append(merged)
    return rows, people


def _involvement_values(row, numbers):
    """Return the values of an involvement and its person; of several documents or aliases only the first."""
    person = row.person
    values = _values("involvement", row) | _values("person", person)
    values["person.old"] = numbers["person", person.id]
    if row.role in SUSPECT_ROLES:
        values["involvement.role"] = SUSPECT_ROLES[0]
    document = next(iter(_valid(person.documents)), None)
    alias = next((name for name in _valid(person.names) if name.kind == "alias"), None)
    values |= _values("document", document) if document is not None else {}
    return values | (_values("alias", alias) if alias is not None else {})


def _build_order_rows(ids):
    query = select(CourtOrder).where(CourtOrder.id.in_(ids)).order_by(CourtOrder.id)
    orders = db.session.scalars(query).unique().all()
    related_rows.preload(orders, RelatedQuery(OrderEvent, "order"))
    # A confirmed match shows a minor to a unit, but no file names one.
    people = [order.person for order in orders if order.person is not None and not order.minor]
    numbers = _find_numbers(CourtOrder, orders) | _find_numbers(Person, people)
    rows = []
    for order in orders:
        kinds = EVENTS_OF_STATE.get(order.status, ())
        values = _values("order", order) | _act_values(order, kinds)
        values |= {"order.old": numbers["court_order", order.id], "order.state": order.status}
        if order.person in people and "checked" in kinds:
            values["person.old"] = numbers["person", order.person.id]
        rows.append(values)
    return rows, [order for order in orders if not order.minor]


def _act_values(order, kinds):
    """Return the values of the act that ended the search or the order, as far as the import reads them."""
    act = next((act for act in reversed(_valid(order.acts)) if act.kind in ACTS and act.kind in kinds), None)
    if act is None:
        return {}
    names = {f"act.{name}" for name in ("at", *EVENT_FIELDS[act.kind])}
    return {key: value for key, value in _values("act", act).items() if key in names}


def _find_numbers(model, records):
    """Return (table, id) → number in the first system: the number with which the record came, or its own."""
    name, ids = model.__tablename__, {record.id for record in records}
    query = select(LegacyNumber.entity_id, LegacyNumber.number).where(
        LegacyNumber.source == SOURCE_SYSTEM, LegacyNumber.entity == name, LegacyNumber.entity_id.in_(ids)
    )
    received = dict(db.session.execute(query).all())
    return {(name, record.id): received.get(record.id) or _own_number(record) for record in records}


def _own_number(record):
    """Return the number of the record. Two courts may give one number to two orders, so an order has its key."""
    return f"O-{record.id:07d}" if isinstance(record, CourtOrder) else record.number


def _valid(rows):
    return [row for row in rows if row.voided_at is None]


@cache
def _list_fields(part):
    """Return the targets of a part that are fields of its model."""
    kind = target_fields.ORDERS if part in ("order", "act") else target_fields.CASES
    numbers = {target.key for target in target_fields.NUMBER_TARGETS.values()}
    targets = target_fields.get_targets(kind).values()
    return [target for target in targets if target.part == part and target.key not in numbers]


def _values(part, record):
    """Return target → value of the part of a row, as the import reads it; empty values and a hidden identity are left out."""
    model, values = target_fields.MODELS[part], {}
    hidden = record.__identity_fields__ if getattr(record, "minor", False) else ()
    for target in _list_fields(part):
        if target.name in hidden:
            continue
        name = foreign_key_column(model, target.name) if target.type == LINK else target.name
        value = _format_value(record, target, getattr(record, name))
        if value is not None:
            values[target.key] = value
    return values


def _format_value(record, target, value):
    if value is None or value == "" or value is False:
        return None
    if target.type == FLAG:
        return "1"
    if target.type == DATE:
        return value.isoformat()
    if target.type == MOMENT:
        flag = record.__day_flags__.get(target.name)
        is_day = flag is not None and getattr(record, flag)
        return value.date().isoformat() if is_day else f"{value:%Y-%m-%d %H:%M}"
    return format(value.normalize(), "f") if target.type == DECIMAL else str(value)
