"""Timeline of a person: events from cases, orders and custody, newest first."""

from dataclasses import dataclass
from datetime import date, datetime, time

from app.kernel.schema.display import format_value
from app.kernel.screens import related_rows

MAX_EVENTS = 60  # events on the page
SHAPES = ("square", "dot", "diamond", "clock", "ring")

_providers = {}  # row kind → function that describes its rows


@dataclass(frozen=True)
class Event:
    """One event. `shape` is square (order, charge), diamond (decision), ring (release), clock (custody) or dot.

    `after` is the shape of the event that this one follows, if both have the same moment: a step of a judgment comes
    after the judgment, an escape after the start of the prison term.
    """

    at: date | datetime
    title: str
    detail: str = ""
    shape: str = "dot"
    url: str = ""
    after: str = ""

    @property
    def when(self):
        return format_value(self.at)

    @property
    def iso(self):
        return self.at.isoformat()

    @property
    def sort_key(self):
        """Return the sort key: on one day orders first, then events with a time, then decision, prison and release."""
        rank = SHAPES.index(self.after) + 0.5 if self.after else SHAPES.index(self.shape)
        if isinstance(self.at, datetime):
            return self.at, rank
        return datetime.combine(self.at, time.min if rank == 0 else time.max), rank


def event_provider(model, names, through=None, prepare=None):
    """Register `describe(row)` → Events of one row of `model`, linked to the person directly or `through` a link.

    `names` are the only columns that are loaded. `prepare(rows)` loads once what `describe(row, prepared)` needs.
    """
    kind = related_rows.RelatedQuery(
        model, "person", tuple(names.split()), descending=True, limit=MAX_EVENTS, through=through
    )

    def register(describe):
        _providers[kind] = describe, prepare
        return describe

    return register


def list_row_kinds():
    """Return the kinds of rows with a provider."""
    return tuple(_providers)


def get_provider(kind):
    """Return the function that describes the rows of this kind."""
    return _providers[kind][0]


def find_events(person):
    """Return the person's newest events that the reader may see. Runs one statement."""
    return build_events(related_rows.load_rows(list_row_kinds(), [person.id]))


def build_events(rows_by_kind):
    """Return the newest events of rows that are already loaded, in the order of `list_row_kinds`."""
    events = []
    for (describe, prepare), some in zip(_providers.values(), rows_by_kind, strict=True):
        valid = [row for row in some if row.voided_at is None]
        prepared = (prepare(valid),) if prepare is not None else ()
        events += [event for row in valid for event in describe(row, *prepared)]
    return sort_events(events)


def sort_events(events):
    """Return the newest events, newest first."""
    return sorted(events, key=lambda event: event.sort_key, reverse=True)[:MAX_EVENTS]
