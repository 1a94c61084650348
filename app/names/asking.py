"""A search by name from the command line: what it answers, and its line in the log."""

from sqlalchemy import select

from app.kernel import audit
from app.names.finding import find
from app.people.models import Person

SOURCE = "command line"


def answers(session, text, limit):
    """The answers to one name, one for each name found, best first. They are in the log before they are given."""
    matches = find(session, text, limit=limit, each=1)
    people = select(Person).where(Person.id.in_([match.person_id for match in matches]))
    by_id = {person.id: person for person in session.scalars(people)}
    audit.tell(
        "look.search",
        "person",
        people=list(by_id),
        source=SOURCE,
        count=len(by_id),
        private={"text": text},
    )
    return [
        {
            "query": text,
            "rank": rank,
            "person": by_id[match.person_id].number,
            "name_km": by_id[match.person_id].name_km,
            "name_latin": by_id[match.person_id].name_latin,
            "band": match.band,
            "score": match.score,
        }
        for rank, match in enumerate(matches, start=1)
    ]
