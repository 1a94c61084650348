"""Notices about people who are held: a release, a basis that no longer counts, a remitted sentence, an extension.

The basis is the judgment, the accusation, or the order on which they were arrested. The prison can be in another province than the court,
so the unit that holds the person is notified wherever it is.
"""
# unrestricted: finds the open detentions and custodies of a person nationwide, to notify their units; shows no row

from sqlalchemy import inspect, or_, select

from app.accounts.chain_of_command import find_responsible_chief
from app.cases.models import Involvement
from app.confirmations.models import REJECTED
from app.court_orders import state_machine
from app.court_orders.flush_hooks import valid_events
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody import notifications
from app.custody.models import (
    Arrest,
    Custody,
    CustodyStep,
    Detention,
    DetentionStep,
    Judgment,
    JudgmentStep,
    Release,
    Sentence,
    SentenceChange,
)
from app.custody.models.custody_record import find_case
from app.custody.order_effects import CLEARING_VERDICTS
from app.custody.rules.custodies import EXTENSION, RELEASED
from app.custody.rules.judgments import BASIS_COLUMNS, SET_ASIDE
from app.custody.rules.time_limits import COMMUTATION, PROVISIONAL, SHORTENING_CHANGES
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.text import dates

RELEASE = "release"  # a kind of order
ORDER_HAD_ENDED = "arrest.order_had_ended"
ORDERED_IN_CUSTODY = "custody.release_ordered"
ORDER_LOST = "arrest.order_lost"
TEXTS = {"judgment": "detention.overturned", "involvement": "detention.cleared"}
ENDING_EVENTS = (*state_machine.COURT_DECISIONS, "acquitted")
PENDING = Pending(dict)  # release orders and overturned judgments just written
CONTRADICTED = Pending(list)  # arrests on an order that had ended before, as was just written
FREED = Pending(list)  # custodies and detentions from which a person was just released
REMITTED = Pending(list)  # changes of a sentence, and steps that set a judgment aside, just written
FREEING = ("acquitted", "extradited", "other")  # ends of a detention without a row of a release
REMITS = (*SHORTENING_CHANGES, COMMUTATION, SET_ASIDE)
# step that changes what a court decided → (the record, the text of the notice)
REMITTING = {
    SentenceChange: ("sentence", "sentence.changed"),
    JudgmentStep: ("judgment", "judgment.set_aside"),
}
CLEARED = Pending(list)  # judgments that have just cleared their person finally
MOVED = Pending(list)  # steps that have just transferred a person to another unit
EXTENDED = Pending(list)  # steps that have just extended a custody or detention
# step → (the column with what was granted, the record that it extends, the columns with its new end and its unit)
GRANTS = {
    CustodyStep: ("hours", "custody", "limit_at", "held_by_code"),
    DetentionStep: ("months", "detention", "due_on", "unit_code"),
}
LOST = Pending(set)  # ids of orders that are void or have another person


def collect_changes(session, _context):
    """Collect release orders that took effect, what is no basis of a detention any more, and people who are cleared.

    Messages wait for the end of the flush.
    """
    pending = PENDING.get(session)
    for one in (*session.new, *session.dirty):
        if isinstance(one, CourtOrder) and _takes_effect(one):
            pending["order", one.id] = one.person_id, one.number, one.owner_unit_code
        elif isinstance(one, CourtOrder) and one in session.dirty and _is_lost(one):
            LOST.get(session).add(one.id)
        elif isinstance(one, Judgment) and _is_overturned(one):
            pending["judgment", one.id] = one.person_id, None, None
        elif isinstance(one, Judgment) and _clears(one):
            CLEARED.get(session).append(one)
        elif isinstance(one, Involvement) and one.ended_on is not None and has_changed(one, ("ended_on",)):
            pending["involvement", one.case_id] = one.person_id, None, None
        elif isinstance(one, OrderEvent) and one.kind in ENDING_EVENTS and _has_begun(one):
            arrests = _list_contradicted_arrests(one, is_new=one in session.new)
            found = [(one.order, one.document_no, arrest) for arrest in arrests]
            CONTRADICTED.get(session).extend(found)
        elif isinstance(one, CustodyStep) and one.outcome == RELEASED and has_changed(one, ("outcome",)):
            FREED.get(session).append(one.custody)
        elif isinstance(one, (Release, DetentionStep)) and _frees(one):
            FREED.get(session).append(one.detention)
        elif type(one) in REMITTING and one.kind in REMITS and has_changed(one, ("kind",)):
            REMITTED.get(session).append(one)
        elif isinstance(one, CustodyStep) and one.to_unit_code and has_changed(one, ("to_unit_code",)):
            MOVED.get(session).append(one)
        elif type(one) in GRANTS and one.kind == EXTENSION and has_changed(one, GRANTS[type(one)][:1]):
            EXTENDED.get(session).append(one)


def _is_lost(order):
    """Return whether the order just got another person, none, or became void."""
    named_before = inspect(order).attrs.person_id.history.deleted or ()
    return has_changed(order, ("voided_at",)) or any(one is not None for one in named_before)


