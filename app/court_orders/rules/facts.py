"""Facts that the rules of orders and order events need."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class OrderFacts:
    """Facts about one order or one order event. A rule does not run without its fact.

    `now` is the time of entry in Cambodian civil time. `duplicate_number` is the number of a registered order with the same
    court, number and date, and `unit_of_duplicate` the name and telephone of its unit in charge. `died_on` is the date of
    death of the person.
    `photo_is_old` is True if the newest photo is over five years old or missing. `actor_id` is the id of the current user.
    `is_authors_account` is True if that account shares a telephone, e-mail or second factor with the author of the order.
    `has_scan` is True if a scan of the order is attached. `arrests` are the ids of the arrests on the order, or None if no
    provider is registered. `is_detained` is True if the person is in a prison, or None if unknown; `is_in_custody` is
    True if the person is in police custody, whatever status is shown. `acquittal_no` is the number of the final decision
    that clears the person in the case of the order, and `acquitted_on` the date of such a decision in any case.
    `has_document_scan` is True if a scan was attached since the date of the document. `differences` are the labels of the
    identity fields that differ between the order and the person. `limits` maps
    the code of a legal time limit to the limit, with `amount` and `basis`. `supervisions` are the numbers of the releases under
    judicial supervision that go on for the person; `supervision_rows` are those that the reader sees.
    """

    now: datetime | None = None
    duplicate_number: str | None = None
    unit_of_duplicate: str | None = None
    died_on: date | None = None
    photo_is_old: bool = False
    actor_id: int | None = None
    is_authors_account: bool = False
    has_scan: bool = True
    arrests: AbstractSet[int] | None = None
    is_detained: bool | None = None
    is_in_custody: bool | None = None
    acquittal_no: str | None = None
    acquitted_on: date | None = None
    has_document_scan: bool = True
    differences: Sequence[str] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    supervisions: Sequence[str] = ()
    supervision_rows: tuple[Any, ...] = ()
