"""The layout of a table in its file: sheet, heading rows, last row and column starts, and a proposal for each."""

from itertools import islice
from typing import NamedTuple

from app.imports.readers.limits import MAX_COLUMNS, UnreadableCell, UnreadableFile
from app.kernel.i18n.lazy_message import _

MAX_HEADING_ROWS = 3
MAX_TITLE_ROWS = 30  # rows above the headings in which a proposal looks for them
BETWEEN_LEVELS = " / "


class Layout(NamedTuple):
    """The layout; 0 and empty values mean: first sheet, first row that is not empty, to the end of the file."""

    sheet: str = ""
    heading_row: int = 0
    heading_rows: int = 1
    last_row: int = 0
    starts: tuple = ()  # positions of the columns of a text without separators


def apply_layout(rows, layout):
    """Yield the heading row with its number, then the data rows.

    Headings of several rows are joined, and an empty upper heading is that of its left neighbour. Equal headings get
    numbers.
    """
    rows = (row for row in rows if row[0] >= layout.heading_row)
    levels = list(islice(rows, max(layout.heading_rows, 1)))
    if not levels:
        return
    yield levels[-1][0], _name_columns([cells for _number, cells in levels])
    for number, cells in rows:
        if layout.last_row and number > layout.last_row:
            return
        yield number, cells


def _name_columns(levels):
    width = max(map(len, levels))
    texts = [[_format_heading(cell) for cell in level] + [""] * (width - len(level)) for level in levels]
    for level in texts[:-1]:
        for place in range(1, width):
            level[place] = level[place] or level[place - 1]
    names, used = [], {}
    for column in zip(*texts, strict=True):
        parts = list(dict.fromkeys(filter(None, column)))
        name = BETWEEN_LEVELS.join(parts) if column[-1] else (parts[-1] if parts else "")
        used[name] = used.get(name, 0) + 1
        names.append(f"{name} ({used[name]})" if name and used[name] > 1 else name)
    if any(names):  # a column without a heading is named by its letter
        names = [name or f"[{_get_letter(place)}]" for place, name in enumerate(names)]
    return names


def _get_letter(place):
    return (chr(64 + place // 26) if place >= 26 else "") + chr(65 + place % 26)


def _format_heading(cell):
    return "" if cell is None or isinstance(cell, UnreadableCell) else " ".join(str(cell).split())


def propose_headings(rows):
    """Return (number of the heading row, count of heading rows) proposed for the first rows of a table.

    A title above the headings has few cells. A second level fills gaps of the first and holds words only.
    """
    first = list(islice(rows, MAX_TITLE_ROWS))
    if not first:
        return 0, 1
    widest = max(_count_filled(cells) for _number, cells in first)
    at = next(place for place, (_number, cells) in enumerate(first) if _count_filled(cells) * 2 >= widest)
    number, cells = first[at]
    if at + 2 < len(first):
        below = first[at + 1][1]
        gaps = [place for place in range(max(len(cells), len(below))) if not _cell_at(cells, place)]
        fills = [place for place in gaps if _cell_at(below, place)]
        words = all(not any(letter.isdigit() for letter in _format_heading(cell)) for cell in below)
        if fills and words and _count_filled(below) <= _count_filled(first[at + 2][1]):
            return number, 2
    return number, 1


def _cell_at(cells, place):
    return _format_heading(cells[place]) if place < len(cells) else ""


def _count_filled(cells):
    return sum(bool(_format_heading(cell)) for cell in cells)


def propose_starts(lines):
    """Return the starts of the columns of lines without separators: positions after a gap that all lines share."""
    lines = [line.rstrip("\r\n") for line in lines if line.strip()]
    width = max(map(len, lines), default=0)
    blank = [all(line[place : place + 1] in ("", " ") for line in lines) for place in range(width)]
    starts = [place for place in range(width) if not blank[place] and (place == 0 or blank[place - 1])]
    return tuple(starts[:MAX_COLUMNS]) if len(starts) > 1 and len(lines) > 2 else ()


def find_sheet(names, wanted):
    """Return the name of the wanted sheet, by default the first. Raise UnreadableFile if it does not exist."""
    if wanted and wanted not in names:
        raise UnreadableFile(_("The file has no sheet «%(name)s». Choose another sheet.", name=wanted))
    return wanted or names[0]
