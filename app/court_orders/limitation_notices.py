"""Scheduled job: the unit in charge is notified before the limitation of an active order ends (V078), whatever it does meanwhile."""
# commits: the step of a scheduled job

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.rules.limitation import ACTION, COURT_ACTS, PENALTY, add_years, find_limitation
from app.inbox.message_texts import register_texts
from app.inbox.models import Message
from app.inbox.reminders import send_reminder
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.reference.time_limits import get_limits

ENDS_SOON, BEFORE = "order.limitation", timedelta(days=90)
register_texts(
    **{
        ENDS_SOON: _(
            "The limitation of order %(number)s ends on %(until)s. Ask the court whether it stays in force."
        )
    }
)


def send_notices(session):
    """Notify the units in charge of orders whose limitation ends within 90 days, once. Return the number of notices."""
    now, limits = dates.now(), get_limits()
    first, last = now.date(), now.date() + BEFORE
    known = exists().where(
        Message.entity == CourtOrder.__tablename__, Message.entity_id == CourtOrder.id,
        Message.text_key == ENDS_SOON, Message.sent_at > now - BEFORE - timedelta(days=1),
    )  # fmt: skip
    found = select(CourtOrder).where(
        CourtOrder.status == state_machine.ACTIVE, CourtOrder.voided_at.is_(None), CourtOrder.owner_unit_code.is_not(None),
        or_(*_select_ends(limits, first, last)), ~known,
    )  # fmt: skip
    loads = selectinload(CourtOrder.acts), joinedload(CourtOrder.basis_order)
    sent = 0
    for order in session.scalars(found.options(*loads).order_by(CourtOrder.id)).unique().all():
        _limit, _since, ends = find_limitation(order, limits)
        if first <= ends <= last:
            send_reminder(session, order, ENDS_SOON, order.number, ends, to_unit=order.owner_unit_code)
            sent += 1
    commit(session)
    return sent


def _select_ends(limits, first, last):
    """Yield the condition of each limit that it can end within these days: counted from the order, or from a later court act."""
    for code, limit in limits.items():
        kind, _sign, offence_class = code.partition("_")
        if kind in (ACTION, PENALTY):
            days = add_years(first, -limit.amount), add_years(last, -limit.amount) + timedelta(days=1)
            act = exists().where(
                OrderEvent.order_id == CourtOrder.id, OrderEvent.kind.in_(COURT_ACTS), OrderEvent.voided_at.is_(None),
                OrderEvent.document_date.between(*days),
            )  # fmt: skip
            yield and_(
                CourtOrder.offence_class == offence_class, or_(CourtOrder.issued_on.between(*days), act)
            )
