"""Facts that the rules of a person need from elsewhere."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class PersonFacts:
    """Facts about one person. A rule without its facts is not checked, except `has_case`.

    `now` is the moment of entry, Cambodian civil time. `event_day` is the day on which the age was stated: that of the
    offence or the order, if the person comes with one. `has_case`: the person comes with a case (or, later,
    an order, a detention or a release). `countries` are the keys of the code list of nationalities.
    `documents_elsewhere` maps the normalized numbers of these documents to the number of the registered
    person with a document of the same type and country. `same_people` and `alike_people` are cards (anything
    with a `number`) of registered people with the same name, birth and sex, or with a similar name and the
    same father's name. `last_act_on` is the day of the last act that met the person alive.
    """

    now: datetime | None = None
    event_day: date | None = None
    has_case: bool = False
    countries: AbstractSet[str] = frozenset()
    documents_elsewhere: Mapping[str, str] = field(default_factory=dict)
    same_people: Sequence[Any] = ()
    alike_people: Sequence[Any] = ()
    last_act_on: date | None = None
