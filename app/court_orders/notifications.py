"""Messages about matches. They name orders and units, and no person."""

from dataclasses import dataclass
from functools import cache

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import NATIONAL_ROLE, find_responsible_chief
from app.court_orders import state_machine
from app.court_orders.models.events import END_REQUESTED, RESUMPTION_REQUESTED
from app.inbox import message_texts, record_links
from app.inbox.actions import complete_tasks, complete_tasks_of_all, postpone_tasks, send_message
from app.inbox.models import NOTICE, TASK
from app.reference.models import Unit

RAISED, LATE, RESTORED, ALIVE = "match.raised", "match.overdue", "order.restored", "order.alive"
IN_FORCE_AGAIN = "order.in_force_again"
SUSPENDED, ACQUITTED_ELSEWHERE = "order.suspended", "order.acquitted_elsewhere"
ACCUSED_ELSEWHERE = "order.accused_elsewhere"
SUSPENSION_ENTERED, RESUMPTION_ENTERED = "order.suspension_entered", "order.resumption_entered"
NO_ANSWER, RECEIVED = "match.no_answer", "order.received"
ASSIGNED, ASSIGNED_ELSEWHERE = "order.assigned", "order.assigned_elsewhere"
EXECUTED_BY_ARREST = "order.executed"
PERSON_VOID, PERSON_IS_CHILD = "order.person_void", "order.person_is_child"
PERSON_EDITED, DENIED_BY_ONE = "order.person_edited", "match.denied_by_one"
DEATH_REPORTED, DEATH_CONFIRMED = "order.death_reported", "order.death_confirmed"

message_texts.register_texts(
    **{
        RAISED: _(
            "Possible match for order %(order)s. Confirm the person's identity within %(minutes)s minutes."
        ),
        "match.reported": _(
            "A person you entered may be wanted under order %(order)s. Wait for confirmation before any arrest."
        ),
        "match.confirmed": _("The match on order %(order)s is confirmed. The order is still in force."),
        "match.denied": _(
            "The match on order %(order)s was rejected. Read the reason. Do not arrest on this match."
        ),
        DENIED_BY_ONE: _(
            "An officer answered that the person met is not the person of order %(order)s. Check the reason."
        ),
        "match.extended": _("The answer to the match on order %(order)s is due by %(when)s."),
        RESTORED: _(
            "The acquittal that suspended order %(order)s is no longer valid. Execute the order again."
        ),
        ALIVE: _(
            "The death of the person of order %(order)s is not confirmed any more. The order is active again."
        ),
        IN_FORCE_AGAIN: _(
            "The act that ended order %(order)s does not count any more. The order is in force again: execute it, or ask the court."
        ),
        SUSPENDED: _(
            "The person of order %(order)s was finally acquitted in its case. Do not execute it, and ask the court to recall it."
        ),
        SUSPENSION_ENTERED: _(
            "%(unit)s entered decision %(document)s, which finally acquits the person of order %(order)s. The order is suspended. Verify the decision with the court."
        ),
        RESUMPTION_ENTERED: _(
            "%(unit)s entered that the acquittal of the person of order %(order)s is no longer valid. The person is wanted again. Verify this with the court."
        ),
        RECEIVED: _(
            "Order %(order)s was received. A second officer must check it. No person is wanted under it yet."
        ),
        ASSIGNED: _(
            "Your unit is in charge of order %(order)s now. Search for the person and enter the attempt."
        ),
        ASSIGNED_ELSEWHERE: _("Unit %(unit)s is in charge of order %(order)s now, and no longer %(former)s."),
        EXECUTED_BY_ARREST: _("An arrest by unit %(unit)s executed order %(order)s."),
        PERSON_VOID: _(
            "The record of the person of order %(order)s was voided. The person is not wanted under this order now: identify the person again."
        ),
        PERSON_EDITED: _(
            "An officer edited or added what identifies the person of order %(order)s, or took a part of it back. Compare the"
            " person with the order."
        ),
        PERSON_IS_CHILD: _(
            "The person of order %(order)s was a child below 14. The person is not wanted under this order now: return it to the court."
        ),
        ACQUITTED_ELSEWHERE: _(
            "The person of order %(order)s was finally acquitted in a case. The order names no case: find out whether it belongs to that case, and enter the acquittal or its recall."
        ),
        ACCUSED_ELSEWHERE: _(
            "An acquittal of the person of order %(order)s is no longer valid. An officer suspended the order: find out whether it was for this acquittal, and enter the annulment."
        ),
        DEATH_REPORTED: _(
            "The death of the person of order %(order)s was reported and is not confirmed. The order stays active."
        ),
        DEATH_CONFIRMED: _(
            "The death of the person of order %(order)s is confirmed. Ask the court to recall the order; until then it raises matches."
        ),
        END_REQUESTED: _(
            "The end of order %(number)s was reported. It stays active until a second officer confirms or rejects this."
        ),
        RESUMPTION_REQUESTED: _(
            "The end of the acquittal was reported for order %(number)s. Its person is not wanted until a second officer confirms this."
        ),
        LATE: _("The match on order %(order)s was not answered in time."),
        NO_ANSWER: _(
            "The match on order %(order)s has no answer in time. Its superiors are notified. Ask unit %(unit)s directly."
        ),
    }
)
# State of an order before it is in force again → the text that says why.
RESUMED = {state_machine.SUSPENDED: RESTORED, state_machine.DIED: ALIVE}
record_links.register_page("order_match", "can_list", "OrderMatch", "OrderMatchView.show")


