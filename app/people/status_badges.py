"""Status badges of persons on cards and pages: a word, a shape and the legal basis."""

from dataclasses import dataclass

from flask_babel import gettext

from app.extensions import db
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import format_value
from app.people import status

# Red is reserved for an exceeded detention limit; here shape and word carry the meaning.
SHAPES = {
    status.DECEASED: ("", "circle"),
    status.ESCAPED: ("solid", "log-out"),
    status.WANTED: ("solid", "target"),
    status.IN_CUSTODY: ("line", "clock"),
    status.DETAINED: ("line", "door-closed"),
    status.SERVING: ("line", "door-closed"),
    status.ON_PAROLE: ("line", "door-open"),
    status.SUPERVISED: ("line", "eye"),
    status.RELEASED: ("line", "circle"),
    status.CLEARED: ("green", "check"),
}


@dataclass(frozen=True)
class StatusBadge:
    """The values that macro `status` of parts/tag.html shows. A status always has its basis with it."""

    text: str
    basis: str
    kind: str
    icon: str


def make_badge(row):
    """Return the badge of a row of `PersonStatus`, or None without a row."""
    if row is None:
        return None
    kind, icon = SHAPES[row.status]
    return StatusBadge(code_lists.label("person_status", row.status), _format_basis(row), kind, icon)


def _format_basis(row):
    court = lookups.get_lookup("court").words(row.court_code) if row.court_code else ""
    if row.entity == "arrest" and row.number:  # the code of the unit that receives the person
        document = gettext("in transfer to %(unit)s", unit=lookups.get_lookup("unit").words(row.number))
    else:
        kind = code_lists.label("order_kind", row.basis) if row.entity == "court_order" and row.basis else ""
        document = " ".join(filter(None, (kind, row.number)))
    since = gettext("since %(when)s", when=format_value(row.since)) if row.since else ""
    return " · ".join(part for part in (document, court, since) if part)


def find_badge(person_id):
    """Return the badge of one person, for a page."""
    return make_badge(status.get_statuses(db.session, [person_id]).get(person_id))
