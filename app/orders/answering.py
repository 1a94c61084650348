"""Answering a hit, and passing it up when nobody does."""

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update

from app.kernel import audit, dates
from app.kernel.actors import actor_of
from app.kernel.forms import Filled, Fits
from app.kernel.inputs import NumberBox, TextArea
from app.kernel.rules import Problem, RuleBroken
from app.kernel.ticking import clock
from app.orders import telling
from app.orders.hits import ANSWERS, OPEN, ROUTINE_WITHIN, URGENT_WITHIN
from app.orders.models import CourtOrder, Hit, OrderEvent

HIGHEST = 2  # the chief, then the nation
LONGEST = 24 * 60  # minutes that an answer may take longer
AT_ONCE = 500  # hits in one round of the clock


class AnswerBoxes:
    """Why the answer is as it is, and how much longer it takes."""

    reason = TextArea(_("Reason"), [Filled(), Fits(400)])
    minutes = NumberBox(_("Minutes until the answer"), description=_("Only where more time is needed."))


def may_answer(user, hit):
    """Whoever serves where the order is searched for; not the unit that waits for the answer."""
    unit = user.unit
    if unit is None or hit.state not in OPEN:
        return False
    levels = (hit.province_code, hit.district_code, hit.commune_code)
    there = not unit.area_code or unit.area_code in levels
    return user.unit_code == hit.owner_unit_code or (there and user.unit_code != hit.unit_code)


class TooLate(RuleBroken):
    """Somebody else was faster."""


def answer(session, hit, kind, reason, minutes=None):
    """Write down the answer, as an act of the order too.

    Raises RuleBroken where more time is asked for and it is not said how much, TooLate where it was answered meanwhile.
    """
    now, actor, until = dates.now(), actor_of(session), None
    values = {"state": ANSWERS[kind], "reason": reason, "answered_at": now, "answered_by_id": actor.user_id}
    if kind == "hit_longer":
        if not 0 < (minutes or 0) <= LONGEST:
            raise RuleBroken([Problem("minutes", _("Say how many minutes, at most one day."))])
        values["due_at"] = until = now + timedelta(minutes=minutes)
    table = Hit.__table__
    open_still = table.c.id == hit.id, table.c.state.in_(OPEN)
    if session.execute(update(table).where(*open_still).values(values)).rowcount != 1:
        raise TooLate([Problem("reason", _("This hit was answered meanwhile."))])
    order = session.get(CourtOrder, hit.order_id)
    session.add(OrderEvent(order=order, kind=kind, at=now, reason=reason))
    session.flush()
    audit.note(session, kind.replace("_", "."), "hit", hit.id, order=hit.order_id)
    telling.answered(session, hit, order.number, kind, until.isoformat(" ", "minutes") if until else "")


@clock("hits")
def pass_up(session):
    """Tell who stands above of every hit that nobody has answered in time. Gives the number of steps taken.

    Each step is a transaction of its own that moves the hit first: however often this is killed and run again, no
    step is told twice and none is left out.
    """
    taken = 0
    due = (Hit.state.in_(OPEN), Hit.due_at < dates.now(), Hit.passed_up < HIGHEST)
    for pk in session.scalars(select(Hit.id).where(*due).order_by(Hit.due_at).limit(AT_ONCE)).all():
        taken += _step(session, pk)
    return taken


def _step(session, pk):
    hit, table = session.get(Hit, pk, populate_existing=True), Hit.__table__
    before, step = hit.passed_up, hit.passed_up + 1
    later = dates.now() + (URGENT_WITHIN if hit.urgent else ROUTINE_WITHIN)
    moved = update(table).where(table.c.id == pk, table.c.passed_up == before, table.c.state.in_(OPEN))
    if session.execute(moved.values(passed_up=step, due_at=later)).rowcount != 1:
        session.rollback()
        return 0
    telling.late(
        session, hit, session.scalar(select(CourtOrder.number).where(CourtOrder.id == hit.order_id)), step
    )
    session.commit()
    return 1
