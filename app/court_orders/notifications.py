"""Messages about matches. They name orders and units, and no person."""

from functools import cache

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import NATIONAL_ROLE, find_responsible_chief
from app.court_orders.models.events import END_REQUESTED
from app.inbox import message_texts, record_links
from app.inbox.actions import complete_tasks, postpone_tasks, send_message
from app.inbox.models import NOTICE, TASK

RAISED, LATE, RESTORED = "match.raised", "match.overdue", "order.restored"
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
        "match.extended": _("The answer to the match on order %(order)s is due by %(when)s."),
        RESTORED: _(
            "The acquittal that suspended order %(order)s is no longer valid. Execute the order again."
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
        LATE: _("The match on order %(order)s was not answered in time."),
    }
)
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


def notify_restored(session, order):
    """Notify the unit in charge that its suspended order is active again."""
    if order.owner_unit_code:
        about = {"entity": "court_order", "entity_id": order.id, "order": order.number}
        send_message(session, NOTICE, text_key=RESTORED, to_unit=order.owner_unit_code, **about)


def complete_match_tasks(session, pk):
    """Complete the open tasks of a match."""
    complete_tasks(session, "order_match", pk)


def notify_late(session, matches, step):
    """Notify the chief of the unit in charge at step 1, and the national monitor at step 2.

    `matches` are rows with the id, the unit in charge and the number of the order.
    """
    find_recipient = cache(find_responsible_chief) if step == 1 else lambda _unit_code: (NATIONAL_ROLE, None)
    for match in matches:
        role, unit = find_recipient(match.owner_unit_code)
        about = {"entity": "order_match", "entity_id": match.id, "order": match.number}
        send_message(session, TASK, text_key=LATE, to_role=role, to_unit=unit, **about)


def notify_death(session, order, is_confirmed):
    """Notify the unit in charge of a report of death; once it is confirmed the recall is a task."""
    if order.owner_unit_code:
        kind, key = (TASK, DEATH_CONFIRMED) if is_confirmed else (NOTICE, DEATH_REPORTED)
        about = {"entity": "court_order", "entity_id": order.id, "order": order.number}
        send_message(session, kind, text_key=key, to_unit=order.owner_unit_code, **about)


def complete_order_tasks(session, order_id):
    """Complete the task that asks for the recall of an order."""
    complete_tasks(session, "court_order", order_id, DEATH_CONFIRMED)
