"""The status of a person as cards and pages show it: a word, a shape, and the paper on which it rests."""

from dataclasses import dataclass

from flask_babel import gettext

from app.extensions import db
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import said
from app.people import status

# Red is kept for a limit of liberty that has passed; here shape and word tell.
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
class StatusMark:
    """What `status` of parts/tag.html draws. A status without its basis is not shown."""

    text: str
    basis: str
    kind: str
    icon: str


def mark_of(row):
    """The mark of one row of `PersonStatus`; None for none."""
    if row is None:
        return None
    kind, icon = SHAPES[row.status]
    return StatusMark(code_lists.label("person_status", row.status), _basis(row), kind, icon)


def _basis(row):
    court = lookups.named("court").words(row.court_code) if row.court_code else ""
    paper = code_lists.label("order_kind", row.basis) if row.entity == "court_order" and row.basis else ""
    since = gettext("since %(when)s", when=said(row.since)) if row.since else ""
    return " · ".join(part for part in (" ".join(filter(None, (paper, row.number))), court, since) if part)


def mark_for(person_id):
    """The mark of one person, for a page."""
    return mark_of(status.of(db.session, [person_id]).get(person_id))
