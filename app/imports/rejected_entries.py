"""Rejected entries: stores their values and problems so that both languages can display them."""

from datetime import date, datetime

from flask_babel import force_locale

from app.imports import limon
from app.imports.readers import UnreadableCell
from app.kernel.schema.rules import ERROR, Problem

LANGUAGES = ("km", "en")


def serialize_problems(problems):
    """Return the problems as JSON data in both languages."""
    return [
        {
            "field": problem.field,
            "rule": problem.rule,
            "severity": problem.severity,
            "row": problem.row,
            **translate_to_all(problem.text),
        }
        for problem in problems
    ]


def translate_to_all(message):
    """Return language → message."""
    messages = {}
    for language in LANGUAGES:
        with force_locale(language):
            messages[language] = str(message)
    return messages


def add_errors(entry, problems):
    """Add problems that the database or model checks reported after the rules to the entry, as errors."""
    entry.problems += [Problem(problem.field, problem.text, problem.rule, ERROR) for problem in problems]


def extract_values(profile, entry):
    """Return the cells of an entry as Unicode text for editing, without unreadable cells."""
    return [
        [number, {key: text for key, cell in cells.items() if (text := _format_cell(profile, key, cell))}]
        for number, cells in entry.rows
    ]


def _format_cell(profile, key, cell):
    if cell is None or isinstance(cell, UnreadableCell):
        return ""
    if isinstance(cell, (date, datetime)):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    return limon.to_unicode(cell).text if key in profile.limon else cell
