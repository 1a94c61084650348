"""Computed columns: a column made from other columns of a row, such as the surname from a full name.

They stand after the columns of the file and are mapped like them.
"""

import re
from itertools import islice

from flask_babel import lazy_gettext as _

from app.imports import place_words, readers
from app.imports.readers import UnreadableCell, UnreadableFile
from app.kernel.i18n.lazy_message import _ as rule_text
from app.kernel.text import khmer

MAX_COMPUTED, MAX_SOURCES = 40, 4
MAX_LOOKUP_ROWS = 100_000  # of a lookup sheet, and of a second sheet
DATE_IN_TEXT = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
NUMBER_IN_TEXT = re.compile(r"[0-9][0-9/\-.]*")
BRACKETS = re.compile(r"\(([^)]*)\)")


def _split_words(text):
    return text.split()


def _find(pattern):
    def find(text, _argument):
        match = pattern.search(khmer.to_latin_digits(text))
        return match[match.lastindex or 0] if match else ""

    return find


# How a column is computed from the text of one column and the argument → its function.
METHODS = {
    "first": lambda text, argument: next(iter(_split_words(text)), ""),
    "rest": lambda text, argument: " ".join(_split_words(text)[1:]),
    "last": lambda text, argument: next(iter(_split_words(text)[-1:]), ""),
    "start": lambda text, argument: " ".join(_split_words(text)[:-1]),
    "before": lambda text, argument: text.partition(argument)[0] if argument in text else text,
    "after": lambda text, argument: text.partition(argument)[2] if argument else "",
    "brackets": _find(BRACKETS),
    "number": _find(NUMBER_IN_TEXT),
    "date": _find(DATE_IN_TEXT),
    "copy": lambda text, argument: text,
}
JOIN, PLACE, LOOKUP = "join", "place", "lookup"
LABELS = {
    JOIN: _("Columns joined"),
    "copy": _("Same value as the column"),
    "first": _("First word"),
    "rest": _("All words after the first"),
    "last": _("Last word"),
    "start": _("All words before the last"),
    "before": _("Text before a sign"),
    "after": _("Text after a sign"),
    "brackets": _("Text in brackets"),
    "number": _("First number in the text"),
    "date": _("Date in the text"),
    PLACE: _("Place from words"),
    LOOKUP: _("Value from another sheet"),
}


def read_rows(path, profile):
    """Yield the heading row, then the data rows of a file, each with its computed columns. Raise UnreadableFile."""
    rows = _add_second_sheet(path, profile, readers.read_table(path, profile.encoding, profile.layout))
    heading = next(rows, None)
    if heading is None:
        return
    number, headings = heading
    functions = [_build_function(path, profile, one, headings) for one in profile.computed]
    yield number, [*headings, *(one["name"] for one in profile.computed)]
    width = len(headings)
    for number, cells in rows:
        extra = [cell for cell in cells[width:] if cell is not None]
        if functions and extra:  # they must not stand in the computed columns
            cells = [build_extra_error(extra)]
        elif functions and not is_bad_row(cells, width):
            cells = cells[:width] + [None] * (width - len(cells))
            for function in functions:
                cells.append(function(cells))
        yield number, cells


def is_bad_row(cells, width):
    """Return whether the whole row is unreadable."""
    return len(cells) == 1 and isinstance(cells[0], UnreadableCell) and width > 1


def build_extra_error(cells):
    """Return the error of a row with these cells after its last heading."""
    text = " · ".join(str(cell) for cell in cells)[:80]
    return UnreadableCell(rule_text("This row has more cells than the headings: «%(text)s».", text=text))


def _build_function(path, profile, one, headings):
    """Return the function cells → value of a computed column; a column that the file lacks is empty."""
    known = {name: place for place, name in enumerate(headings)}
    known |= {other["name"]: len(headings) + at for at, other in enumerate(profile.computed)}
    places = [known.get(name) for name in one["of"]]
    how, argument = one["how"], one.get("argument", "")
    if how == LOOKUP:
        values = _read_lookup(path, profile, argument, one["of"][:1])
        return lambda cells: _convert(cells, places[:1], lambda texts: values.get(_normalize(texts[0]), ""))
    if how == JOIN:
        return lambda cells: _convert(
            cells, places, lambda texts: (argument or " ").join(filter(None, texts))
        )
    if how == PLACE:
        return lambda cells: _convert(cells, places, place_words.find_place)
    method = METHODS[how]
    return lambda cells: _convert(cells, places[:1], lambda texts: method(texts[0], argument))


