"""The lookup of an order by its number."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.court_orders.models import CourtOrder
from app.court_orders.rules import number_key
from app.extensions import db
from app.kernel.schema import code_lists, legacy_numbers, lookups
from app.kernel.schema.display import said

MOST = 8


def find(text):
    """Orders of the asker's part whose number begins with what was typed."""
    number = number_key(text)
    if not number:
        return []
    fits = (CourtOrder.number_key >= number, CourtOrder.number_key < number + "~")
    orders = db.session.scalars(select(CourtOrder).where(*fits).order_by(CourtOrder.number_key).limit(MOST))
    orders = orders.all() or legacy_numbers.records(CourtOrder, text, MOST)
    return [
        {
            "id": str(order.id),
            "text": order.number,
            "detail": f"{code_lists.label('order_kind', order.kind)} · {said(order.issued_on)}",
            "mark": [0, len(number)] if order.number.startswith(text.strip()) else None,
            "icon": "gavel",
        }
        for order in orders
    ]


def get(key):
    """The order with its acts, which say what may follow."""
    if not key.isdecimal() or len(key) >= 10:
        return None
    return db.session.get(CourtOrder, int(key), options=[joinedload(CourtOrder.acts)])


def register():
    lookups.register("order", find, get)
