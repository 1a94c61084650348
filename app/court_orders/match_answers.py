"""Answering a hit, and passing it up when nobody does."""

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, or_, select, update

from app.court_orders import notifications
from app.court_orders.matches import ANSWERS, ROUTINE_WITHIN, URGENT_WITHIN
from app.court_orders.models import CourtOrder, Hit, OrderEvent
from app.court_orders.models.matches import OPEN, is_among
from app.kernel.actor import actor_of
from app.kernel.audit import recorder
from app.kernel.forms.inputs import NumberBox, TextArea
from app.kernel.forms.record_form import Filled, Fits
from app.kernel.scheduler import clock
from app.kernel.schema.rules import Problem, RuleBroken
from app.kernel.text import dates

HIGHEST = 2  # the chief, then the nation
LONGEST = 24 * 60  # minutes that an answer may take longer
AT_ONCE = 500  # hits in one transaction of the clock


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
        # What was promised and is not kept goes up anew, from its beginning.
        values |= {"due_at": (until := now + timedelta(minutes=minutes)), "passed_up": 0}
    table = Hit.__table__
    open_still = table.c.id == hit.id, table.c.state.in_(OPEN)
    if session.execute(update(table).where(*open_still).values(values)).rowcount != 1:
        raise TooLate([Problem("reason", _("This hit was answered meanwhile."))])
    order = session.get(CourtOrder, hit.order_id)
    session.add(OrderEvent(order=order, kind=kind, at=now, reason=reason))
    session.flush()
    recorder.note(session, kind.replace("_", "."), "hit", hit.id, order=hit.order_id)
    notifications.answered(session, hit, order.number, kind, until)


def _next_step_is_due(now):
    """The criterion that it is time for the next step: the first when the answer was due, each further one as long again after
    that as there was for the answer. The hour of the answer itself stays: everybody reads since when it is late.
    """
    times = (Hit.urgent, URGENT_WITHIN), (Hit.urgent.is_(False), ROUTINE_WITHIN)
    steps = [
        and_(which, Hit.passed_up == taken, Hit.due_at < now - taken * time)
        for which, time in times
        for taken in range(HIGHEST)
    ]
    return and_(is_among(OPEN), Hit.due_at < now, or_(*steps))


@clock("hits")
def pass_up(session):
    """Tell who stands above of every hit that nobody has answered in time. Gives the number of steps taken.

    Each transaction takes one step of some hits, and moves them first: however often this is killed and run again, no
    step is told twice and none is left out.
    """
    taken, last = 0, 0
    while True:
        late = _next_step_is_due(dates.now()), Hit.id > last
        hits = session.execute(
            select(Hit.id, Hit.passed_up).where(*late).order_by(Hit.id).limit(AT_ONCE)
        ).all()
        if not hits:
            return taken
        last, steps = hits[-1].id, {}
        for pk, before in hits:
            steps.setdefault(before, []).append(pk)
        for before, ids in steps.items():
            taken += _step(session, ids, before)


def _step(session, ids, before):
    """Move those of these hits that still stand where they stood `before`, and tell of them. Gives their number."""
    table = Hit.__table__
    still = table.c.id.in_(ids), table.c.passed_up == before, _next_step_is_due(dates.now())
    moved = update(table).where(*still).values(passed_up=before + 1).returning(table.c.id)
    mine = session.scalars(moved).all()
    found = select(Hit.id, Hit.owner_unit_code, CourtOrder.number).join(
        CourtOrder, CourtOrder.id == Hit.order_id
    )
    with session.no_autoflush:  # all messages are written at once
        notifications.late(
            session, session.execute(found.where(Hit.id.in_(mine)).order_by(Hit.id)).all(), before + 1
        )
    session.commit()
    return len(mine)