def _convert(cells, places, function):
    """Return the value of the function for the texts of these cells; an unreadable or single date cell stays as it is."""
    found = [cells[place] if place is not None and place < len(cells) else None for place in places]
    bad = next((cell for cell in found if isinstance(cell, UnreadableCell)), None)
    if bad is not None or (len(found) == 1 and not isinstance(found[0], str)):
        return bad if bad is not None else found[0]
    if not any(found):
        return None
    return function([("" if cell is None else str(cell)).strip() for cell in found]) or None


def _normalize(text):
    return " ".join(khmer.to_latin_digits(text).split()).lower()


def _read_lookup(path, profile, argument, keys):
    """Return key → value of a lookup sheet, named as «sheet / heading of the value».

    The key column has the heading of the column here, else it is the first one.
    """
    sheet, _slash, heading = (part.strip() for part in argument.rpartition("/"))
    rows = readers.read_table(path, profile.encoding, _layout_of(path, sheet))
    headings = next(rows, (0, []))[1]
    if heading not in headings:
        text = rule_text("The sheet «%(sheet)s» has no column «%(name)s».", sheet=sheet, name=heading)
        raise UnreadableFile(text)
    at, key_at = headings.index(heading), headings.index(keys[0]) if keys[0] in headings else 0
    values = {}
    for _number, cells in islice(rows, MAX_LOOKUP_ROWS):
        if max(at, key_at) < len(cells) and cells[key_at] is not None and cells[at] is not None:
            values.setdefault(_normalize(str(cells[key_at])), str(cells[at]))
    return values


def _layout_of(path, sheet):
    return readers.propose(path, sheet)[0]


# Second sheet


def _add_second_sheet(path, profile, rows):
    """Yield the rows with those of the second sheet that have the same key, one row for each.

    All rows of one key have the number of the row of the first sheet. Rows of the second sheet without a row in the first
    follow at the end, with numbers after those of the first sheet.
    """
    second = profile.second
    if not second:
        yield from rows
        return
    others = readers.read_table(path, profile.encoding, _layout_of(path, second["sheet"]))
    other_headings = next(others, (0, []))[1]
    heading = next(rows, None)
    if heading is None:
        return
    number, headings = heading
    for names, name in ((headings, second["here"]), (other_headings, second["there"])):
        if name not in names:
            raise UnreadableFile(rule_text("The file has no column «%(name)s».", name=name))
    here, there, width = headings.index(second["here"]), other_headings.index(second["there"]), len(headings)
    yield number, headings + [f"{second['sheet']} / {name}" for name in other_headings]
    by_key = {}
    for count, (row, cells) in enumerate(others, 1):
        if count > MAX_LOOKUP_ROWS:
            raise UnreadableFile(
                rule_text(
                    "The second sheet has more than %(most)s rows. Split the file.", most=MAX_LOOKUP_ROWS
                )
            )
        by_key.setdefault(_key_at(cells, there), []).append((row, cells))
    last, used = number, set()
    for last, cells in rows:
        key = _key_at(cells, here)
        used.add(key)
        filled = cells + [None] * (width - len(cells))
        extra = [cell for cell in cells[width:] if cell is not None]
        if extra or is_bad_row(cells, width):
            yield last, [build_extra_error(extra)] if extra else cells
            continue
        filled = filled[:width]
        for _row, more in by_key.get(key, ()) if key else ((0, []),):
            yield last, filled + list(more)
        if key and key not in by_key:
            yield last, filled
    for key, found in by_key.items():
        if key not in used or not key:
            for row, cells in found:
                empty = [None] * width
                empty[here] = cells[there] if there < len(cells) else None
                yield last + row, empty + list(cells)


def _key_at(cells, place):
    cell = cells[place] if place < len(cells) else None
    return "" if cell is None or isinstance(cell, UnreadableCell) else _normalize(str(cell))
