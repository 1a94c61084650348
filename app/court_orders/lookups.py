"""Lookup of an order by its number."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.court_orders.models import CourtOrder
from app.court_orders.rules import number_key
from app.extensions import db
from app.kernel.schema import code_lists, legacy_numbers, lookups
from app.kernel.schema.display import format_value

MAX_ROWS = 8


def find_orders(text):
    """Return lookup items for the orders in the user's scope with a number that begins with `text`."""
    return [_make_item(order, text) for order in _load_orders(text)]


def find_named_orders(text, only_registered=False):
    """Return the same items with the name in the order, and in `about` the id of its person, for the audit log.

    With `only_registered`, the name of a person who is not registered is left out: it has no id to log.
    """
    items = []
    for order in _load_orders(text):
        item, is_named = _make_item(order, text), order.person_id or not only_registered
        detail = " · ".join(filter(None, (order.named if is_named else None, item["detail"])))
        items.append(item | {"detail": detail, "about": order.person_id})
    return items


def _load_orders(text):
    number = number_key(text)
    if not number:
        return []
    fits = (CourtOrder.number_key >= number, CourtOrder.number_key < number + "~")
    orders = db.session.scalars(
        select(CourtOrder).where(*fits).order_by(CourtOrder.number_key).limit(MAX_ROWS)
    )
    return orders.all() or legacy_numbers.find_by_legacy_number(CourtOrder, text, MAX_ROWS)


def _make_item(order, text):
    kind, status = code_lists.label("order_kind", order.kind), code_lists.label("order_status", order.status)
    return {
        "id": str(order.id),
        "text": order.number,
        "detail": " · ".join((kind, format_value(order.issued_on), status)),
        "mark": [0, len(number_key(text))] if order.number.startswith(text.strip()) else None,
        "icon": "gavel",
    }


def get_order(key):
    """Return the order with its events and its case, which decide the next possible actions, or None."""
    if not key.isdecimal() or len(key) >= 10:
        return None
    return db.session.get(
        CourtOrder, int(key), options=[joinedload(CourtOrder.acts), joinedload(CourtOrder.case)]
    )


def register():
    lookups.register("order", find_orders, get_order, resource="CourtOrder")
