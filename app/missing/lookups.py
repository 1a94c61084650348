"""Lookups of reports by their number."""

from app.kernel.schema import code_lists
from app.kernel.schema.lookups import register_numbered
from app.missing.models import PersonReport, PropertyReport


def register():
    """Register the lookups of this package."""
    register_numbered(
        "person_report",
        PersonReport,
        PersonReport.__prefix__,
        lambda row: code_lists.label("person_report_kind", row.kind),
    )
    register_numbered(
        "property_report", PropertyReport, PropertyReport.__prefix__,
        lambda row: code_lists.label("exhibit_kind", row.kind),
    )  # fmt: skip
