"""Adds what a `demo` database lacks for dashboards and deadline alerts: open matches, and enough persons in
custody for each province. A list that is empty in one of two databases says nothing.

Both are in proportion to the active orders: a hundred times the orders, a hundred times as many.
"""

from datetime import timedelta

from sqlalchemy import func, insert, select

from app import create_app
from app.court_orders.flush_hooks import wanted_conditions
from app.court_orders.matches import WAITING
from app.court_orders.models import CourtOrder, OrderMatch
from app.custody.models import Custody
from app.demo import custody
from app.extensions import db
from app.kernel.access.area import LEVELS
from app.kernel.text import dates
from tests.bench import stores

ORDERS_OF_ONE_HELD = 12
A_MINUTE = timedelta(minutes=1)
DUE = 120  # minutes over which the matches are due; half of them are late
ELSEWHERE = "PC-12", "PC-01"  # units that made the match; the second if the order is from the first
COPIED = ("person_id", "urgent", "owner_unit_code", "family", *LEVELS.values())


def fill(url, folder):
    """Add the missing rows and keep existing ones. Return (open matches, persons in custody)."""
    app = create_app(**stores.settings(url, folder))
    with app.app_context():
        with db.engine.begin() as connection:
            orders = connection.execute(_searched_for()).all()
            if not connection.scalar(_waiting()):
                connection.execute(insert(OrderMatch.__table__), list(_hits(orders)))
            more = len(orders) // ORDERS_OF_ONE_HELD - connection.scalar(_in_custody())
        if more > 0:
            custody.generate_custody(db.engine, people=more, seed=1, report=lambda _text: None, now=more)
        with db.engine.connect() as connection:
            found = connection.scalar(_waiting()), connection.scalar(_in_custody())
        if (
            more > 0 and db.engine.dialect.name == "postgresql"
        ):  # PostgreSQL does so itself some minutes later
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        db.engine.dispose()
    return found


def _searched_for():
    row = CourtOrder.__table__.c
    found = select(row.id, *(row[name] for name in COPIED)).where(*wanted_conditions(row))
    return found.where(row.person_id.is_not(None)).order_by(row.id)


def _waiting():
    return (
        select(func.count()).select_from(OrderMatch.__table__).where(OrderMatch.__table__.c.state == WAITING)
    )


def _in_custody():
    return select(func.count()).select_from(Custody.__table__).where(Custody.__table__.c.ended_at.is_(None))


def _hits(orders):
    now = dates.now().replace(microsecond=0)
    for number, order in enumerate(orders):
        yield {name: getattr(order, name) for name in COPIED} | {
            "order_id": order.id, "matched_as": "suspect", "state": WAITING, "escalated": 0,
            "unit_code": next(one for one in ELSEWHERE if one != order.owner_unit_code),
            "raised_at": now - timedelta(hours=2), "due_at": now + (number % DUE - DUE // 2) * A_MINUTE,
        }  # fmt: skip
