"""Notifies the chief when an officer changes by what an open report is compared with others.

The change counts at once, and one officer could end the search for a person or an item without an end of the report. New
information is added without a notice.
"""
# chosen fields: those by which reports are compared, and where property is kept

from app.accounts.chain_of_command import find_responsible_chief
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.indices.numbers import COLUMNS
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import get_value_before, has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.missing.models import PersonReport, PropertyReport

EDITED = "report.description_changed"
_BOTH = ("kind", "happened_on", "place_code")
COMPARED = {
    PersonReport: (
        *_BOTH, "name", "sex", "age_from", "age_to", "height_from", "height_to", "mark_kind", "body_part", "marks", "clothes",
    ),
    PropertyReport: (*_BOTH, "side", "description", "make", "model", "colour", "kept_at", *COLUMNS),
}  # fmt: skip
ADDED_TO = ("marks", "clothes", "description")
register_texts(
    **{
        EDITED: _(
            "An officer changed the description in report %(number)s. Compare it with what was reported: the search has changed."
        )
    }
)


def notify_chiefs(session, _context, _instances):
    """Send the notice to the chief of the unit of each open report with a changed description."""
    if EXEMPTIONS in session.info:  # a correction by three officers
        return
    for report in session.dirty:
        if type(report) in COMPARED and report.is_open and _is_found_otherwise(report):
            role, unit = find_responsible_chief(report.unit_code)
            about = {"entity": report.__tablename__, "entity_id": report.id, "number": report.number}
            send_message(session, NOTICE, text_key=EDITED, to_role=role, to_unit=unit, **about)


def _is_found_otherwise(report):
    return any(
        has_changed(report, (name,)) and not _is_added(report, name) for name in COMPARED[type(report)]
    )


def _is_added(report, name):
    """Return whether a value is new, or a text contains the one before."""
    before = get_value_before(report, name)
    return before is None or (name in ADDED_TO and before in (getattr(report, name) or ""))
