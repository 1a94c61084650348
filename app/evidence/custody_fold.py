"""Who has an exhibit, folded from its movements, seals and changes of quantity. A row that is void or not confirmed is ignored."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

AWAITING, CONFIRMED = "awaiting", "confirmed"
STORED, PUT_ON = "stored", "put_on"
WITH_OFFICER = ("held", "seized")


@dataclass(frozen=True)
class Custody:
    """The present custody of an exhibit. With no officer and no shelf, its unit has it, or `place` outside the police.

    `open_id` and `open_unit_code` are the movement that waits for its receiver, and the unit of the receiver.
    """

    state: str
    unit_code: str | None
    holder_id: int | None = None
    shelf_id: int | None = None
    place: str | None = None
    since: datetime | None = None
    moved_on: date | None = None
    seal: str | None = None
    quantity: Decimal | None = None
    open_id: int | None = None
    open_unit_code: str | None = None
    has_rows: bool = False


def fold_custody(start, movements, seals=(), changes=()):
    """Return the custody that follows from `start` and the rows, each in the order of their registration."""
    custody = replace(start, has_rows=start.has_rows or bool(movements or seals or changes))
    for one in movements:
        if one.voided_at is not None:
            continue
        if one.confirmation == AWAITING:
            custody = replace(custody, open_id=one.id, open_unit_code=one.to_unit_code)
        elif one.confirmation in (None, CONFIRMED):
            custody = _move(custody, one)
    for one in seals:
        if one.voided_at is None:
            custody = replace(custody, seal=one.number if one.kind == PUT_ON else None)
    for one in changes:
        if one.voided_at is None and one.confirmation == CONFIRMED:
            custody = replace(custody, quantity=one.after)
    return custody


def _move(custody, movement):
    is_with_officer = movement.kind in WITH_OFFICER
    is_inside = is_with_officer or movement.kind == STORED
    unit = movement.to_unit_code or movement.unit_code
    return replace(
        custody,
        state=movement.kind,
        unit_code=unit if is_inside else custody.unit_code,
        holder_id=(movement.to_user_id or movement.recorded_by_id) if is_with_officer else None,
        shelf_id=movement.shelf_id,
        place=None if is_inside else movement.recipient,
        since=movement.decided_at or movement.recorded_at,
        moved_on=movement.moved_on,
        open_id=None,
        open_unit_code=None,
    )
