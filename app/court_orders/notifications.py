"""Who is told of a hit. A message names orders and units, no person."""

from functools import cache

from flask_babel import lazy_gettext as _

from app.accounts.chain_of_command import NATIONAL, chief_of
from app.inbox import message_texts, record_links
from app.inbox.actions import finish, postpone, send
from app.inbox.models import NOTICE, TASK

RAISED, LATE, RESTORED = "hit.raised", "hit.late", "order.restored"

message_texts.register(
    **{
        RAISED: _(
            "Somebody searched for by order %(order)s was met. Say within %(minutes)s minutes whether it is he."
        ),
        "hit.met": _(
            "Somebody whom you entered may be wanted by order %(order)s. Wait for the answer before an arrest."
        ),
        "hit.confirmed": _("The hit on order %(order)s is confirmed: the order stands."),
        "hit.denied": _("The hit on order %(order)s is denied. Read the reason; no arrest rests on it."),
        "hit.longer": _("The answer to the hit on order %(order)s comes by %(when)s."),
        RESTORED: _(
            "The acquittal that held order %(order)s no longer stands: the order is to be carried out again."
        ),
        LATE: _("Nobody has answered the hit on order %(order)s in time."),
    }
)
record_links.shown_by("hit", "can_list", "Hit", "HitView.show")


def raised(session, pk, row, order_no):
    about = {"entity": "hit", "entity_id": pk, "order": order_no}
    minutes = int((row["due_at"] - row["raised_at"]).total_seconds() // 60)
    if row["owner_unit_code"]:
        to = row["owner_unit_code"]
        send(session, TASK, text_key=RAISED, to_unit=to, due_at=row["due_at"], minutes=minutes, **about)
    if row["unit_code"] and row["unit_code"] != row["owner_unit_code"]:
        send(session, NOTICE, text_key="hit.met", to_unit=row["unit_code"], **about)


def answered(session, hit, order_no, act, until):
    """The unit that waits. With a plain answer the tasks of this hit are done; where it comes later, that of the owner is due
    `until` then, and nobody above has to see to it.
    """
    about = {"entity": "hit", "entity_id": hit.id, "order": order_no}
    key, when = act.replace("_", ".", 1), until.isoformat(" ", "minutes") if until else ""
    if until is None:
        finish(session, "hit", hit.id)
    else:
        finish(session, "hit", hit.id, LATE)
        postpone(session, "hit", hit.id, until)
    if hit.unit_code and hit.unit_code != hit.owner_unit_code:
        send(session, NOTICE, text_key=key, to_unit=hit.unit_code, when=when, **about)


def restored(session, order):
    """The unit in charge, which had put the order aside."""
    if order.owner_unit_code:
        about = {"entity": "court_order", "entity_id": order.id, "order": order.number}
        send(session, NOTICE, text_key=RESTORED, to_unit=order.owner_unit_code, **about)


def ended(session, pk):
    finish(session, "hit", pk)


def late(session, hits, step):
    """The chief of the unit in charge first, then who watches over the nation.

    `hits` are rows of their id, unit in charge and order's number.
    """
    above = cache(chief_of) if step == 1 else lambda _unit_code: (NATIONAL, None)
    for hit in hits:
        role, unit = above(hit.owner_unit_code)
        about = {"entity": "hit", "entity_id": hit.id, "order": hit.number}
        send(session, TASK, text_key=LATE, to_role=role, to_unit=unit, **about)