def _frees(row):
    """Return whether the row just ended a detention by a release, and not by a death or a sentence."""
    if isinstance(row, Release):
        return has_changed(row, ("detention_id",))
    return row.reason in FREEING and has_changed(row, ("reason",))


def _has_begun(event):
    """Return whether the event was just entered or confirmed: a person may be held unlawfully, so no notice waits."""
    is_valid = not event.is_void and event.confirmation != REJECTED
    return is_valid and has_changed(event, ("kind", "confirmation"))


def _list_contradicted_arrests(end, is_new):
    """Yield the executions of the order by an arrest that was made after this end of the order.

    The units know of those that were entered before the end since its entry.
    """
    order, ended_at = end.order, state_machine.effective_at(end)
    for one in valid_events(order):
        is_execution = one.kind == "executed" and one.arrest_id and (is_new or one.id > end.id)
        if is_execution and state_machine.effective_at(one) > ended_at:
            yield one


def _takes_effect(order):
    is_valid = (
        order.kind == RELEASE and order.status == state_machine.IN_FORCE and order.person_id is not None
    )
    return is_valid and has_changed(order, ("status", "person_id"))


def _clears(judgment):
    is_clearing = judgment.verdict in CLEARING_VERDICTS and judgment.final_on is not None
    return is_clearing and judgment.is_in_force and has_changed(judgment, ("verdict", "final_on"))


def _is_overturned(judgment):
    return not judgment.is_in_force and has_changed(judgment, BASIS_COLUMNS)


def notify_units(session, _context):
    """Notify the units of the open detentions, and the unit in charge of a release order."""
    for (entity, record_id), (person_id, number, owner_unit) in PENDING.take(session).items():
        row = Detention.__table__.c
        found = select(row.id, row.unit_code).where(
            row.person_id == person_id, row.ended_on.is_(None), row.voided_at.is_(None)
        )
        if entity == "judgment":
            sentence = Sentence.__table__.c
            found = found.where(row.sentence_id == sentence.id, sentence.judgment_id == record_id)
        elif entity == "involvement":
            found = found.where(row.case_id == record_id, row.kind == PROVISIONAL)
        with unrestricted(session):
            detentions = session.execute(found.order_by(row.id)).all()
        if entity == "order":
            _notify_of_custodies(session, person_id, number)
        for detention in detentions:
            facts = {"person": f"P-{person_id:07d}", "number": f"D-{detention.id:07d}"}
            if entity == "order":
                units = dict.fromkeys((detention.unit_code, owner_unit))
                notifications.notify_release_order(session, detention.id, units, order=number, **facts)
            else:
                notifications.notify_of_record(
                    session, TEXTS[entity], "detention", detention.id, detention.unit_code, **facts
                )


def _notify_of_custodies(session, person_id, order_no):
    """Notify the units that hold the person of a release order in police custody."""
    row = Custody.__table__.c
    held = select(row.id, row.held_by_code).where(
        row.person_id == person_id, row.ended_at.is_(None), row.voided_at.is_(None)
    )
    with unrestricted(session):
        custodies = session.execute(held.order_by(row.id)).all()
    for pk, unit_code in custodies:
        facts = {"order": order_no, "person": f"P-{person_id:07d}", "number": f"K-{pk:07d}"}
        notifications.notify_of_record(session, ORDERED_IN_CUSTODY, "custody", pk, unit_code, **facts)


def notify_of_contradictions(session, _context):
    """Notify the unit in charge of the order, and the units that arrested and hold the person."""
    for order, document_no, execution in CONTRADICTED.take(session):
        facts = {"order": order.number, "document": document_no, "arrest": f"A-{execution.arrest_id:07d}"}
        holding = _find_holding_units(session, order.person_id, execution)
        for unit_code in holding:
            about = "arrest", execution.arrest_id, unit_code
            notifications.notify_of_record(session, ORDER_HAD_ENDED, *about, **facts)
        if order.owner_unit_code and order.owner_unit_code not in holding:
            about = "court_order", order.id, order.owner_unit_code
            notifications.notify_of_record(session, ORDER_HAD_ENDED, *about, **facts)


def notify_of_lost_orders(session, _context):
    """Notify the units that hold a person who was arrested on an order that is void, or is about another person."""
    for order_id in sorted(LOST.take(session)):
        order, event, arrest = CourtOrder.__table__.c, OrderEvent.__table__.c, Arrest.__table__.c
        # A void order makes its events void.
        executes = (
            event.kind == "executed",
            or_(event.voided_at.is_(None), event.voided_at == order.voided_at),
        )
        arrests = (
            select(order.number, arrest.id, arrest.person_id, arrest.by_unit_code, arrest.at, arrest.awaits_custody)
            .where(
                order.id == order_id, event.order_id == order.id, *executes, arrest.id == event.arrest_id,
                arrest.voided_at.is_(None), or_(order.voided_at.is_not(None), order.person_id.is_distinct_from(arrest.person_id)),
            )
            .order_by(arrest.id)
        )  # fmt: skip
        with unrestricted(session):
            found = session.execute(arrests).all()
        for one in found:
            units = _find_units_of_custody(session, one.person_id, one.id, one.at)
            for unit_code in units or ([one.by_unit_code] if one.awaits_custody else []):
                facts = {"order": one.number, "arrest": f"A-{one.id:07d}"}
                notifications.notify_of_record(session, ORDER_LOST, "arrest", one.id, unit_code, **facts)


