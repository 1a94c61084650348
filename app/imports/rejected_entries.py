"""Entries that wait to be mended: what they held and what is wrong, kept so that both languages can tell it."""

from datetime import date, datetime

from flask_babel import force_locale

from app.imports import limon
from app.imports.readers import Bad
from app.kernel.schema.rules import ERROR, Problem

LANGUAGES = ("km", "en")


def told(problems):
    """Problems as plain JSON, in both languages."""
    return [
        {"field": one.field, "rule": one.rule, "severity": one.severity, "row": one.row, **in_both(one.text)}
        for one in problems
    ]


def in_both(sentence):
    """A sentence in each language of the register."""
    words = {}
    for language in LANGUAGES:
        with force_locale(language):
            words[language] = str(sentence)
    return words


def hear(entry, problems):
    """What the register refused below the rules is an error of the entry."""
    entry.problems += [Problem(one.field, one.text, one.rule, ERROR) for one in problems]


def values_of(profile, entry):
    """The cells of an entry as they can be mended: text, in Unicode, without what nobody could read."""
    return [
        [number, {key: text for key, cell in cells.items() if (text := _shown(profile, key, cell))}]
        for number, cells in entry.rows
    ]


def _shown(profile, key, cell):
    if cell is None or isinstance(cell, Bad):
        return ""
    if isinstance(cell, (date, datetime)):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    return limon.to_unicode(cell).text if key in profile.limon else cell
