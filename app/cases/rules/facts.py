"""Facts that the rules of a case need from outside the case."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.people.rules import PersonFacts


@dataclass(frozen=True)
class CaseFacts:
    """Facts about one case. A rule without its facts is not checked.

    `now` is the moment of entry, Cambodian civil time; a registered case is checked against its own `recorded_at`.
    `unit` is the entering unit (with `covers(place_code)`). `place_exists`: whether the place code was in the
    gazetteer on the day. `centre` is (latitude, longitude) of the commune. `similar_cases` are numbers of other cases
    with the same place, day, offence and victim, or suspect if one of the two names no victim. `charged` are ids of people with a decision of a prosecutor, judge or
    court in this case, `convicted` of those a court has found guilty, `final` of those with a final judgment.
    `imprisoned_since` maps the id of a person in prison to the first day there. The last four are as in PersonFacts,
    for all people of the case; `same_people` and `alike_people` map id(person) to cards.
    """

    now: datetime | None = None
    unit: Any = None
    place_exists: bool | None = None
    centre: tuple[float, float] | None = None
    similar_cases: Sequence[str] = ()
    charged: AbstractSet[int] = frozenset()
    convicted: AbstractSet[int] = frozenset()
    final: AbstractSet[int] = frozenset()
    imprisoned_since: Mapping[int, date] = field(default_factory=dict)
    countries: AbstractSet[str] = frozenset()
    documents_elsewhere: Mapping[str, str] = field(default_factory=dict)
    same_people: Mapping[int, Sequence[Any]] = field(default_factory=dict)
    alike_people: Mapping[int, Sequence[Any]] = field(default_factory=dict)

    def of_person(self, person, event_day=None):
        """Return the facts about one person of the case, who is registered with an event of that day."""
        return PersonFacts(
            now=self.now,
            event_day=event_day,
            has_case=True,
            countries=self.countries,
            documents_elsewhere=self.documents_elsewhere,
            same_people=self.same_people.get(id(person), ()),
            alike_people=self.alike_people.get(id(person), ()),
        )


def exclude_voided(rows):
    """Return the rows that are not void. Void rows stay stored and are not checked."""
    return [row for row in rows if row.voided_at is None]
