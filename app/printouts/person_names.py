"""How a paper names people.

A page shows a protected victim or witness to whom he was revealed for thirty minutes, and whoever was opened by
break-glass for eight hours. A paper would keep both for ever, so it is made as if neither had happened
(`kernel.actors.seeing_what_lasts`); whoever is hidden then is a row without a person.
"""

from flask_babel import gettext

from app.kernel.schema.display import said


def names_of(person):
    """Both names, for a cell; the words of the mask for somebody whose identity is protected."""
    if person is None:
        return gettext("Identity protected")
    return [str(person), person.name_latin if person.name_km else ""]


def birth_of(person):
    """The day of birth, or the year where no more is known."""
    return said(person.born_on or person.birth_year)
