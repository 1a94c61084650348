"""Compares derived columns of custody records with their acts, for `run.py status check`.

It recomputes the columns of custodies, detentions, judgments, sentences and releases, the involvements that judgments end,
the arrests that await a custody, and the orders that acquittals suspend, in memory. It writes nothing.
"""
# unrestricted: compares custody records nationwide with their acts, for a command

from sqlalchemy import exists, or_, select, union
from sqlalchemy.orm import Session, joinedload, load_only, object_session, selectinload

from app.cases.flush_hooks import BIRTH_COLUMNS
from app.cases.models import Case, Involvement
from app.confirmations.models import CONFIRMED
from app.court_orders import state_machine
from app.court_orders.acquittal import follows_from
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody import arrest_state, order_effects
from app.custody.derived_state import (
    load_of_people,
    set_decisions,
    set_follow_up_end,
    set_judgment_dates,
    update_custody,
    update_detention,
    update_sentence,
)
from app.custody.models import Arrest, Custody, Detention, Judgment, Release, Sentence
from app.kernel.actor import SYSTEM, act_as
from app.kernel.schema import derived_columns
from app.people.models import Person

HELD_PEOPLE = 500  # people whose custodies and detentions are read at once
OF_SENTENCE = (
    selectinload(Sentence.changes), selectinload(Sentence.detentions).selectinload(Detention.steps),
    joinedload(Sentence.judgment),
)  # fmt: skip
# What decides the state of a custody or detention, besides the rows that `load_of_people` reads.
OF_HELD = {
    Custody: (
        joinedload(Custody.case).load_only(Case.occurred_from),
        joinedload(Custody.arrest).options(
            load_only(Arrest.at), joinedload(Arrest.order).load_only(CourtOrder.occurred_on, CourtOrder.case_id)
        ),
    ),
    Detention: (
        joinedload(Detention.case).load_only(Case.occurred_from),
        joinedload(Detention.sentence).options(*OF_SENTENCE),
    ),
}  # fmt: skip
OF_JUDGMENT = (
    selectinload(Judgment.steps),
    joinedload(Judgment.involvement).joinedload(Involvement.case).options(load_only(Case.id), selectinload(Case.offences)),
)  # fmt: skip


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
    found += _find_held(connection)
    for records in derived_columns.load_batches(connection, Judgment):
        found += _compare_judgments(records)
    for model, update, options in (
        (Sentence, update_sentence, OF_SENTENCE),
        (Release, set_follow_up_end, (selectinload(Release.steps),)),
    ):
        for records in derived_columns.load_batches(connection, model, *options):
            for one in records:
                update(one)
            found += _compare(records)
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


def _find_held(connection):
    """Yield what differs in the custodies and detentions, which also depend on the other records of their person."""
    held = union(*(select(model.person_id).where(model.voided_at.is_(None)) for model in OF_HELD))
    people = sorted(connection.scalars(held))
    with Session(connection, autoflush=False) as session:
        act_as(session, SYSTEM)
        for start in range(0, len(people), HELD_PEOPLE):
            some = select(Person).where(Person.id.in_(people[start : start + HELD_PEOPLE]))
            births = load_only(*(getattr(Person, name) for name in BIRTH_COLUMNS))
            of_people = load_of_people(session, session.scalars(some.options(births)).all(), OF_HELD)
            for of_person in of_people.values():
                for detention in of_person.detentions:
                    update_detention(detention, of_person)
                for custody in of_person.custodies:
                    update_custody(custody, of_person)
                yield from _compare([*of_person.custodies, *of_person.detentions])
            session.expunge_all()


def _compare_judgments(records):
    """Return what differs in the judgments and their involvements, which depend on all judgments about the person."""
    ids = {one.involvement_id for one in records}
    statement = select(Judgment).where(Judgment.involvement_id.in_(ids)).options(*OF_JUDGMENT)
    of_involvements = {}
    for one in object_session(records[0]).scalars(statement).unique():
        of_involvements.setdefault(one.involvement, []).append(one)
        if one.voided_at is None:
            set_judgment_dates(one)
    for involvement, judgments in of_involvements.items():
        set_decisions(involvement, judgments)
    return _compare([*records, *of_involvements])


def _compare(records):
    return [difference for one in records for difference in derived_columns.compare_columns(one)]
