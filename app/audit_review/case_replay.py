"""The life of one case out of the log alone, from its first entry on, for auditors who may not open the case."""

from sqlalchemy import and_, or_, select

from app.accounts.models import User
from app.audit_review.event_sentences import name_of
from app.audit_review.record_history import NAME, entry_of, purpose_of
from app.audit_review.unrestricted_session import everywhere
from app.cases.models import Case
from app.corrections.correctable_records import OF_CASES, OF_PEOPLE
from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.people.models import Person

MOST = 500  # entries of one case
# Of people auditors read which fields changed, not what they say.
PEOPLE = {model.__tablename__ for model in (Person, *OF_PEOPLE)} | {"involvement"}


def case_numbered(number):
    """The id of the case with that number, wherever it lies; None where there is none."""
    with everywhere() as session:
        return session.scalar(select(Case.id).where(Case.number == number))


def of_case(case_id):
    """(number of the case, [(Entry, purpose where it was a look)]), oldest first; None where there is no such case."""
    with everywhere() as session:
        number = session.scalar(select(Case.number).where(Case.id == case_id))
        if number is None:
            return None
        rows = {"case": [case_id]} | {
            model.__tablename__: list(session.scalars(select(model.id).where(model.case_id == case_id)))
            for model in OF_CASES
        }
    about = or_(
        *(and_(AuditEvent.entity == name, AuditEvent.entity_id.in_(ids)) for name, ids in rows.items() if ids)
    )
    statement = select(AuditEvent, *NAME).outerjoin(User, User.id == AuditEvent.actor_id).where(about)
    found = db.session.execute(statement.order_by(AuditEvent.seq).limit(MOST))
    return number, [told(row.AuditEvent, name_of(row)) for row in found]


def told(event, who):
    """(the Entry as an auditor reads it, for which work it was a look)."""
    masked = {(event.entity, event.entity_id)} if event.entity in PEOPLE else frozenset()
    return entry_of(event, who, masked=masked), purpose_of(event) if event.action.startswith("look.") else ""


def person_is_there(person_id):
    """Whether a person of that number is in the register, wherever he is seen."""
    with everywhere() as session:
        return session.scalar(select(Person.id).where(Person.id == person_id)) is not None
