"""The search of persons by name, used by all pages, lookups and commands.

It searches the persons that the session sees and returns ids; the caller decides what is shown. The number of words, keys,
names and persons is limited for any text, and each is found with an index.
"""

import math
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import false, select

from app.kernel.access.row_filter import cacheable
from app.kernel.actor import actor_of
from app.kernel.database.array_params import in_bound_array
from app.kernel.database.engine import dialect_name
from app.name_search import candidates, ranking
from app.name_search.models import NO_YEAR, NameBearer
from app.name_search.query import parse_query
from app.people.models import Person
from app.people.visibility import is_visible

BANDS = (ranking.SAME, ranking.SOUNDS, ranking.POSSIBLE)
BATCH_SIZES = (40, 160, 800)  # names of one statement; the first batch is limited to the wanted number
MAX_BEARERS = 400  # persons of one statement
BEARER = NameBearer.__table__.c
SCORE_SCALE = 8  # a cost of this size is a score of 0.37


class Match(NamedTuple):
    """A person with a matching name. `matched` is the name as it was registered."""

    person_id: int
    band: str  # one of BANDS
    score: float  # 0 to 1, to order by
    name_id: int
    matched: str


def search_persons(session, text, limit=20, wider=False, each=None, unfinished=False, **filters):
    """Return up to `limit` persons with a name like `text`, best first.

    The list is empty if `query.explain_missing_name` has a message. `wider` adds the names that sound one letter different;
    without it they are added only if there is no good match. `unfinished` means that the end of the name may be missing.
    At most `each` persons of one name are returned, by default half of the limit. `filters` are sex, birth_from and
    birth_to (years), and home (the code of a place of any level).
    """
    query = parse_query(text)
    if query is None:
        return []
    found = _Matches(limit, each or max(1, limit // 2))
    names = _rank_names(session, query, wider, unfinished)
    for start, end in _batches(len(names), limit):
        some = names[start:end]
        found.add(some, _load_bearers(session, [name.name_id for name in some], filters))
        if found.is_full:
            break
    return found.matches


def _rank_names(session, query, wider, unfinished):
    """Return the matching names, best first."""
    names = ranking.Ranking(query)
    names.add(candidates.find_same_sound(session, query), unfinished)
    names.add_initials(candidates.find_by_initial(session, query))
    if unfinished:
        names.add(candidates.find_by_prefix(session, query), unfinished)
    if wider or (not unfinished and not _has_good_match(session, names)):
        names.add(candidates.find_one_edit_away(session, query))
    names.add_parts(candidates.find_by_part(session, query))  # last, because they do not match a whole name
    return names.sorted_names()


def _has_good_match(session, names):
    """Return whether a person that the session sees has a good match. A name of protected people alone is no match."""
    good = [name.name_id for name in names.sorted_names()[: BATCH_SIZES[0]] if name.cost <= ranking.GOOD_COST]
    return bool(_load_bearers(session, good, {}).all())


def _batches(count, limit):
    """Yield the first batch always: without it, the statements would tell an unknown name from a protected one."""
    start = 0
    for size in (min(limit, BATCH_SIZES[0]), *BATCH_SIZES[1:]):
        if start < max(count, 1):
            yield start, start + size
        start += size


class _Matches:
    """The persons found: each person once, and at most `each` of one name."""

    def __init__(self, limit, each):
        self.limit, self.each = limit, each
        self.matches, self.people, self.of_name = [], set(), {}

    @property
    def is_full(self):
        return len(self.matches) >= self.limit

    def add(self, names, bearers):
        """Add the `bearers` (name id, person id) in the order of the names until the limit is reached.

        Of one name, persons who were registered earlier come first.
        """
        people = {}
        for name_id, person_id in bearers:
            people.setdefault(name_id, []).append(person_id)
        for name in names:
            for person_id in sorted(people.get(name.name_id, ())):
                self._add(name, person_id)

    def _add(self, name, person_id):
        count = self.of_name.get(name.called, 0)
        if self.is_full or count >= self.each or person_id in self.people:
            return
        self.people.add(person_id)
        self.of_name[name.called] = count + 1
        score = round(math.exp(-name.cost / SCORE_SCALE), 3)
        self.matches.append(Match(person_id, name.band, score, name.name_id, name.matched))


def _load_bearers(session, name_ids, filters):
    """Return the (name id, person id) of the bearers that the session sees and the filters accept."""
    found = _bearers_query(dialect_name(session), actor_of(session).scope)
    if any(filters.values()):
        found = found.where(*_birth_conditions(**filters)).execution_options(cacheable=False)
    if of_person := [*_person_conditions(**filters)]:
        found = found.join(Person, Person.id == BEARER.person_id).where(*of_person)
    return session.execute(found, {"values": name_ids})


@lru_cache(512)
def _bearers_query(dialect, scope):
    """Return the query for the visible bearers of names. It filters by person id and reads no person."""
    row_filter = false() if scope is None else is_visible(BEARER.person_id, scope)
    found = select(BEARER.name_id, BEARER.person_id).limit(MAX_BEARERS)
    found = found.where(in_bound_array(dialect, BEARER.name_id))
    return cacheable(found if row_filter is None else found.where(row_filter))


def _birth_conditions(birth_from=None, birth_to=None, **_others):
    """Yield the conditions on the birth year. An unknown year never matches."""
    if birth_from or birth_to:
        yield BEARER.birth_year != NO_YEAR
    if birth_from:
        yield BEARER.birth_year >= birth_from
    if birth_to:
        yield BEARER.birth_year <= birth_to


def _person_conditions(sex=None, home=None, **_others):
    """Yield the conditions of the other filters."""
    if sex:
        yield Person.sex == sex
    if home:
        yield Person.home_code.between(home, home + "9" * (8 - len(home)))
