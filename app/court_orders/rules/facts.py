"""What the rules of an order and of its acts must know from elsewhere."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class OrderFacts:
    """Facts about one order or one act on it. What is not given is not asked about.

    `now` is the moment of entry, Cambodian civil time. `same_paper` is the number of an order that is registered with
    the same number, court and day. `person_status` is what its person is to the register now, `died_on` the day of his
    death. `photo_is_old`: the newest photo is older than five years, or there is none. `acts_by` is who
    acts now, a user's id. `has_scan`: a scan of the order is attached. `arrests` are the ids of the arrests that rest
    on the order; None where no arrests are registered here. `held`: whether the person is in open detention; None
    where that is not known.
    """

    now: datetime | None = None
    same_paper: str | None = None
    person_status: str | None = None
    died_on: date | None = None
    photo_is_old: bool = False
    acts_by: int | None = None
    has_scan: bool = True
    arrests: AbstractSet[int] | None = None
    held: bool | None = None
