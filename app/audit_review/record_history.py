"""History of a record in sentences, newest first, with each field before and after; and its views."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from flask_babel import gettext
from sqlalchemy import Date, DateTime, Float, Numeric, and_, func, or_, select, true, union_all
from sqlalchemy.orm import aliased

from app.accounts.chain_of_command import CHIEF_ROLE, is_in_command_chain
from app.accounts.models import User
from app.audit_review.event_sentences import describe_subject, format_sentence, get_actor_name
from app.corrections.correctable_records import get_models
from app.corrections.models import VOID
from app.corrections.template_globals import get_record_type_labels
from app.extensions import db
from app.inbox.record_links import find_record_url
from app.kernel.actor import actor_of
from app.kernel.audit.access_log import iterate_loaded_rows
from app.kernel.audit.hash_chain import CASE_UNKNOWN
from app.kernel.audit.models import UTC_OFFSET
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema import code_lists, lookups, record_lock
from app.kernel.schema.code_lists import Code
from app.kernel.schema.display import format_keys, format_value
from app.kernel.schema.fields import fields_of
from app.reference.models import Court, Law, Offence, Place, Prison, RetentionPeriod, TimeLimit, Unit

MAX_ENTRIES = 30  # entries on a page; a link leads to the older ones
MAX_SEQ = 2**63
VIEW_ACTIONS = ("access.viewed", "access.file_viewed", "access.printed")
EXCLUDED_ACTIONS = (
    *VIEW_ACTIONS,
    "access.limit_reached",
    "access.rate_limited",
    "file.limit_reached",
    "access.bulk_viewed",
    "canary.viewed",
    "canary.added",
    "canary.removed",
    "request.denied",
    # Who takes part in a course, and with which results, is for its trainers and planners.
    "course.enrolled",
    "course.participant_removed",
    "course.code_refused",
    "course.attendance_saved",
    "course.test_started",
    "course.test_finished",
    "course.practice_entered",
    "course.result_entered",
    "course.result_corrected",
)  # not shown in the history of a record
# Reference data controls what the system requires and allows, so auditors see its values before and after.
REFERENCE_MODELS = {
    model.__tablename__: model
    for model in (Code, Place, Unit, Court, Prison, Law, Offence, TimeLimit, RetentionPeriod)
}
USER_NAME_COLUMNS = (User.username, User.name_km, User.first_name, User.last_name)


@dataclass(frozen=True)
class FieldChange:
    """One field of a change; `masked` if the user may not see the person."""

    label: str
    before: str = ""
    after: str = ""
    masked: bool = False

    @property
    def has_values(self):
        """Return whether it has values. For a correction the log contains only the field names."""
        return bool(self.before or self.after)


@dataclass(frozen=True)
class HistoryEntry:
    """One event as shown on a page."""

    when: str
    iso: str
    text: str
    lines: tuple = ()
    seq: int = 0
    correction_url: str = ""  # URL of the correction


class RecordHistory(NamedTuple):
    """The entries of one page, and the numbers of the entries before which the next page begins (None: no older ones).

    The views are for the chief of the owning unit or of a unit above; None for other users.
    """

    changes: list
    views: list | None
    older_change: int | None = None
    older_view: int | None = None


def has_history(record):
    """Return whether the audit log contains entries for single records of this type."""
    return type(record) in get_models().values()


def load_entries(record, before_change=0, before_view=0):
    """Return the RecordHistory of the record and of the rows loaded with it. One SQL statement.

    It begins with the newest entries, or with those before the given numbers (0: the newest).
    """
    if not has_history(record):
        return RecordHistory([], None)
    rows = [record, *(row for row in iterate_loaded_rows(record) if type(row) in get_models().values())]
    masked = {(row.__tablename__, row.id) for row in rows if _hides_person(row)}
    names = {(row.__tablename__, row.id): _get_row_name(row, row is record) for row in rows}
    about_changes = (
        _is_about(rows), AuditEvent.action.not_in(EXCLUDED_ACTIONS), _is_later_change(record), _is_before(before_change)
    )  # fmt: skip
    may_see_views = _may_see_views(record)
    about_views = (_is_about([record]), AuditEvent.action.in_(VIEW_ACTIONS), _is_before(before_view))
    found = _load_events(about_changes, about_views if may_see_views else None)
    changes, older_change = _cut_page([one for one in found if one[0].action not in VIEW_ACTIONS])
    views, older_view = _cut_page([one for one in found if one[0].action in VIEW_ACTIONS])
    return RecordHistory(
        [make_entry(event, name, names, masked) for event, name in changes],
        [_make_view(event, name, record) for event, name in views] if may_see_views else None,
        older_change,
        older_view,
    )


def _is_before(seq):
    return AuditEvent.seq < seq if 0 < seq < MAX_SEQ else true()


def _cut_page(found):
    """Return the events of a page, and the number of the last one if there are older ones."""
    page = found[:MAX_ENTRIES]
    return page, page[-1][0].seq if len(found) > MAX_ENTRIES else None


def _may_see_views(record):
    actor = actor_of(db.session)
    return CHIEF_ROLE in actor.roles and is_in_command_chain(actor, record.unit_code)


def _make_view(event, name, record):
    kind = str(get_record_type_labels()[record.__tablename__])
    what = f"{kind} {record.number}" if getattr(record, "number", None) else None
    text = f"{format_sentence(event, name, what)} · {describe_purpose(event)}"
    return HistoryEntry(format_value(event.when), event.when.isoformat(), text)


def describe_purpose(event):
    """Return the purpose and case number of an event as text."""
    word = code_lists.label("purpose", event.purpose) or gettext("without a purpose")
    number = gettext("%(number)s (no such case)", number=event.case_number)
    number = number if event.facts.get(CASE_UNKNOWN) else event.case_number
    return f"{word} · {number}" if number else word


def make_entry(event, who, names=None, masked=frozenset(), hides_names=False):
    """Return the HistoryEntry of an event. `names` maps (table, id) to the names of records shown without numbers.

    With `hides_names` it has no value that identifies a person.
    """
    key = (event.entity, event.entity_id)
    what = (names or {}).get(key) or describe_subject(event)
    if event.action == "record.changed" and "voided_at" in event.after:
        text = gettext("%(who)s voided: %(what)s", who=who, what=what)
    else:
        text = format_sentence(event, who, what)
    return HistoryEntry(
        format_value(event.when),
        event.when.isoformat(),
        text,
        tuple(_iterate_changes(event, key in masked, hides_names)),
        event.seq,
        _find_correction_url(event),
    )


def _find_correction_url(event):
    """Return the URL of the correction for users who may see it, or ""."""
    pk = event.facts.get("correction") if event.action.startswith("correction.") else None
    return find_record_url("correction", pk) or "" if pk else ""


def _get_row_name(row, own):
    """Return the type of a row and, if already loaded, its person."""
    kind = str(get_record_type_labels()[row.__tablename__])
    return kind if own or "person" not in row.__dict__ else f"{kind}, {row}"


def _is_about(rows):
    ids = {}
    for row in rows:
        ids.setdefault(row.__tablename__, []).append(row.id)
    return or_(
        *(and_(AuditEvent.entity == name, AuditEvent.entity_id.in_(found)) for name, found in ids.items())
    )


def _is_later_change(record):
    """Return the condition that leaves out rows added with the record in one transaction, at the same time.

    The log has no entry for a record that was loaded with many others: such a record begins with its registration.
    """
    first = aliased(AuditEvent)
    own = first.entity == record.__tablename__, first.entity_id == record.id, first.action == "record.added"
    registered = record.recorded_at - UTC_OFFSET  # the log has UTC
    began = func.coalesce(select(func.min(first.at)).where(*own).scalar_subquery(), registered)
    return or_(
        AuditEvent.action != "record.added", AuditEvent.entity == record.__tablename__, AuditEvent.at > began
    )


def _load_events(*groups):
    """Return the newest events that meet the conditions of each group, with the name of their actor."""
    newest = (
        select(AuditEvent.seq).where(*where).order_by(AuditEvent.seq.desc()).limit(MAX_ENTRIES + 1).subquery()
        for where in filter(None, groups)
    )
    seqs = union_all(*(select(one.c.seq) for one in newest))
    rows = db.session.execute(
        select(AuditEvent, *USER_NAME_COLUMNS)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(AuditEvent.seq.in_(seqs))
        .order_by(AuditEvent.seq.desc())
    )
    return [(row.AuditEvent, get_actor_name(row)) for row in rows]


def _hides_person(row):
    """Return whether a row is about a person that the user may not see."""
    return bool(row.__dict__.get("person_id")) and "person" in row.__dict__ and row.__dict__["person"] is None


def _iterate_changes(event, hidden, hides_names):
    """Yield the changed fields with their labels; for a correction the fields it names."""
    model = get_models().get(event.entity) or REFERENCE_MODELS.get(event.entity)
    if model is None:
        return
    if event.action.startswith("correction.") and event.facts.get("kind") != VOID:
        names = {record_lock.field_of_column(model, name) for name in event.facts.get("fields", ())}
        yield from (
            FieldChange(str(fields_of(model)[name].label))
            for name in sorted(names)
            if name in fields_of(model)
        )
    if event.action != "record.changed":
        return
    for column, (before, after) in event.changes.items():
        name = record_lock.field_of_column(model, column)
        meaning = fields_of(model).get(name)
        if meaning is None or not meaning.on:  # derived columns that no page shows
            continue
        label = str(meaning.label)
        if hidden or (hides_names and name in getattr(model, "__identity_fields__", ())):
            yield FieldChange(label, masked=True)
        else:
            yield FieldChange(
                label, *(_format_value(model, column, meaning, value) for value in (before, after))
            )


def _format_value(model, column, meaning, value):
    """Format a value of the log like the current page of its record."""
    if value in (None, ""):
        return ""
    if meaning.yes_no_labels:
        return meaning.yes_no_labels.label_for(value)
    if meaning.lookup:
        words = lookups.get_lookup(meaning.lookup).words
        return words(value) if words else f"№ {value}"
    if meaning.codes:
        return code_lists.label(meaning.codes, value)
    if meaning.multi_choice:
        return format_keys(meaning.multi_choice, value)
    return format_value(_parse_value(model.__table__.c[column].type, value))


def _parse_value(kind, value):
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(kind, Numeric) and not isinstance(kind, Float) else value
