"""Why the record of a person cannot be sealed: a record that disappears must not help a fugitive."""
# unrestricted: compares with the orders, cases and requests of all units; shows no row

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, or_, select

from app.cases.models import Case, Involvement
from app.confirmations.models import AWAITING, CONFIRMED
from app.corrections.correctable_records import get_models
from app.corrections.models import APPROVED, Correction
from app.corrections.models import REQUESTED as CORRECTION_REQUESTED
from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, OrderMatch
from app.court_orders.models.matches import OPEN_STATES, in_states
from app.duplicates.models import REQUESTED, PersonMerge
from app.kernel.actor import unrestricted
from app.people.deaths import DeathReport
from app.people.models import Person
from app.people.status import PersonStatus
from app.people.visibility import SealedPerson
from app.retention.models import RetentionAct
from app.retention.reviews import CLOSED, WITHOUT_END
from app.retention.rules import SEAL

FINISHED = (state_machine.REJECTED, state_machine.RETURNED, state_machine.RECALLED, state_machine.REPLACED)


def find_obstacles(session, person_id, act_id=None):
    """Return the reasons against sealing, for the act `act_id` or a new one. Waits for who changes the person."""
    with session.no_autoflush, unrestricted(session):
        session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
        return tuple(
            text
            for text, found in _list_checks(person_id, act_id)
            if session.scalar(found.limit(1)) is not None
        )


def _list_checks(person_id, act_id):
    """Yield (text, statement that finds a row if the text applies)."""
    yield (
        _("This person is wanted, in custody, detained or supervised."),
        select(PersonStatus.person_id).where(
            PersonStatus.person_id == person_id, PersonStatus.status.in_(WITHOUT_END)
        ),
    )
    yield (
        _("An order of a court against this person is not finished."),
        select(CourtOrder.id).where(
            CourtOrder.person_id == person_id,
            CourtOrder.voided_at.is_(None),
            CourtOrder.status.not_in(FINISHED),
        ),
    )
    yield (
        _("A match of this person with an order waits for an answer."),
        select(OrderMatch.id).where(OrderMatch.person_id == person_id, in_states(OPEN_STATES)),
    )
    cases = select(Involvement.case_id).where(
        Involvement.person_id == person_id, Involvement.voided_at.is_(None)
    )
    yield (
        _("A case of this person is open."),
        select(Case.id).where(Case.id.in_(cases), Case.voided_at.is_(None), Case.status.not_in(CLOSED)),
    )
    yield (
        _("A correction of this person or of a case of this person is pending."),
        select(Correction.id).where(
            Correction.state.in_((CORRECTION_REQUESTED, APPROVED)),
            or_(Correction.case_id.in_(cases), *_concerns(person_id)),
        ),
    )
    yield (
        _("A merge of this person is pending."),
        select(PersonMerge.id).where(
            PersonMerge.state == REQUESTED,
            or_(PersonMerge.surviving_id == person_id, PersonMerge.merged_id == person_id),
        ),
    )
    yield (
        _("This record was merged with another one. Choose that one."),
        select(Person.id).where(Person.id == person_id, Person.merged_into_id.is_not(None)),
    )
    yield (
        _("A report of death of this person awaits confirmation."),
        select(DeathReport.id).where(
            DeathReport.person_id == person_id,
            DeathReport.confirmation == AWAITING,
            DeathReport.voided_at.is_(None),
        ),
    )
    same = RetentionAct.person_id == person_id, RetentionAct.kind == SEAL, RetentionAct.id != (act_id or 0)
    yield (
        _("This record is sealed, or its sealing awaits confirmation."),
        select(RetentionAct.id).where(
            *same,
            RetentionAct.voided_at.is_(None),
            or_(
                RetentionAct.confirmation == AWAITING,
                and_(
                    RetentionAct.confirmation == CONFIRMED,
                    RetentionAct.id.in_(select(SealedPerson.act_id)),
                ),
            ),
        ),
    )


def _concerns(person_id):
    """Return the conditions that a correction is of the person, or of a row of the person."""
    yield and_(Correction.entity == Person.__tablename__, Correction.entity_id == person_id)
    for table, model in get_models().items():
        if hasattr(model, "person_id"):
            rows = select(model.id).where(model.person_id == person_id)
            yield and_(Correction.entity == table, Correction.entity_id.in_(rows))
