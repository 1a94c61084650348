"""Compares derived columns of custody records with their acts, for `run.py status check`.

It recomputes the columns of custodies, detentions, judgments, sentences and releases, the involvements that judgments end,
the arrests that await a custody, and the orders that acquittals suspend, in memory. It writes nothing.
"""
# unrestricted: compares custody records nationwide with their acts, for a command

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import joinedload, object_session, selectinload

from app.cases.models import Case, Involvement
from app.confirmations.models import CONFIRMED
from app.court_orders import state_machine
from app.court_orders.acquittal import follows_from
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody import arrest_state, order_effects
from app.custody.derived_state import UPDATERS, load_of_people
from app.custody.models import Arrest, Custody, Detention, Judgment, Release, Sentence
from app.kernel.schema import derived_columns

PRELOADS = {
    Custody: (
        selectinload(Custody.steps), joinedload(Custody.person), joinedload(Custody.case),
        joinedload(Custody.arrest).joinedload(Arrest.order),
    ),
    Detention: (
        selectinload(Detention.steps), selectinload(Detention.releases),
        joinedload(Detention.sentence).selectinload(Sentence.changes),
        joinedload(Detention.sentence).selectinload(Sentence.detentions).selectinload(Detention.steps),
        joinedload(Detention.sentence).joinedload(Sentence.judgment),
        joinedload(Detention.prison), joinedload(Detention.first_prison), joinedload(Detention.person),
        joinedload(Detention.case),
    ),
    Judgment: (
        selectinload(Judgment.steps), joinedload(Judgment.involvement),
        joinedload(Judgment.case).selectinload(Case.offences),
    ),
    Sentence: (
        selectinload(Sentence.changes), selectinload(Sentence.detentions).selectinload(Detention.steps),
        joinedload(Sentence.judgment),
    ),
    Release: (selectinload(Release.steps),),
}  # fmt: skip


def find_drift(connection):
    """Return the derived values that do not follow from the acts.

    Each row is (entity, id, column, stored, computed). `connection` must see every row.
    """
    found = [
        ("arrest", pk, "awaits_custody", str(stored), str(not stored))
        for pk, stored in connection.execute(arrest_state.select_drift())
    ]
    found += [
        ("involvement", pk, "ended_on", str(stored), "None")
        for pk, stored in connection.execute(_select_ended_without_judgment())
    ]
    found += _find_acquittals(connection)
    for model, options in PRELOADS.items():
        for records in derived_columns.load_batches(connection, model, *options):
            found += _compare_batch(model, records)
    return found


def _select_ended_without_judgment():
    """Return the statement for involvements that ended though no valid judgment is about them."""
    row, judgment = Involvement.__table__.c, Judgment.__table__.c
    judged = exists().where(judgment.involvement_id == row.id, judgment.voided_at.is_(None))
    return select(row.id, row.ended_on).where(row.ended_on.is_not(None), row.voided_at.is_(None), ~judged)


def _find_acquittals(connection):
    """Yield acquittals on orders that no final decision supports now, and open orders of a person who is cleared."""
    order, event = CourtOrder.__table__.c, OrderEvent.__table__.c
    decisions = order_effects.list_acquittals(connection)
    events = select(OrderEvent.__table__).where(
        event.kind.in_(("acquitted", "restored")), event.voided_at.is_(None),
        or_(event.confirmation.is_(None), event.confirmation == CONFIRMED),
    )  # fmt: skip
    known = {}
    for row in connection.execute(events.order_by(event.order_id, event.id)):
        known.setdefault(row.order_id, []).append(row)
    columns = order.id, order.kind, order.status, order.person_id, order.case_id, order.issued_on
    is_open = order.status.in_(state_machine.VALID_STATES)
    rows = select(*columns).where(order.case_id.is_not(None), order.voided_at.is_(None), is_open)
    for row in connection.execute(rows.order_by(order.id)):
        decision = decisions.get((row.person_id, row.case_id))
        standing = [
            one
            for one in state_machine.list_standing(known.get(row.id, ()))
            if one.kind == "acquitted" and one.judgment_id
        ]
        for one in standing:
            if decision is None or not follows_from(one, row, decision):
                yield (
                    "order_event",
                    one.id,
                    "judgment_id",
                    str(one.judgment_id),
                    str(decision and decision.judgment_id),
                )
        if (
            decision is not None
            and not standing
            and state_machine.can_apply(row.kind, row.status, "acquitted")
        ):
            yield "court_order", row.id, "acquitted by", "None", decision.document_no


def _compare_batch(model, records):
    session, of_people = object_session(records[0]), {}
    if model in (Custody, Detention):
        of_people = load_of_people(session, {one.person for one in records})
    for one in records:
        UPDATERS[model](one, of_people.get(one.person))
    checked = [*records, *dict.fromkeys(one.involvement for one in records)] if model is Judgment else records
    return [difference for one in checked for difference in derived_columns.compare_columns(one)]