def notify_raised(session, pk, row, order_no):
    """Give the unit in charge a task, and notify the unit that entered the person."""
    about = {"entity": "order_match", "entity_id": pk, "order": order_no}
    minutes = int((row["due_at"] - row["raised_at"]).total_seconds() // 60)
    if row["owner_unit_code"]:
        to = row["owner_unit_code"]
        send_message(
            session, TASK, text_key=RAISED, to_unit=to, due_at=row["due_at"], minutes=minutes, **about
        )
    if row["unit_code"] and row["unit_code"] != row["owner_unit_code"]:
        send_message(session, NOTICE, text_key="match.reported", to_unit=row["unit_code"], **about)


def notify_answered(session, match, order_no, kind, until):
    """Notify the waiting unit, and complete the tasks of the match.

    With an extension until `until`, the task of the unit in charge stays open until then, and only the tasks of the
    escalation are completed.
    """
    about = {"entity": "order_match", "entity_id": match.id, "order": order_no}
    key, when = kind.replace("_", ".", 1), until.isoformat(" ", "minutes") if until else ""
    if until is None:
        complete_tasks(session, "order_match", match.id)
    else:
        complete_tasks(session, "order_match", match.id, LATE)
        postpone_tasks(session, "order_match", match.id, until)
    if match.unit_code and match.unit_code != match.owner_unit_code:
        send_message(session, NOTICE, text_key=key, to_unit=match.unit_code, when=when, **about)
    if kind == "match_denied":  # one officer answers, and it counts at once
        role, chief_unit = find_responsible_chief(match.owner_unit_code)
        send_message(session, NOTICE, text_key=DENIED_BY_ONE, to_role=role, to_unit=chief_unit, **about)


def notify_resumed(session, order, state_before, entered_by):
    """Notify the unit in charge that its order is in force again. After an acquittal, its chief is notified too."""
    _notify_owner(session, order, RESUMED.get(state_before, IN_FORCE_AGAIN))
    if state_before == state_machine.SUSPENDED:
        _notify_chief(session, order, NOTICE, RESUMPTION_ENTERED, unit=entered_by)


def complete_suspension(session, order):
    """Complete the tasks about the suspension of an order."""
    complete_tasks(session, "court_order", order.id, SUSPENDED, SUSPENSION_ENTERED)


def complete_death(session, ids):
    """Complete the tasks to ask for the recall of these orders after a death."""
    complete_tasks_of_all(session, "court_order", ids, DEATH_CONFIRMED)


def _notify_owner(session, order, text_key):
    """Notify the unit in charge of an order."""
    if order.owner_unit_code:
        about = {"entity": "court_order", "entity_id": order.id, "order": order.number}
        send_message(session, NOTICE, text_key=text_key, to_unit=order.owner_unit_code, **about)


@dataclass(frozen=True)
class ExecutedOrder:
    """The values of an executed order that its message needs."""

    id: int
    number: str
    owner_unit_code: str | None


def notify_executed(session, order, unit):
    """Notify the chief that an arrest has executed an order, and the unit in charge if the arrest is of another unit.

    The search ends with the arrest, so an invented arrest must reach a second person at once.
    """
    about = {"entity": "court_order", "entity_id": order.id, "order": order.number}
    about["unit"] = unit.name_km if unit is not None else "—"
    role, chief_unit = find_responsible_chief(order.owner_unit_code)
    send_message(session, NOTICE, text_key=EXECUTED_BY_ARREST, to_role=role, to_unit=chief_unit, **about)
    if order.owner_unit_code and (unit is None or unit.code != order.owner_unit_code):
        send_message(session, NOTICE, text_key=EXECUTED_BY_ARREST, to_unit=order.owner_unit_code, **about)


def notify_suspended(session, order, document_no, entered_by):
    """Give the unit in charge the task to ask for the recall of a suspended order, and its chief the task to verify it.

    One officer enters the acquittal and it counts at once, so a false one must reach a second person at once.
    """
    _give_task(session, order, SUSPENDED)
    _notify_chief(session, order, TASK, SUSPENSION_ENTERED, document=document_no, unit=entered_by)


def _notify_chief(session, order, kind, text_key, **values):
    role, unit = find_responsible_chief(order.owner_unit_code)
    about = {"entity": "court_order", "entity_id": order.id, "order": order.number} | values
    send_message(session, kind, text_key=text_key, to_role=role, to_unit=unit, **about)


def notify_acquitted_elsewhere(session, order):
    """Ask the unit in charge whether an order without a case belongs to the case of an acquittal."""
    _give_task(session, order, ACQUITTED_ELSEWHERE)


def notify_accused_elsewhere(session, order):
    """Ask the unit in charge whether an officer suspended an order for an acquittal that ended."""
    complete_tasks(session, "court_order", order.id, ACQUITTED_ELSEWHERE)
    _give_task(session, order, ACCUSED_ELSEWHERE)


def complete_acquittal_elsewhere(session, ids):
    """Complete the tasks to find out whether these orders belong to the case of an acquittal."""
    complete_tasks_of_all(session, "court_order", ids, ACQUITTED_ELSEWHERE)


def notify_person_changed(session, order, is_void, is_child):
    """Give the unit in charge the task that follows from a changed person, and complete the tasks that no longer do."""
    complete_tasks(session, "court_order", order.id, PERSON_VOID, PERSON_IS_CHILD)
    for text_key, applies in ((PERSON_VOID, is_void), (PERSON_IS_CHILD, is_child)):
        if applies:
            _give_task(session, order, text_key)


def notify_person_edited(session, order):
    """Notify the unit in charge and the chief that the identity of a wanted person was edited; `order` is a row."""
    _notify_chief(session, order, NOTICE, PERSON_EDITED)
    if order.owner_unit_code:
        about = {"entity": "court_order", "entity_id": order.id, "order": order.number}
        send_message(session, NOTICE, text_key=PERSON_EDITED, to_unit=order.owner_unit_code, **about)


def notify_received(session, order):
    """Give the unit the task to verify a received order."""
    about = {"entity": "court_order", "entity_id": order.id, "order": order.number}
    send_message(session, TASK, text_key=RECEIVED, to_unit=order.unit_code, **about)


def notify_assigned(session, order, former):
    """Give the new unit in charge its task, and notify the chief of the former unit if the order leaves the province.

    One officer assigns an order, so the search must not disappear without the knowledge of that chief.
    """
    complete_assignment(session, order.id)
    _give_task(session, order, ASSIGNED)
    chief = find_responsible_chief(former)
    if chief != find_responsible_chief(order.owner_unit_code):
        names = [
            unit.name_km if (unit := session.get(Unit, code)) is not None else "—"
            for code in (order.owner_unit_code, former)
        ]
        about = {"entity": "court_order", "entity_id": order.id, "order": order.number}
        about |= {"unit": names[0], "former": names[1], "to_role": chief[0], "to_unit": chief[1]}
        send_message(session, NOTICE, text_key=ASSIGNED_ELSEWHERE, **about)


def complete_assignment(session, order_id):
    """Complete the task that follows from an assignment."""
    complete_tasks(session, "court_order", order_id, ASSIGNED)


def complete_verification(session, ids):
    """Complete the tasks to verify these orders, or to identify their person again, and those about the person before."""
    complete_tasks_of_all(session, "court_order", ids, RECEIVED, PERSON_VOID, DEATH_CONFIRMED)


def _give_task(session, order, text_key):
    """Give the unit in charge a task about an order."""
    if order.owner_unit_code:
        about = {"entity": "court_order", "entity_id": order.id, "order": order.number}
        send_message(session, TASK, text_key=text_key, to_unit=order.owner_unit_code, **about)


def complete_match_tasks(session, ids):
    """Complete the open tasks of these matches."""
    complete_tasks_of_all(session, "order_match", ids)


def notify_late(session, matches, step):
    """Notify the chief of the unit in charge and the waiting unit at step 1, and the national monitor at step 2.

    `matches` are rows with the id, both units, the number of the order and the name of the unit in charge.
    """
    find_recipient = cache(find_responsible_chief) if step == 1 else lambda _unit_code: (NATIONAL_ROLE, None)
    for match in matches:
        role, unit = find_recipient(match.owner_unit_code)
        about = {"entity": "order_match", "entity_id": match.id, "order": match.number}
        send_message(session, TASK, text_key=LATE, to_role=role, to_unit=unit, **about)
        if step == 1 and match.unit_code and match.unit_code != match.owner_unit_code:
            about["unit"] = match.name_km or "—"
            send_message(session, NOTICE, text_key=NO_ANSWER, to_unit=match.unit_code, **about)


def notify_death(session, order, is_confirmed):
    """Notify the unit in charge of a report of death; once it is confirmed the recall is a task."""
    if order.owner_unit_code:
        kind, key = (TASK, DEATH_CONFIRMED) if is_confirmed else (NOTICE, DEATH_REPORTED)
        about = {"entity": "court_order", "entity_id": order.id, "order": order.number}
        send_message(session, kind, text_key=key, to_unit=order.owner_unit_code, **about)


def complete_order_tasks(session, ids):
    """Complete the tasks about orders that have ended."""
    complete_tasks_of_all(session, "court_order", ids)
