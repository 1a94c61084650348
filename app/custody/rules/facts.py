"""What the rules about people who are held must know from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class HeldFacts:
    """Facts about one record of custody. What is not given is not asked about.

    `now` is the moment of entry, Cambodian civil time. `limits` maps the code of a time limit to the limit, with
    `amount`, `severity` and `basis`. `overlapping` are numbers of other custodies of the person that share a moment
    with this one, of a provisional detention those of others in the same case. `released_before` is the end of a
    custody in the same case from which he was released last. `hit_waits`: the unit in charge of the order that is
    executed has not said that it is he, or has said no. `died_on` is the day of the person's death.
    """

    now: datetime | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    overlapping: Sequence[str] = ()
    released_before: datetime | None = None
    hit_waits: bool = False
    died_on: date | None = None
