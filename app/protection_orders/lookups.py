"""The lookup of a protection order by its number."""

from sqlalchemy import select

from app.extensions import db
from app.kernel.schema import code_lists, lookups
from app.kernel.text import khmer
from app.protection_orders.models import ProtectionOrder


def get_order(key):
    """Return the order with this id as text, or None."""
    if not key.isdecimal() or len(key) >= 10:
        return None
    return (
        db.session.scalars(select(ProtectionOrder).where(ProtectionOrder.id == int(key)))
        .unique()
        .one_or_none()
    )


def find_orders(text):
    """Return the lookup item of the order with this number."""
    number = khmer.to_latin_digits(khmer.normalize(text)).upper().removeprefix("PO").lstrip("-")
    order = get_order(number)
    if order is None:
        return []
    detail = code_lists.label("protection_state", order.state)
    return [{"id": str(order.id), "text": order.number, "detail": detail, "mark": None, "icon": "shield"}]


def register():
    """Register the lookup."""
    lookups.register("protection_order", find_orders, get_order, resource="ProtectionOrder")
