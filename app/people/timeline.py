"""The time line of a person: what cases, orders and whoever holds him tell of him, newest first."""

from dataclasses import dataclass
from datetime import date, datetime, time

from app.kernel.schema.display import said
from app.kernel.screens import related_rows

MOST = 60  # events on the page
SHAPES = ("square", "dot", "diamond", "clock", "ring")

_tellers = {}  # hanging.Kind → what its rows tell


@dataclass(frozen=True)
class Event:
    """One line: `shape` is square (order, charge), diamond (decision), ring (liberty), clock (held) or dot.

    `after` is the shape of what it follows, if both are of one moment: a step of a judgment comes after the judgment, an
    escape after the beginning of the time in prison.
    """

    at: date | datetime
    title: str
    detail: str = ""
    shape: str = "dot"
    url: str = ""
    after: str = ""

    @property
    def when(self):
        return said(self.at)

    @property
    def iso(self):
        return self.at.isoformat()

    @property
    def order(self):
        """Of one day an order comes first, then what has its hour, then decision, prison and liberty, which have none."""
        rank = SHAPES.index(self.after) + 0.5 if self.after else SHAPES.index(self.shape)
        if isinstance(self.at, datetime):
            return self.at, rank
        return datetime.combine(self.at, time.min if rank == 0 else time.max), rank


def tells(model, names, through=None):
    """Decorates `tell(row)` → Events of one row of `model` that hangs on the person, by itself or `through` a link.

    `names` are the columns that it tells of; no others are read.
    """
    kind = related_rows.Kind(model, "person", tuple(names.split()), falling=True, most=MOST, through=through)

    def keep(tell):
        _tellers[kind] = tell
        return tell

    return keep


def kinds():
    """The kinds of rows that tell."""
    return tuple(_tellers)


def of(person):
    """The newest events of a person that the reader may see. One statement."""
    return of_rows(related_rows.read(kinds(), [person.id]))


def of_rows(found):
    """The same of the rows of each of the `kinds`, where they are read already."""
    rows = ((tell, row) for tell, some in zip(_tellers.values(), found, strict=True) for row in some)
    events = [event for tell, row in rows if row.voided_at is None for event in tell(row)]
    return sorted(events, key=lambda event: event.order, reverse=True)[:MOST]
