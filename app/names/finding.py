"""Who bears a name like this one? The one search by name of the register: its pages, lookups and commands ask here.

It searches what the session sees and gives ids; what of a person may be shown is the caller's business. However odd a
text is, the answer is bounded: so many words, keys, names and persons, each found by an index.
"""

from typing import NamedTuple

from sqlalchemy import select

from app.names import candidates, ranking
from app.names.models import NameBearer
from app.names.question import read
from app.people.models import Person

BANDS = ("same", "sounds", "possible")
ROUNDS = (40, 200, 1000)  # names whose bearers one statement asks for
MOST_BEARERS = 400  # persons whom one statement gives


class Match(NamedTuple):
    """A person who bears such a name. `matched` is the name that was found, as it was registered."""

    person_id: int
    band: str  # one of BANDS
    score: float  # 0 to 1, to order by
    name_id: int
    matched: str


def find(session, text, limit=20, wider=False, each=None, **filters):
    """Up to `limit` persons with a name like `text`, best first; none where `question.why_nobody` has a reason.

    `wider` asks only for names that sound one letter different: the second answer, "more that sound alike". Of each
    name at most `each` persons are given; left out, one name may fill half of the answer. `filters` are those of the
    person himself: sex, birth_from and birth_to (years), home (the code of a place of any level).
    """
    question = read(text)
    if question is None:
        return []
    names = candidates.one_edit_away(session, question) if wider else candidates.alike(session, question)
    best = ranking.ranked(question, names)
    found, there, begun = {}, [], 0
    for size in ROUNDS:
        some = best[begun : begun + size]
        there += _matches(session, some, each or max(1, limit // 2), found, filters)
        begun += size
        if len(there) >= limit or begun >= len(best):
            break
    return there[:limit]


def _matches(session, names, each, found, filters):
    """The bearers of these names whom the session sees, in the order of the names; nobody who was `found` already."""
    bearers = {}
    for name_id, person_id in session.execute(_bearers([name.name_id for name in names], filters)):
        bearers.setdefault(name_id, []).append(person_id)
    for name in names:
        for person_id in bearers.get(name.name_id, ())[:each]:
            if person_id not in found:
                found[person_id] = Match(person_id, name.band, name.score, name.name_id, name.matched)
                yield found[person_id]


def _bearers(name_ids, filters):
    statement = (
        select(NameBearer.name_id, NameBearer.person_id)
        .join(Person, Person.id == NameBearer.person_id)
        .where(NameBearer.name_id.in_(name_ids), Person.voided_at.is_(None), *_kept(**filters))
    )
    return statement.limit(MOST_BEARERS)


def _kept(sex=None, birth_from=None, birth_to=None, home=None):
    """The criteria of the filters that are set."""
    if sex:
        yield Person.sex == sex
    if birth_from:
        yield Person.birth_year >= birth_from
    if birth_to:
        yield Person.birth_year <= birth_to
    if home:
        yield Person.home_code.between(home, home + "9" * (8 - len(home)))
