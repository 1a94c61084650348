"""Facts that the rules of custody records need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class OpenDetention:
    """An open detention of the person in which the person is held.

    `is_continued` is True if a sentence in the same case follows it: it is provisional, or on an earlier judgment.
    """

    number: str
    kind: str
    since: date
    prison_code: str
    in_same_case: bool
    is_continued: bool


@dataclass(frozen=True)
class CustodyFacts:
    """Facts about one custody record. A rule does not run without its fact.

    `now` is the time of entry in Cambodian civil time. `limits` maps the code of a time limit to the limit, with `amount`,
    `severity` and `basis`. `overlapping` are the numbers of the person's other custodies that overlap this one, or of other
    provisional detentions in the same case. `first_arrival` is that of the first custody after the same arrest, and
    `granted_hours` are the extensions since. `released_before` is the end of the last custody in the same case that ended with
    a release. `match_is_unconfirmed` is True if the unit in charge of the executed order has not confirmed the identity, or
    has rejected it. `order_allows_execution` is True if the order was in force and not executed at the time of the arrest, or
    None without an order. `died_on` is the date of death.

    `same_rows` are the other records of the same act that the reader sees: an arrest of the person in the case at this time,
    a judgment with this day and number.

    `open_detentions` are the other open detentions in which the person is held, and `earlier_detentions` the provisional ones
    in the same case that began before. `held_days` are the days of detention in the
    same case before the judgment. `later_judgment` is True if a later judgment in the case is recorded. `days_at_large` are
    the days of the sentence after an escape. `unserved` are the numbers of the sentences that the person has to serve and that
    have no detention; `unserved_rows` are those that the reader sees.
    """

    now: datetime | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    overlapping: Sequence[str] = ()
    first_arrival: datetime | None = None
    granted_hours: int = 0
    released_before: datetime | None = None
    same_rows: tuple[Any, ...] = ()
    match_is_unconfirmed: bool = False
    order_allows_execution: bool | None = None
    died_on: date | None = None
    open_detentions: Sequence[OpenDetention] = ()
    earlier_detentions: Sequence[Any] = ()
    held_days: int = 0
    later_judgment: bool = False
    unserved: Sequence[str] = ()
    unserved_rows: tuple[Any, ...] = ()
    days_at_large: int = 0
