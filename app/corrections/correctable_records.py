"""Correctable records: their form fields, case, owning unit and the facts that their rules need."""

from collections import defaultdict
from dataclasses import replace
from functools import cache

from flask_appbuilder import Model
from sqlalchemy import select

from app.cases import case_status, queries
from app.cases.models import Case, CaseDisposition, Supplement
from app.cases.row_filter import CaseChild
from app.cases.rules import CaseFacts
from app.court_orders import queries as orders
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.row_filter import OrderChild
from app.custody import queries as custody_queries
from app.custody.models.custody_record import CustodyRecord
from app.extensions import db
from app.investigation import actions as investigation
from app.investigation.models import CaseAssignment
from app.kernel.audit.access_log import DATA_QUALITY
from app.kernel.forms.record_form import make_form_class
from app.kernel.schema import code_lists
from app.kernel.schema.display import foreign_key_column
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.schema.record import Record
from app.kernel.schema.record_lock import column_of_field, correctable_columns
from app.kernel.schema.rules import check_rules
from app.kernel.text import dates
from app.kernel.validation.aggregates import aggregate_errors
from app.people.comparison import compare_people
from app.people.models import PersonDocument
from app.people.rules import PersonFacts
from app.people.visibility import PersonChild
from app.reference.models import Unit
from app.reference.unit_paths import find_area
from app.tasks import actions as tasks
from app.tasks.models import Task

PARENT_FIELDS = {
    "case",
    "person",
    "order",
    "involvement",
    "arrest",
    "custody",
    "detention",
    "judgment",
    "sentence",
    "release",
    "person_report",
    "property_report",
}  # the link of a row to its record is not corrected: void the row and add another
# … except where the paper itself states it: an order can name another case than was entered.
STATED_LINKS = {CourtOrder: {"case"}}


@cache
def get_models():
    """Return {table: class} of the records that lock, which a correction can change."""
    records = (one.class_ for one in Model.registry.mappers if issubclass(one.class_, Record))
    locking = {cls.__tablename__: cls for cls in records if cls.__editable_after_lock__ is not None}
    return dict(sorted(locking.items()))


def get_case_row_models():
    return [model for model in get_models().values() if issubclass(model, CaseChild)]


def get_person_row_models():
    return [
        model
        for model in get_models().values()
        if issubclass(model, PersonChild) and not issubclass(model, CustodyRecord)
    ]


def find_record(entity, pk):
    """Return the record within the scope of the session, or None."""
    model = get_models().get(entity)
    return db.session.get(model, pk) if model is not None and 0 < pk < 2**31 else None


def find_correctable_fields(model, is_hidden=False):
    """Return the names of the form fields for the correctable columns of `model`.

    A record that hides its person (`is_hidden`) keeps the fields that identify the person.
    """
    typed = {name for screen in ("edit", "add", "correct") for name in field_names_on(model, screen)}
    facts, parents = correctable_columns(model), PARENT_FIELDS - STATED_LINKS.get(model, set())
    kept = {*model.__identity_fields__, *model.__identity_links__} if is_hidden else ()
    return [
        name
        for name in fields_of(model)
        if name in typed
        and name not in parents
        and name not in kept
        and column_of_field(model, name) in facts
    ]


def make_correction_form(record):
    """Return the class of the form that corrects a record. It shows no name that is hidden from the reader."""
    model = type(record)
    return make_form_class(model, find_correctable_fields(model, record.hides_identity))


def find_case(record):
    if isinstance(record, Case):
        return record
    if isinstance(record, OrderChild):
        record = record.order
    return getattr(record, "case", None)


def find_owning_unit(record):
    """Return the unit that registered the record; None for an import without a unit."""
    return db.session.get(Unit, record.unit_code) if record.unit_code else None


def find_province_code(record):
    """Return the code of the province that may request corrections of this record, or "".

    It is the province of the owning unit. A department has no area, so the province of the case is used.
    """
    case = find_case(record)
    area = find_area(record.unit_code) or (case.province_code if case is not None else "")
    return (area or "")[:2]


def set_column(record, column, value):
    """Set a column and the relationship that uses it."""
    for name, meaning in fields_of(type(record)).items():
        if meaning.lookup and foreign_key_column(type(record), name) == column:
            target = type(record).__mapper__.relationships[name].mapper.class_
            setattr(record, name, None if value is None else db.session.get(target, value))
    setattr(record, column, value)


def find_problems(record):
    """Return the rule problems of the record in its current state and of its cases. A void record has none of its own."""
    own = () if record.is_void else check_rules(type(record).__rules__, record, _load_facts(record))
    return [*own, *aggregate_errors(record)]


def _load_facts(record):
    if isinstance(record, Supplement):
        return CaseFacts(now=dates.now())
    if isinstance(record, CaseDisposition):  # a chief has entered the step if it needs one
        return replace(case_status.load_facts(db.session, record), is_chief=True)
    if isinstance(record, CourtOrder):
        return orders.load_order_facts(record)
    if isinstance(record, OrderEvent):
        return orders.load_event_facts(record)
    if isinstance(record, CustodyRecord):
        return custody_queries.load_facts(record)
    if isinstance(record, Task):
        return tasks.load_facts(db.session, record)
    if isinstance(record, CaseAssignment):
        return investigation.load_assignment_facts(db.session, record)
    if hasattr(record, "load_facts"):
        return record.load_facts()
    case = find_case(record)
    if case is not None:
        return queries.load_facts(case, find_owning_unit(case))
    documents = [record] if isinstance(record, PersonDocument) else []
    return PersonFacts(
        now=dates.now(),
        has_case=True,
        countries=set(code_lists.keys("nationality")),
        documents_elsewhere=compare_people(documents=documents, purpose=DATA_QUALITY).documents_elsewhere,
    )


def find_records_to_void(record):
    """Return the record and its related rows that are not void yet; all of them are voided together."""
    rows, level = {record: None}, [record]
    while level:
        found = [
            row
            for parent, ids in _group_by_class(level).items()
            for model, column in _list_dependent_columns(parent)
            for row in db.session.scalars(select(model).where(getattr(model, column).in_(ids))).unique()
        ]
        level = [row for row in dict.fromkeys(found) if row not in rows]
        rows |= dict.fromkeys(level)
    return [row for row in rows if not row.is_void]


def _group_by_class(records):
    groups = defaultdict(list)
    for record in records:
        groups[type(record)].append(record.id)
    return groups


@cache
def _list_dependent_columns(model):
    """Return (class, column) of the links to `model` whose rows are voided with it (`Record.__voided_with__`)."""
    return [
        (cls, foreign_key_column(cls, name))
        for cls in get_models().values()
        for name in cls.__voided_with__
        if cls.__mapper__.relationships[name].mapper.class_ is model
    ]


def get_column_type(entity, column):
    return get_models()[entity].__table__.c[column].type
