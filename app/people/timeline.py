"""The time line of a person: what cases, orders and, with time, whoever holds him tell of him, newest first."""

from dataclasses import dataclass
from datetime import date, datetime

from app.kernel.display import said

MOST = 60  # events on the page

_tellers = []


@dataclass(frozen=True)
class Event:
    """One line: `shape` is square (order, charge), diamond (decision), ring (liberty), clock (held) or dot."""

    at: date | datetime
    title: str
    detail: str = ""
    shape: str = "dot"
    url: str = ""

    @property
    def when(self):
        return said(self.at)

    @property
    def iso(self):
        return self.at.isoformat()

    @property
    def order(self):
        return (
            self.at if isinstance(self.at, datetime) else datetime(self.at.year, self.at.month, self.at.day)
        )


def tells(tell):
    """Decorates `tell(person)` → Events that its reader may see, at most `MOST`, in a fixed number of statements."""
    _tellers.append(tell)
    return tell


def of(person):
    """The newest events of a person."""
    events = [event for tell in _tellers for event in tell(person)]
    return sorted(events, key=lambda event: event.order, reverse=True)[:MOST]
