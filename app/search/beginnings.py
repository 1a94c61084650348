"""People whose name begins with what was typed so far: nobody types a name to its end before he looks.

By letters alone, each order of the names by its own index; what a whole name sounds like is asked of `app.names`.
"""

from sqlalchemy import and_, select

from app.people.models import Person

MOST = 30  # people of one beginning
HIGHEST = "\U0010ffff"
KHMER = (Person.surname_km, Person.given_km)
LATIN = (Person.surname_latin, Person.given_latin)


def find(session, text):
    """Ids of people, those whose surname comes first in the text before the others, each once."""
    styles = (str.title, str.upper) if text.isascii() else (str,)
    surname, given = LATIN if text.isascii() else KHMER
    found = []
    for first, second in ((surname, given), (given, surname)):
        for style in styles:
            condition = _begins(first, second, *(style(part) for part in text.partition(" ")[::2]))
            if condition is not None and len(found) < MOST:
                rows = select(Person.id).where(condition, Person.voided_at.is_(None)).limit(MOST)
                found += session.scalars(rows).all()
    return list(dict.fromkeys(found))[:MOST]


def _begins(first, second, word, rest):
    """One word begins the first part; of two, the first is the whole part."""
    if rest:
        return and_(first == word, second >= rest, second < rest + HIGHEST)
    return and_(first >= word, first < word + HIGHEST)
