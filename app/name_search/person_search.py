"""Who bears a name like this one? The one search by name of the register: its pages, lookups and commands ask here.

It searches what the session sees and gives ids; what of a person may be shown is the caller's business. However odd a
text is, the answer is bounded: so many words, keys, names and persons, each found by an index.
"""

import math
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import false, select

from app.kernel.access.row_filter import kept
from app.kernel.actor import actor_of
from app.kernel.database.array_params import among_given
from app.kernel.database.engine import dialect_of
from app.name_search import candidates, ranking
from app.name_search.models import NO_YEAR, NameBearer
from app.name_search.query import read
from app.people.models import Person
from app.people.visibility import sees

BANDS = (ranking.SAME, ranking.SOUNDS, ranking.POSSIBLE)
ROUNDS = (40, 160, 800)  # names whose bearers one statement asks for, the first of no more than who is wanted
MOST_BEARERS = 400  # persons whom one statement gives
BEARER = NameBearer.__table__.c
SCALE = 8  # of the score: a cost of so much is a score of 0.37


class Match(NamedTuple):
    """A person who bears such a name. `matched` is the name that was found, as it was registered."""

    person_id: int
    band: str  # one of BANDS
    score: float  # 0 to 1, to order by
    name_id: int
    matched: str


def find(session, text, limit=20, wider=False, each=None, unfinished=False, **filters):
    """Up to `limit` persons with a name like `text`, best first; none where `question.why_nobody` has a reason.

    `wider` also asks for every name that sounds one letter different, the second answer, "more that sound alike"; the
    first asks for them where it has no good answer. `unfinished`: somebody is still typing, the end may be missing. Of
    each name at most `each` persons are given; left out, one name may fill half of the answer. `filters` are those of the
    person himself: sex, birth_from and birth_to (years), home (the code of a place of any level).
    """
    question = read(text)
    if question is None:
        return []
    found = _Answer(limit, each or max(1, limit // 2))
    names = _best(session, question, wider, unfinished)
    for begun, end in _rounds(len(names), limit):
        some = names[begun:end]
        found.add(some, _bearers(session, [name.name_id for name in some], filters))
        if found.is_full:
            break
    return found.matches


def _best(session, question, wider, unfinished):
    """The names that may be meant, best first."""
    names = ranking.Ranking(question)
    names.add(candidates.alike(session, question), unfinished)
    if unfinished:
        names.add(candidates.beginning(session, question), unfinished)
    if wider or (names.are_poor and not unfinished):
        names.add(candidates.one_edit_away(session, question))
    names.add_parts(candidates.with_a_part(session, question))  # last: they are no answer to a whole name
    return names.best_first()


def _rounds(count, limit):
    begun = 0
    for size in (min(limit, ROUNDS[0]), *ROUNDS[1:]):
        if begun < count:
            yield begun, begun + size
        begun += size


class _Answer:
    """The persons found so far: nobody twice, and of one name not more than `each`."""

    def __init__(self, limit, each):
        self.limit, self.each = limit, each
        self.matches, self.people, self.of_name = [], set(), {}

    @property
    def is_full(self):
        return len(self.matches) >= self.limit

    def add(self, names, bearers):
        """Those of the `bearers` (name id, person id) for whom there is room, in the order of the names; of one name those
        who were registered first."""
        people = {}
        for name_id, person_id in bearers:
            people.setdefault(name_id, []).append(person_id)
        for name in names:
            for person_id in sorted(people.get(name.name_id, ())):
                self._add(name, person_id)

    def _add(self, name, person_id):
        there = self.of_name.get(name.called, 0)
        if self.is_full or there >= self.each or person_id in self.people:
            return
        self.people.add(person_id)
        self.of_name[name.called] = there + 1
        score = round(math.exp(-name.cost / SCALE), 3)
        self.matches.append(Match(person_id, name.band, score, name.name_id, name.matched))


def _bearers(session, name_ids, filters):
    """(name id, person id) of those who bear these names, whom the session sees and the filters let through."""
    found = _seen(dialect_of(session), actor_of(session).scope)
    if any(filters.values()):
        found = found.where(*_born(**filters)).execution_options(kept=False)
    if of_person := [*_kept(**filters)]:
        found = found.join(Person, Person.id == BEARER.person_id).where(*of_person)
    return session.execute(found, {"given": name_ids})


@lru_cache(512)
def _seen(dialect, scope):
    """The bearers of given names who are seen: by the criterion of the person, who need not be read for it."""
    within = false() if scope is None else sees(BEARER.person_id, scope)
    found = select(BEARER.name_id, BEARER.person_id).limit(MOST_BEARERS)
    found = found.where(among_given(dialect, BEARER.name_id))
    return kept(found if within is None else found.where(within))


def _born(birth_from=None, birth_to=None, **_others):
    """The criteria of the years that are set; whose year is not known is of none."""
    if birth_from or birth_to:
        yield BEARER.birth_year != NO_YEAR
    if birth_from:
        yield BEARER.birth_year >= birth_from
    if birth_to:
        yield BEARER.birth_year <= birth_to


def _kept(sex=None, home=None, **_others):
    """The criteria of the other filters that are set."""
    if sex:
        yield Person.sex == sex
    if home:
        yield Person.home_code.between(home, home + "9" * (8 - len(home)))
