"""What the rules of a case must know from elsewhere."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.people.rules import PersonFacts


@dataclass(frozen=True)
class CaseFacts:
    """Facts about one case. What is not given is not asked about.

    `now` is the moment of entry, Cambodian civil time; a registered case is judged by its own `recorded_at`.
    `unit` is the unit that enters (with `covers(place_code)`). `place_exists`: whether the place code was in
    the gazetteer on the day. `centre` is (latitude, longitude) of the commune. `similar_cases` are numbers of
    other cases with the same place, day, article and victim. `charged` are ids of people on whom a prosecutor, judge or
    court has decided in this case, `convicted` of those whom a court has found guilty, `final` of those finally. `held` maps the id of a person who is in prison to the day since when. The last four are as in PersonFacts, for all people of the case; `same_people` and
    `alike_people` map id(person), Python's identity of the object at hand, to cards.
    """

    now: datetime | None = None
    unit: Any = None
    place_exists: bool | None = None
    centre: tuple[float, float] | None = None
    similar_cases: Sequence[str] = ()
    charged: AbstractSet[int] = frozenset()
    convicted: AbstractSet[int] = frozenset()
    final: AbstractSet[int] = frozenset()
    held: Mapping[int, date] = field(default_factory=dict)
    countries: AbstractSet[str] = frozenset()
    documents_elsewhere: Mapping[str, str] = field(default_factory=dict)
    same_people: Mapping[int, Sequence[Any]] = field(default_factory=dict)
    alike_people: Mapping[int, Sequence[Any]] = field(default_factory=dict)

    def of_person(self, person):
        """The facts about one person of the case."""
        return PersonFacts(
            now=self.now,
            has_case=True,
            countries=self.countries,
            documents_elsewhere=self.documents_elsewhere,
            same_people=self.same_people.get(id(person), ()),
            alike_people=self.alike_people.get(id(person), ()),
        )


def standing(rows):
    """The rows that were not struck out: the others are kept and judged no more."""
    return [row for row in rows if row.voided_at is None]
