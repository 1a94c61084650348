"""What can be corrected: each kind of record with its boxes, its case, its owner and what its rules must know."""

from app.cases import queries
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement, Supplement
from app.cases.rules import CaseFacts
from app.court_orders import queries as orders
from app.court_orders.models import CourtOrder, OrderEvent, OrderFile
from app.custody import models as custody
from app.custody import queries as held
from app.extensions import db
from app.kernel.forms.record_form import form_for
from app.kernel.schema import code_lists
from app.kernel.schema.display import foreign_key
from app.kernel.schema.fields import declared, names_on
from app.kernel.schema.record_lock import column_of, facts_of
from app.kernel.schema.rules import ask
from app.kernel.text import dates
from app.kernel.validation.aggregates import broken_by
from app.people import queries as people
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from app.people.nationwide import nation
from app.people.rules import PersonFacts
from app.reference.models import Unit

OF_CASES = (CaseOffence, Involvement, Exhibit, CaseFile, Supplement)
OF_PEOPLE = (PersonName, PersonDocument, PersonAddress, PersonMark, PersonPhoto)
OF_ORDERS = (OrderEvent, OrderFile)
HELD = (
    custody.Arrest, custody.Custody, custody.CustodyStep, custody.Detention, custody.DetentionStep, custody.Judgment,
    custody.JudgmentStep, custody.Sentence, custody.SentenceChange, custody.Release, custody.TrackingStep, custody.HeldFile,
)  # fmt: skip
# What is struck out with a record of custody.
HANGING = {
    custody.Arrest: ("custodies",),
    custody.Judgment: ("steps", "sentences"),
    custody.Sentence: ("changes",),
    **dict.fromkeys((custody.Custody, custody.Detention, custody.Release), ("steps",)),
}
MODELS = {
    model.__tablename__: model
    for model in (Case, *OF_CASES, Person, *OF_PEOPLE, CourtOrder, *OF_ORDERS, *HELD)
}
OWNERS = {
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
}  # the link of a row to its record is not corrected: strike the row out, add another


def find(entity, pk):
    """The record, within the scope of whoever asks; None where there is none."""
    model = MODELS.get(entity)
    return db.session.get(model, pk) if model is not None and 0 < pk < 2**31 else None


def boxes_of(model):
    """The names of the fields of a form for the facts of `model`."""
    typed = dict.fromkeys((*names_on(model, "edit"), *names_on(model, "add")))
    facts = facts_of(model)
    return [
        name
        for name in declared(model)
        if name in typed and name not in OWNERS and column_of(model, name) in facts
    ]


def form_of(model):
    return form_for(model, boxes_of(model))


def case_of(record):
    if isinstance(record, Case):
        return record
    if isinstance(record, OF_ORDERS):
        record = record.order
    return record.case if isinstance(record, (*OF_CASES, CourtOrder, *HELD)) else None


def owner_of(record):
    """The unit that registered the record; None for what came from nowhere (an import without one)."""
    return db.session.get(Unit, record.unit_code) if record.unit_code else None


def province_of(record):
    """The code of the province whose chief asks for corrections of this record; "" where there is none.

    It is the owner's; of a department, which has no area, that of the case.
    """
    unit, case = owner_of(record), case_of(record)
    area = (unit.area_code if unit is not None else "") or (case.province_code if case is not None else "")
    return (area or "")[:2]


def put(record, column, value):
    """Set a column, and with it the record that it links to."""
    for name, meaning in declared(type(record)).items():
        if meaning.lookup and foreign_key(type(record), name) == column:
            target = type(record).__mapper__.relationships[name].mapper.class_
            setattr(record, name, None if value is None else db.session.get(target, value))
    setattr(record, column, value)


def problems_of(record):
    """What the rules say of the record as it stands now, and of the cases that it belongs to."""
    return [*ask(type(record).__rules__, record, _facts(record)), *broken_by(record)]


def _facts(record):
    if isinstance(record, Supplement):
        return CaseFacts(now=dates.now())
    if isinstance(record, (CourtOrder, *OF_ORDERS)):
        return orders.facts(record) if isinstance(record, CourtOrder) else orders.facts_of_act(record)
    if isinstance(record, HELD):
        return held.facts(record)
    case = case_of(record)
    if case is not None:
        return queries.facts(case, owner_of(case))
    documents = [record] if isinstance(record, PersonDocument) else []
    with nation(protected_too=True) as everybody:
        elsewhere = people.documents_elsewhere(everybody, documents)
    return PersonFacts(
        now=dates.now(),
        has_case=True,
        countries=set(code_lists.keys("nationality")),
        documents_elsewhere=elsewhere,
    )


def struck_with(record):
    """The records that are struck out with this one: its own rows, as far as they stand."""
    rows = [record]
    if isinstance(record, Case):
        rows += [*record.offences, *record.involvements, *record.exhibits, *record.files, *record.supplements]
    if isinstance(record, Person):
        rows += [*record.names, *record.documents, *record.addresses, *record.marks, *record.photos]
    if isinstance(record, CourtOrder):
        rows += [*record.acts, *record.files]
    for name in HANGING.get(type(record), ()):
        rows += [one for row in getattr(record, name) for one in struck_with(row)]
    return [row for row in rows if not row.is_void]


def column_type(entity, column):
    return MODELS[entity].__table__.c[column].type
