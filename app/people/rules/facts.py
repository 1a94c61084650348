"""What the rules of a person must know from elsewhere."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.kernel.schema.rules import ask


@dataclass(frozen=True)
class PersonFacts:
    """Facts about one person. What is not given is not asked about, `has_case` excepted.

    `now` is the moment of entry, Cambodian civil time. `has_case`: the person comes with a case (or, later,
    an order, a detention or a release). `countries` are the keys of the code list of nationalities.
    `documents_elsewhere` maps `document_key(number)` of the documents at hand to the number of the
    registered person who bears one of the same kind and country. `same_people` and `alike_people` are the
    cards (anything with a `number`) of registered people with the same name, birth and sex, or with a similar
    name and the same father's name.
    """

    now: datetime | None = None
    has_case: bool = False
    countries: AbstractSet[str] = frozenset()
    documents_elsewhere: Mapping[str, str] = field(default_factory=dict)
    same_people: Sequence[Any] = ()
    alike_people: Sequence[Any] = ()


def of_each(rows, rules, facts):
    """What `rules` say of each of `rows`; every problem carries its row."""
    for row in rows:
        for problem in ask(rules, row, facts):
            yield problem if problem.row is not None else replace(problem, row=row)
