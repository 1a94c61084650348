"""The life of a record in sentences, newest first, with each field before and after; and who looked at it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext
from sqlalchemy import Date, DateTime, Float, Numeric, and_, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.audit_review.event_sentences import name_of, sentence_of, what_of_event
from app.corrections.correctable_records import MODELS
from app.corrections.models import VOID
from app.corrections.template_globals import KINDS
from app.extensions import db
from app.inbox.record_links import page_of
from app.kernel.actor import actor_of
from app.kernel.audit.access_log import rows_of
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema import code_lists, lookups, record_lock
from app.kernel.schema.code_lists import Code
from app.kernel.schema.display import listed, said
from app.kernel.schema.fields import declared
from app.reference.models import Court, Law, Offence, Prison, TimeLimit, Unit

MOST = 30  # entries on a page
LOOKS = ("look.open", "look.file", "look.print")
NO_LIFE = (
    *LOOKS,
    "look.many",
    "canary",
    "canary.set",
    "canary.taken",
    "refused",
)  # of these a record's page is silent
CHIEF = "Provincial chief"
# Whoever keeps these changes what the register asks and allows: of them too the auditor reads before and after.
REFERENCE = {model.__tablename__: model for model in (Code, Unit, Court, Prison, Law, Offence, TimeLimit)}
NAME = (User.username, User.name_km, User.first_name, User.last_name)


@dataclass(frozen=True)
class Line:
    """One field of a change; `masked` where the reader may not see whom it is about."""

    label: str
    before: str = ""
    after: str = ""
    masked: bool = False

    @property
    def told(self):
        """Whether it has values; of a correction the log keeps only which fields it names."""
        return bool(self.before or self.after)


@dataclass(frozen=True)
class Entry:
    """One event as a page tells it."""

    when: str
    iso: str
    text: str
    lines: tuple = ()
    seq: int = 0
    more: str = ""  # the page of the correction that it tells of


def has_life(record):
    """Whether the log tells of records of this kind one by one."""
    return type(record) in MODELS.values()


def life_of(record):
    """What the record and the rows that were read with it have lived through. One statement."""
    if not has_life(record):
        return []
    rows = [record, *(row for row in rows_of(record) if type(row) in MODELS.values())]
    masked = {(row.__tablename__, row.id) for row in rows if _hides_somebody(row)}
    names = {(row.__tablename__, row.id): _called(row, row is record) for row in rows}
    found = _events(_about(rows), AuditEvent.action.not_in(NO_LIFE), _is_news(record))
    return [entry_of(event, name, names, masked) for event, name in found]


def looks_at(record):
    """Who opened the record, for the chief of the unit that owns it; None for others."""
    actor = actor_of(db.session)
    if not has_life(record) or CHIEF not in actor.roles or record.unit_code != actor.unit_code:
        return None
    found = _events(_about([record]), AuditEvent.action.in_(LOOKS))
    return [
        Entry(said(event.when), event.when.isoformat(), f"{sentence_of(event, name)} · {purpose_of(event)}")
        for event, name in found
    ]


def purpose_of(event):
    """For which work it was done, in words."""
    word = code_lists.label("purpose", event.purpose) or gettext("without a purpose")
    return f"{word} · {event.case_number}" if event.case_number else word


def entry_of(event, who, names=None, masked=frozenset()):
    """The Entry of an event. `names` says what records are called (by table and id), where numbers say nothing."""
    key = (event.entity, event.entity_id)
    what = (names or {}).get(key) or what_of_event(event)
    if event.action == "change" and "voided_at" in event.after:
        text = gettext("%(who)s struck out: %(what)s", who=who, what=what)
    else:
        text = sentence_of(event, who, what)
    return Entry(
        said(event.when),
        event.when.isoformat(),
        text,
        tuple(_lines(event, key in masked)),
        event.seq,
        _correction_of(event),
    )


def _correction_of(event):
    """The address of the correction, for readers of corrections; empty where the event tells of none."""
    pk = event.facts.get("correction") if event.action.startswith("correction.") else None
    return page_of("correction", pk) or "" if pk else ""


def _called(row, own):
    """A row as the page calls it: its kind and, where that is read already, whom it is about."""
    kind = str(KINDS[row.__tablename__])
    return kind if own or "person" not in row.__dict__ else f"{kind}, {row}"


def _about(rows):
    ids = {}
    for row in rows:
        ids.setdefault(row.__tablename__, []).append(row.id)
    return or_(
        *(and_(AuditEvent.entity == name, AuditEvent.entity_id.in_(found)) for name, found in ids.items())
    )


def _is_news(record):
    """What came with the record, in one transaction and so at one moment, is told by its own first entry."""
    first = aliased(AuditEvent)
    own = first.entity == record.__tablename__, first.entity_id == record.id, first.action == "add"
    began = select(func.min(first.at)).where(*own).scalar_subquery()
    return or_(AuditEvent.action != "add", AuditEvent.entity == record.__tablename__, AuditEvent.at > began)


def _events(*where):
    statement = select(AuditEvent, *NAME).outerjoin(User, User.id == AuditEvent.actor_id).where(*where)
    rows = db.session.execute(statement.order_by(AuditEvent.seq.desc()).limit(MOST))
    return [(row.AuditEvent, name_of(row)) for row in rows]


def _hides_somebody(row):
    """Whether a row speaks of a person whom the reader does not see."""
    return bool(row.__dict__.get("person_id")) and "person" in row.__dict__ and row.__dict__["person"] is None


def _lines(event, hidden):
    """The fields of a change by the labels of their boxes; of a correction those that it names."""
    model = MODELS.get(event.entity) or REFERENCE.get(event.entity)
    if model is None:
        return
    if event.action.startswith("correction.") and event.facts.get("kind") != VOID:
        boxes = {record_lock.box_of(model, name) for name in event.facts.get("fields", ())}
        yield from (Line(str(declared(model)[box].label)) for box in sorted(boxes) if box in declared(model))
    if event.action != "change":
        return
    for column, (before, after) in event.changes.items():
        box = record_lock.box_of(model, column)
        meaning = declared(model).get(box)
        if meaning is None or not meaning.on:  # what follows from other columns, and is shown nowhere
            continue
        label = str(meaning.label)
        if hidden:
            yield Line(label, masked=True)
        else:
            yield Line(label, *(_word(model, column, meaning, value) for value in (before, after)))


def _word(model, column, meaning, value):
    """A value of the log as the page of its record says it today."""
    if value in (None, ""):
        return ""
    if meaning.pair:
        return meaning.pair.of(value)
    if meaning.lookup:
        words = lookups.named(meaning.lookup).words
        return words(value) if words else f"№ {value}"
    if meaning.codes:
        return code_lists.label(meaning.codes, value)
    if meaning.several:
        return listed(meaning.several, value)
    return said(_living(model.__table__.c[column].type, value))


def _living(kind, value):
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(kind, Numeric) and not isinstance(kind, Float) else value
