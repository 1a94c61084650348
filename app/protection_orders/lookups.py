"""The lookup of a protection order by its number."""

from app.kernel.schema import code_lists
from app.kernel.schema.lookups import register_numbered
from app.protection_orders.models import ProtectionOrder


def register():
    """Register the lookup."""
    register_numbered(
        "protection_order", ProtectionOrder, "PO", lambda row: code_lists.label("protection_state", row.state)
    )
