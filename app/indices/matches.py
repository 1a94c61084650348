"""The answer to a match of a stolen item. The unit of the theft confirms that the item is recovered, or denies it."""
# unrestricted: answers a match only if no one has answered it; reads who entered the find

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update

from app.accounts.chain_of_command import find_responsible_chief
from app.accounts.identity_traits import find_own_accounts
from app.accounts.models import User
from app.cases.models import Exhibit
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.indices import linking
from app.indices.models import CONFIRMED, DENIED, WAITING, ItemMatch
from app.kernel.actor import actor_of, unrestricted
from app.kernel.audit import recorder
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.reference.unit_paths import list_own_units

ANSWERS = (CONFIRMED, DENIED)

register_texts(
    **{
        "item_match.raised": _(
            "The number of an item stolen in your case was entered elsewhere: match %(number)s."
        ),
        "item_match.reported": _(
            "A number that you entered may be of a stolen item: match %(number)s. Verify it with %(unit)s before you act."
        ),
        "item_match.confirmed": _("Match %(number)s is confirmed: the item is the stolen one."),
        "item.recovered": _(
            "The search for stolen item %(number)s has ended: it is recorded as recovered. Verify it."
        ),
        "item_match.denied": _("Match %(number)s is not confirmed: the item is another one."),
    }
)


def may_answer(user, match):
    """Return whether the user serves in the unit of the theft, or in a unit with its whole area, and not where it was found."""
    unit = user.unit
    if unit is None or match.state not in (WAITING, CONFIRMED):
        return False
    own = list_own_units(user.unit_code)
    levels = (match.province_code, match.district_code, match.commune_code)
    is_above = not unit.area_code or unit.area_code in levels
    return match.owner_unit_code in own or (is_above and match.unit_code not in own)


def record_answer(session, match, state, reason):
    """Store the answer, compute the state of the item, and notify the other unit.

    A confirmation can be taken back later. Raises RuleViolation without a reason, for an item found before its theft, for
    the officer who entered the find, and after another answer.
    """
    if not reason:
        raise RuleViolation([Problem("reason", _("Enter how the item was compared."), "V134")])
    if state == CONFIRMED and _has_entered(session, match):
        text = _("Another officer must confirm the item: the officer who entered the find does not.")
        raise RuleViolation([Problem("", text, "V134")])
    if state == CONFIRMED and match.found_on < match.stolen_on:
        text = _(
            "The item was found before it was stolen. Check both cases, or answer that it is another item."
        )
        raise RuleViolation([Problem("", text, "V133")])
    table = ItemMatch.__table__
    values = {
        "state": state, "reason": reason, "answered_at": dates.now(), "answered_by_id": actor_of(session).user_id,
    }  # fmt: skip
    before = (WAITING,) if state == CONFIRMED else (WAITING, CONFIRMED)
    is_open = table.c.id == match.id, table.c.state.in_(before)
    if session.execute(update(table).where(*is_open).values(values)).rowcount != 1:
        raise RuleViolation([Problem("", _("This match of an item was already answered."))])
    recorder.record(session, f"item_match.{state}", ItemMatch.__tablename__, match.id, item=match.item_id)
    complete_tasks(session, ItemMatch.__tablename__, match.id)
    about = {"entity": ItemMatch.__tablename__, "entity_id": match.id, "number": str(match)}
    if match.unit_code and not match.protected:
        send_message(session, NOTICE, text_key=f"item_match.{state}", to_unit=match.unit_code, **about)
    if state == DENIED:  # one officer answers, and it counts at once
        role, chief_unit = find_responsible_chief(match.owner_unit_code)
        send_message(
            session, NOTICE, text_key=f"item_match.{state}", to_role=role, to_unit=chief_unit, **about
        )
    linking.refresh_theft(session, match.stolen_id)


def _has_entered(session, match):
    """Return whether the actor, with this or another account, entered the find."""
    with unrestricted(session):
        found = session.execute(
            select(Exhibit.recorded_by_id).where(Exhibit.id == match.found_id)
        ).scalar_one()
        user = session.get(User, actor_of(session).user_id)
        return found is not None and bool(find_own_accounts(user, {found}))
