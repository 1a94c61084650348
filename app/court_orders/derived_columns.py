"""Computes the columns of an order that follow from its events: state, executing unit, next step.

The same events always give the same columns. The module reads orders and events, stored or generated for a demo, and
writes nothing.
"""

from datetime import timedelta

from app.court_orders import state_machine
from app.court_orders.rules.people import is_minor
from app.kernel.access.area import LEVELS
from app.kernel.text import dates

YEAR = timedelta(days=365)
# Days until the next step is overdue. No law sets these.
CHECK_WITHIN, ASSIGN_WITHIN, ATTEMPT_WITHIN, RETURN_WITHIN = 3, 3, 30, 3
DERIVED_COLUMNS = (
    "person_id", "checked_by_id", "search_unit_code", "search_officer", "validate_by", "notice_kind", "notice_no",
    "last_seen_place_code", "last_seen_on",
)  # fmt: skip


def compute_columns(order, events, area_of, actor):
    """Return {column: value} for everything that follows from the valid events, in any order.

    `area_of(unit code)` returns the area of a unit. `actor` is the current user, for events without a stamp. The result
    has `person` instead of `person_id` if the event has the person object: a new person gets the id in this flush.
    """
    values = dict.fromkeys(DERIVED_COLUMNS)
    events = state_machine.sort_events(events)
    values["status"] = state_machine.replay(order.kind, events)
    for event in events:
        values |= _columns_set_by(event, actor)
    if "person" in values:
        del values["person_id"]
    values["minor"] = _is_minor(order, events)
    values["owner_unit_code"] = values["search_unit_code"] or order.unit_code or actor.unit_code
    values |= _area_columns(area_of(values["owner_unit_code"]))
    values["next_step"], values["due_on"] = _next_step(
        order, values, {event.kind: None if event.date_unknown else event.at.date() for event in events}
    )
    return values


def _is_minor(order, events):
    """Return whether the person may be below 18. A person or case hidden from the user keeps what is known already."""
    checked = next((one for one in reversed(events) if one.kind == "checked"), None)
    is_hidden = checked is not None and checked.person is None and checked.person_id
    if order.minor and (is_hidden or (order.case_id and order.occurred_on is None and order.case is None)):
        return True
    return is_minor(order, checked.person if checked is not None else None)


def _area_columns(area):
    return {column: area[:digits] if len(area or "") >= digits else None for digits, column in LEVELS.items()}


def _columns_set_by(event, actor):
    """Return the columns that one event sets."""
    day = event.at.date()
    if event.kind == "checked":
        person = {"person": event.person} if event.person is not None else {"person_id": event.person_id}
        checked = {"checked_by_id": event.recorded_by_id or actor.user_id}
        return person | checked | {"validate_by": (event.recorded_at or dates.now()).date() + YEAR}
    if event.kind == "assigned":
        return {"search_unit_code": _linked_code(event, "to_unit"), "search_officer": event.officer}
    if event.kind == "validated":
        return {"validate_by": day + YEAR}
    if event.kind == "notice":
        return {"notice_kind": event.notice_kind, "notice_no": event.document_no}
    if event.kind in ("seen", "attempt") and _linked_code(event, "place"):
        return {"last_seen_place_code": _linked_code(event, "place"), "last_seen_on": day}
    return {}


def _linked_code(event, link):
    """Return the code that an event links to, from the relationship or from its column."""
    chosen = getattr(event, link)
    return chosen.code if chosen is not None else getattr(event, f"{link}_code")


def _next_step(order, values, last):
    """Return (next step, due date), or (None, None) if the order needs no action."""
    status = values["status"]
    if status == state_machine.RECEIVED:
        return "check", (order.recorded_at or dates.now()).date() + timedelta(days=CHECK_WITHIN)
    if status in (state_machine.EXECUTED, state_machine.DIED):
        ended = [last[kind] for kind in ("executed", "died") if last.get(kind)]
        return "return", max(ended) + timedelta(days=RETURN_WITHIN) if ended else None
    if status == state_machine.SUSPENDED:
        return "await_recall", None
    if status != state_machine.ACTIVE:
        return None, None
    if values["search_unit_code"] is None:
        return "assign", last["checked"] + timedelta(days=ASSIGN_WITHIN)
    tried = max(day for kind, day in last.items() if kind in ("assigned", "attempt"))
    search = ("search" if "attempt" in last else "attempt"), tried + timedelta(days=ATTEMPT_WITHIN)
    return min(search, ("validate", values["validate_by"]), key=lambda step: step[1])
