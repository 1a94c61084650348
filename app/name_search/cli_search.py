"""The search by name from the command line, with its audit event."""

from sqlalchemy import select

from app.kernel.audit import recorder
from app.name_search.person_search import search_persons
from app.people.models import Person

SOURCE = "command line"


def search_by_name(session, text, limit, born=None):
    """Return the results for one name as dicts, one for each name found, best first.

    The audit event is written before they are returned. With a birth year `born`, people with an unknown birth year
    come last, and people of other years are left out.
    """
    filters = [{"birth_from": born, "birth_to": born}, {}] if born else [{}]
    found = [one for years in filters for one in search_persons(session, text, limit=limit, each=1, **years)]
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
    recorder.record_now(
        "access.searched",
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
