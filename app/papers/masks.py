"""Whom a paper names: whoever is of its reader's own part, and nobody longer than half an hour.

A page shows a protected victim or witness to whom he was revealed for thirty minutes, and whoever was opened by
break-glass for eight hours. A paper would keep both for ever, so it is made as if neither had happened.
"""

from contextlib import contextmanager
from dataclasses import replace

from flask_babel import gettext
from sqlalchemy.orm import scoped_session

from app.kernel.actors import act_as, actor_of
from app.kernel.display import said


@contextmanager
def own_part_alone(session):
    """Within this block the session reads what its actor sees without what was opened to him for a while."""
    session = session() if isinstance(session, scoped_session) else session
    reader = actor_of(session)
    scope = reader.scope and replace(reader.scope, opened=frozenset(), revealed=frozenset())
    act_as(session, replace(reader, scope=scope))
    try:
        yield
    finally:
        act_as(session, reader)


def names_of(person):
    """Both names, for a cell; the words of the mask for somebody whose identity is protected."""
    if person is None:
        return gettext("Identity protected")
    return [str(person), person.name_latin if person.name_km else ""]


def birth_of(person):
    """The day of birth, or the year where no more is known."""
    return said(person.born_on or person.birth_year)
