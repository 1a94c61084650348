"""Answers to matches, and the escalation of matches without an answer."""
# unrestricted: escalates a match only from the level that was read
# commits: each escalation, so that the job can be killed between two

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, or_, select, update

from app.court_orders import notifications
from app.court_orders.flush_hooks import show_person
from app.court_orders.matches import ANSWERS, ROUTINE_WITHIN, URGENT_WITHIN
from app.court_orders.models import CourtOrder, OrderEvent, OrderMatch
from app.court_orders.models.matches import OPEN_STATES, in_states
from app.kernel.access.access_grants import MATCH, AccessGrant
from app.kernel.actor import actor_of
from app.kernel.audit import recorder
from app.kernel.database.transactions import commit
from app.kernel.forms.inputs import CheckboxField, IntegerField, MultilineField
from app.kernel.forms.validators import MaxLength, Required
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.reference.models import Unit
from app.reference.unit_paths import list_own_units

MAX_ESCALATION = 2  # levels: the chief, then the national monitor
ANSWERED_WITHIN = timedelta(days=1)  # of the match, with all extensions
BATCH_SIZE = 500  # matches in one transaction of the job
OPEN_FOR = timedelta(days=365)  # a confirmed match opens the order to the other unit for so long


class AnswerFields:
    """Form fields of an answer: the reason, the comparison before a confirmation, and the minutes if more time is needed."""

    reason = MultilineField(_("Reason"), [Required(), MaxLength(400)])
    compared = CheckboxField(_("The photo and the data of the order were compared with the person"))
    minutes = IntegerField(
        _("Minutes until the answer"), description=_("Fill this in only if more time is needed.")
    )


def may_answer(user, match):
    """Return True if the user serves in the unit in charge of the order or in its area.

    The unit that waits for the answer cannot give it.
    """
    unit = user.unit
    if unit is None or match.state not in OPEN_STATES:
        return False
    levels = (match.province_code, match.district_code, match.commune_code)
    is_local = not unit.area_code or unit.area_code in levels
    own = list_own_units(user.unit_code)
    return match.owner_unit_code in own or (is_local and match.unit_code not in own)


class AlreadyAnswered(RuleViolation):
    """Another user answered the match first."""


def record_answer(session, match, kind, reason, minutes=None, compared=False):
    """Store the answer on the match and as an event of the order.

    Raises RuleViolation if a request for more time has no valid number of minutes, or a confirmation no comparison, and
    AlreadyAnswered if another user answered first.
    """
    if kind == "match_confirmed" and not compared:
        text = _("Compare the photo and the data first, and select the checkbox.")
        raise RuleViolation([Problem("compared", text, "V086")])
    now, actor, until = dates.now(), actor_of(session), None
    values = {"state": ANSWERS[kind], "reason": reason, "answered_at": now, "answered_by_id": actor.user_id}
    if kind == "match_extended":
        left = match.raised_at + ANSWERED_WITHIN - now
        if not 0 < (minutes or 0) <= left / timedelta(minutes=1):
            text = _("Enter the number of minutes. The answer is due at most one day after the match.")
            raise RuleViolation([Problem("minutes", text)])
        # A missed new deadline starts the escalation from the first level.
        values |= {"due_at": (until := now + timedelta(minutes=minutes)), "escalated": 0}
    table = OrderMatch.__table__
    is_open = table.c.id == match.id, table.c.state.in_(OPEN_STATES)
    if session.execute(update(table).where(*is_open).values(values)).rowcount != 1:
        raise AlreadyAnswered([Problem("reason", _("This match was already answered."))])
    order = session.get(CourtOrder, match.order_id)
    session.add(OrderEvent(order=order, kind=kind, at=now, reason=reason))
    session.flush()
    if kind == "match_confirmed":
        _open_order(session, match, order, reason)
    recorder.record(session, kind.replace("_", "."), "order_match", match.id, order=match.order_id)
    notifications.notify_answered(session, match, order.number, kind, until)


def _open_order(session, match, order, reason):
    """Open the order and its person to the unit that met the person, so that it can enter the arrest on the order."""
    if match.unit_code is None or match.unit_code == order.owner_unit_code:
        return
    now, actor = dates.now(), actor_of(session)
    session.add(
        AccessGrant(
            kind=MATCH, entity=CourtOrder.__tablename__, entity_id=order.id, unit_code=match.unit_code, may_write=True,
            reason=reason, granted_at=now, granted_by_id=actor.user_id, expires_at=now + OPEN_FOR,
            owner_unit=order.owner_unit_code,
        )
    )  # fmt: skip
    session.flush()
    show_person(session, order)


def _is_escalation_due(now):
    """Return the condition that the next escalation of a match is due.

    The first escalation is due at the answer deadline. Each further one is due after another full answer period. The
    deadline itself does not change, so that everyone sees since when the answer is late.
    """
    limits = (OrderMatch.urgent, URGENT_WITHIN), (OrderMatch.urgent.is_(False), ROUTINE_WITHIN)
    steps = [
        and_(condition, OrderMatch.escalated == level, OrderMatch.due_at < now - level * limit)
        for condition, limit in limits
        for level in range(MAX_ESCALATION)
    ]
    return and_(in_states(OPEN_STATES), OrderMatch.due_at < now, or_(*steps))


def escalate_matches(session):
    """Notify the next level of every match without a timely answer, and return the number of escalations.

    Each transaction moves some matches one level up before it sends the messages. A killed and repeated job therefore
    neither repeats nor skips a notification.
    """
    total, last = 0, 0
    while True:
        is_late = _is_escalation_due(dates.now()), OrderMatch.id > last
        rows = session.execute(
            select(OrderMatch.id, OrderMatch.escalated)
            .where(*is_late)
            .order_by(OrderMatch.id)
            .limit(BATCH_SIZE)
        ).all()
        if not rows:
            return total
        last, by_level = rows[-1].id, {}
        for pk, level in rows:
            by_level.setdefault(level, []).append(pk)
        for level, ids in by_level.items():
            total += _escalate_batch(session, ids, level)


def _escalate_batch(session, ids, level):
    """Move these matches up if they are still at `level`, notify the next level, and return how many."""
    table = OrderMatch.__table__
    is_due = table.c.id.in_(ids), table.c.escalated == level, _is_escalation_due(dates.now())
    statement = update(table).where(*is_due).values(escalated=level + 1).returning(table.c.id)
    moved_ids = session.scalars(statement).all()
    columns = OrderMatch.id, OrderMatch.owner_unit_code, OrderMatch.unit_code, CourtOrder.number, Unit.name_km
    found = select(*columns).join(CourtOrder, CourtOrder.id == OrderMatch.order_id)
    found = found.outerjoin(Unit, Unit.code == OrderMatch.owner_unit_code)
    with session.no_autoflush:  # write all messages in one flush
        notifications.notify_late(
            session,
            session.execute(found.where(OrderMatch.id.in_(moved_ids)).order_by(OrderMatch.id)).all(),
            level + 1,
        )
    commit(session)
    return len(moved_ids)
