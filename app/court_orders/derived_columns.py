"""What an order's own acts make of it: its state, who searches, what comes next. Told anew, it is always the same.

It reads orders and acts, stored or made for a demo, and writes nothing.
"""

from datetime import timedelta

from app.court_orders import state_machine
from app.kernel.access.area import LEVELS
from app.kernel.text import dates

YEAR = timedelta(days=365)
# Days until the next step is overdue; none of these is law.
CHECK_WITHIN, ASSIGN_WITHIN, TRY_WITHIN, RETURN_WITHIN = 3, 3, 30, 3
TOLD = (
    "person_id", "checked_by_id", "search_unit_code", "search_officer", "validate_by", "notice_kind", "notice_no",
    "seen_place_code", "seen_on",
)  # fmt: skip


def told(order, acts, area_of, actor):
    """column → value of everything that follows from the standing acts of an order, the oldest act first.

    `area_of(unit code)` gives the area of a unit; `actor` acts now, for what is not stamped yet. In the place of
    `person_id` stands `person` where he is at hand: he may get his number in this very flush.
    """
    now = dict.fromkeys(TOLD)
    now["status"] = state_machine.told(order.kind, [act.kind for act in acts])
    for act in acts:
        now |= _by(act, actor)
    if "person" in now:
        del now["person_id"]
    now["owner_unit_code"] = now["search_unit_code"] or order.unit_code or actor.unit_code
    now |= _levels(area_of(now["owner_unit_code"]))
    now["next_step"], now["due_on"] = _next(order, now, {act.kind: act.at.date() for act in acts})
    return now


def _levels(area):
    return {column: area[:digits] if len(area or "") >= digits else None for digits, column in LEVELS.items()}


def _by(act, actor):
    """The columns of an order that one act sets."""
    day = act.at.date()
    if act.kind == "checked":
        person = {"person": act.person} if act.person is not None else {"person_id": act.person_id}
        checked = {"checked_by_id": act.recorded_by_id or actor.user_id}
        return person | checked | {"validate_by": (act.recorded_at or dates.now()).date() + YEAR}
    if act.kind == "assigned":
        return {"search_unit_code": _key(act, "to_unit"), "search_officer": act.officer}
    if act.kind == "validated":
        return {"validate_by": day + YEAR}
    if act.kind == "notice":
        return {"notice_kind": act.notice_kind, "notice_no": act.paper_no}
    if act.kind in ("seen", "attempt") and _key(act, "place"):
        return {"seen_place_code": _key(act, "place"), "seen_on": day}
    return {}


def _key(act, link):
    """The code of what an act names, whether by the link or by the column behind it."""
    chosen = getattr(act, link)
    return chosen.code if chosen is not None else getattr(act, f"{link}_code")


def _next(order, now, last):
    """(what has to be done next, by which day); (None, None) where nothing waits."""
    status = now["status"]
    if status == state_machine.RECEIVED:
        return "check", (order.recorded_at or dates.now()).date() + timedelta(days=CHECK_WITHIN)
    if status in (state_machine.EXECUTED, state_machine.DIED):
        ended = max(last[kind] for kind in ("executed", "died") if kind in last)
        return "return", ended + timedelta(days=RETURN_WITHIN)
    if status == state_machine.HELD:
        return "await_recall", None
    if status != state_machine.ACTIVE:
        return None, None
    if now["search_unit_code"] is None:
        return "assign", last["checked"] + timedelta(days=ASSIGN_WITHIN)
    tried = max(day for kind, day in last.items() if kind in ("assigned", "attempt"))
    search = ("search" if "attempt" in last else "attempt"), tried + timedelta(days=TRY_WITHIN)
    return min(search, ("validate", now["validate_by"]), key=lambda step: step[1])