def _find_holding_units(session, person_id, execution):
    """Return the codes of the units that arrested the person, hold them in custody, or are of their prison."""
    units = _find_units_of_custody(session, person_id, execution.arrest_id, execution.at)
    return list(dict.fromkeys(filter(None, (execution.to_unit_code, *units))))


def _find_units_of_custody(session, person_id, arrest_id, arrested_at):
    """Return the codes of the units that hold the person of an arrest in custody, or are of the prison."""
    custody, detention = Custody.__table__.c, Detention.__table__.c
    held = select(custody.held_by_code).where(
        custody.arrest_id == arrest_id, custody.ended_at.is_(None), custody.voided_at.is_(None)
    )
    imprisoned = select(detention.unit_code).where(
        detention.person_id == person_id, detention.ended_on.is_(None), detention.voided_at.is_(None),
        detention.since >= arrested_at.date(),
    )  # fmt: skip
    with unrestricted(session):
        return list(dict.fromkeys((*session.scalars(held), *session.scalars(imprisoned))))


def notify_of_releases(session, _context):
    """Notify the chiefs of the orders that the arrest executed, of the case, and of the unit that held the person."""
    for record in FREED.take(session):
        facts, chiefs = {"person": f"P-{record.person_id:07d}", "number": record.number}, set()
        for number, owner in _list_executed_orders(session, record) if isinstance(record, Custody) else ():
            notifications.notify_chief(session, "custody.search_ended", record, owner, order=number, **facts)
            chiefs.add(find_responsible_chief(owner))
        holder = record.held_by_code if isinstance(record, Custody) else record.unit_code
        _notify_chiefs(session, "custody.released", record, (find_case(record), holder), chiefs, facts)


def _list_executed_orders(session, custody):
    """Return (number, owner unit) of the orders that the arrest executed: their search does not begin again."""
    event, order = OrderEvent.__table__.c, CourtOrder.__table__.c
    executed = event.arrest_id == custody.arrest_id, event.kind == "executed", event.voided_at.is_(None)
    found = select(order.number, order.owner_unit_code).join(OrderEvent.__table__, event.order_id == order.id)
    with unrestricted(session):
        return session.execute(found.where(*executed).order_by(order.id)).all()


def _notify_chiefs(session, text_key, record, owners, chiefs, facts):
    """Notify the chiefs of a case and of units once, except those in `chiefs`."""
    for unit in [getattr(one, "unit_code", one) for one in owners]:
        if unit and (chief := find_responsible_chief(unit)) not in chiefs:
            chiefs.add(chief)
            notifications.notify_chief(session, text_key, record, unit, **facts)


def notify_of_remitted(session, _context):
    """Notify the chief of the case, and of a prison in another province: one officer changes what a court decided.

    `notify_units` notifies the units of a detention whose judgment was set aside.
    """
    for step in REMITTED.take(session):
        link, text_key = REMITTING[type(step)]
        record, held = getattr(step, link), Detention.__table__.c
        owners = [find_case(step)]
        if isinstance(step, SentenceChange):
            found = select(held.unit_code).where(held.sentence_id == record.id, held.voided_at.is_(None))
            with unrestricted(session):
                owners += session.scalars(found.where(held.ended_on.is_(None)).order_by(held.id))
        facts = {"number": record.number, "document": step.document_no or "—"}
        _notify_chiefs(session, text_key, record, owners, set(), facts)


def notify_of_cleared(session, _context):
    """Notify the chief of the case of a final acquittal or non-suit: one officer enters it, and it counts at once."""
    for judgment in CLEARED.take(session):
        facts = {"number": judgment.number, "document": judgment.court_no or "—"}
        _notify_chiefs(session, "judgment.cleared", judgment, [find_case(judgment)], set(), facts)


def notify_of_transfers(session, _context):
    """Notify the chief of a transfer to a unit of another chief: one officer shows the person to that unit."""
    for step in MOVED.take(session):
        unit = step.custody.held_by_code
        if find_responsible_chief(step.to_unit_code) != find_responsible_chief(unit):
            facts = {"number": step.custody.number, "unit": step.to_unit_code}
            notifications.notify_chief(session, "custody.transferred_away", step.custody, unit, **facts)


def notify_of_extensions(session, _context):
    """Notify the chief of each extension: one officer enters it, and the next alert comes only before the new end."""
    for step in EXTENDED.take(session):
        _granted, link, end, unit = GRANTS[type(step)]
        record = getattr(step, link)
        until = getattr(record, end)
        if until is not None:
            facts = {"number": record.number, "document": step.document_no or "—"}
            facts["until"] = dates.format_datetime(until, "en") if link == "custody" else f"{until:%d/%m/%Y}"
            notifications.notify_chief(session, "custody.extended", record, getattr(record, unit), **facts)
