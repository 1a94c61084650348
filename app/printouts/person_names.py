"""Formats the names and birth of people on printouts.

A page shows a protected victim or witness for thirty minutes after a reveal, and a person opened by
break-glass access for eight hours. A printout would keep both for ever, so it ignores temporary access
(`kernel.actor.without_temporary_grants`). A person hidden without it is printed as a row without a person.
"""

from flask_babel import gettext

from app.kernel.schema.display import format_value


def format_names(person):
    """Return both names for a cell, or the mask text for a person with a protected identity."""
    if person is None:
        return gettext("Identity protected")
    return [str(person), person.name_latin if person.name_km else ""]


def format_birth(person):
    """Return the date of birth, or the year if only the year is known."""
    return format_value(person.born_on or person.birth_year)
