"""A search by name from the command line: what it answers, and its line in the log."""

from sqlalchemy import select

from app.kernel.audit import recorder
from app.name_search.person_search import find
from app.people.models import Person

SOURCE = "command line"


def answers(session, text, limit, born=None):
    """The answers to one name, one for each name found, best first. They are in the log before they are given.

    Where they are to be `born` in a year, those whose year is not known come last, and nobody of another year.
    """
    rounds = [{"birth_from": born, "birth_to": born}, {}] if born else [{}]
    found = [one for years in rounds for one in find(session, text, limit=limit, each=1, **years)]
    people = select(Person).where(Person.id.in_({match.person_id for match in found}))
    by_id = {
        person.id: person
        for person in session.scalars(people)
        if not born or person.birth_year in (None, born)
    }
    matches = {}
    for match in found:
        if match.person_id in by_id:
            matches.setdefault(match.person_id, match)
    matches = list(matches.values())[:limit]
    recorder.tell(
        "look.search",
        "person",
        people=[match.person_id for match in matches],
        source=SOURCE,
        count=len(matches),
        private={"text": text},
    )
    return [
        {
            "rank": rank,
            "person": by_id[match.person_id].number,
            "name_km": by_id[match.person_id].name_km,
            "name_latin": by_id[match.person_id].name_latin,
            "band": match.band,
            "score": match.score,
        }
        for rank, match in enumerate(matches, start=1)
    ]
