"""Replay of one case from the audit log only, from its first entry, for auditors without access to the case."""

from functools import cache

from sqlalchemy import and_, or_, select

from app.accounts.models import User
from app.audit_review.event_sentences import get_actor_name
from app.audit_review.record_history import USER_NAME_COLUMNS, describe_purpose, make_entry
from app.cases.models import Case, Involvement
from app.corrections.correctable_records import get_case_row_models, get_person_row_models
from app.corrections.template_globals import get_record_type_labels
from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.people.models import Person
from app.people.nationwide import nationwide_session

MAX_ENTRIES = 500  # entries of one case


# Auditors see which fields of persons changed, not their values.
@cache
def get_person_tables():
    return {model.__tablename__ for model in (Person, Involvement, *get_person_row_models())}


def find_case_id(number):
    """Return the id of the case with that number in any scope, or None."""
    with nationwide_session(protected_too=True) as session:
        return session.scalar(select(Case.id).where(Case.number == number))


def replay_case(case_id):
    """Return (case number, [(HistoryEntry, purpose of a view or "")]), oldest first; None without such a case."""
    with nationwide_session(protected_too=True) as session:
        number = session.scalar(select(Case.number).where(Case.id == case_id))
        if number is None:
            return None
        rows = {"case": [case_id]} | {
            model.__tablename__: list(session.scalars(select(model.id).where(model.case_id == case_id)))
            for model in get_case_row_models()
        }
    about = or_(
        *(and_(AuditEvent.entity == name, AuditEvent.entity_id.in_(ids)) for name, ids in rows.items() if ids)
    )
    statement = (
        select(AuditEvent, *USER_NAME_COLUMNS).outerjoin(User, User.id == AuditEvent.actor_id).where(about)
    )
    found = db.session.execute(statement.order_by(AuditEvent.seq).limit(MAX_ENTRIES))
    return number, [describe_for_auditor(row.AuditEvent, get_actor_name(row)) for row in found]


def load_case_names(events):
    """Return ("case", id) → "Case" and its number, for the cases among the records of these events."""
    ids = {event.entity_id for event in events if event.entity == "case" and event.entity_id is not None}
    if not ids:
        return {}
    label = str(get_record_type_labels()["case"])
    with nationwide_session(protected_too=True) as session:
        rows = session.execute(select(Case.id, Case.number).where(Case.id.in_(ids)))
        return {("case", row.id): f"{label} {row.number}" for row in rows}


def describe_for_auditor(event, who, names=None):
    """Return (HistoryEntry as shown to an auditor, purpose of a view or ""). `names` are of `load_case_names`."""
    masked = {(event.entity, event.entity_id)} if event.entity in get_person_tables() else frozenset()
    return make_entry(event, who, names, masked, hides_names=True), describe_purpose(
        event
    ) if event.action.startswith("access.") else ""


def is_registered_person(person_id):
    """Return whether a person with that number is registered, in any scope."""
    with nationwide_session(protected_too=True) as session:
        return session.scalar(select(Person.id).where(Person.id == person_id)) is not None
