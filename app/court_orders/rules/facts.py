"""Facts that the rules of orders and order events need."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class OrderFacts:
    """Facts about one order or one order event. A rule does not run without its fact.

    `now` is the time of entry in Cambodian civil time. `duplicate_number` is the number of a registered order with the same
    court, number and date. `person_status` is the current status of the person, and `died_on` the date of death.
    `photo_is_old` is True if the newest photo is over five years old or missing. `actor_id` is the id of the current user.
    `has_scan` is True if a scan of the order is attached. `arrests` are the ids of the arrests on the order, or None if no
    provider is registered. `is_detained` is True if the person is in open detention, or None if unknown.
    """

    now: datetime | None = None
    duplicate_number: str | None = None
    person_status: str | None = None
    died_on: date | None = None
    photo_is_old: bool = False
    actor_id: int | None = None
    has_scan: bool = True
    arrests: AbstractSet[int] | None = None
    is_detained: bool | None = None
