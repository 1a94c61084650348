"""The lookup of a contact with a minor by its number."""

from app.kernel.schema import code_lists
from app.kernel.schema.lookups import register_numbered
from app.minors.models import MinorContact


def register():
    """Register the lookup."""
    register_numbered(
        "minor_contact", MinorContact, "MC", lambda row: code_lists.label("minor_state", row.state)
    )
