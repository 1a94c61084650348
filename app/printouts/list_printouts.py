"""Printout of the selected rows of any list, with the columns that the reader has chosen for it."""

import unicodedata

from flask_babel import gettext
from markupsafe import Markup

from app.kernel.i18n.locale import reader_language
from app.kernel.schema.display import format_value
from app.kernel.text import dates
from app.printouts.document import Printout, build_table, get_presumption_notice, join_texts

MAX_UPRIGHT = 5  # columns of a list that is printed upright
NARROWEST, WIDEST = 5, 30  # letters, for the width of a column
FITTED = ("id", "num", "short")  # kinds of cells with short values


def build_printout(view, listing, names_people):
    """Return the printout of the rows of a list page. With `names_people` it says that a person is presumed innocent."""
    labels, cells = view.reader_labels(reader_language()), view.build_cells(listing, listing.columns)
    voided = {getattr(row, listing.pk.key) for row in listing.rows if getattr(row, "voided_at", None)}
    rows = [_format_row(values, key in voided) for key, values in cells.items()]
    columns = zip(listing.columns, zip(*rows, strict=True), strict=True)
    heads = [
        (labels[name], _find_width(view.cell_kinds.get(name), labels[name], values))
        for name, values in columns
    ]
    as_of = gettext("as of %(day)s", day=format_value(dates.now().date()))
    count = gettext("%(rows)s rows", rows=dates.format_number(len(rows), reader_language()))
    return Printout(
        title=str(view.list_title),
        number="",
        parts=(build_table(heads, rows),),
        subtitle=join_texts(*listing.filters.texts, as_of, count),
        notice=get_presumption_notice() if names_people else "",
        wide=len(heads) > MAX_UPRIGHT,
    )


def _format_row(values, is_void):
    first, *others = map(_list_lines, values)
    return [[*first, gettext("Void")] if is_void else first, *others]


def _list_lines(value):
    """Return the lines of a cell; the HTML of a screen becomes text."""
    if value in (None, ""):
        return []
    if isinstance(value, list):
        return [line for one in value for line in _list_lines(one)]
    if isinstance(value, Markup):
        lines = (part.striptags() for part in value.split("<br>"))
        return [line for line in lines if line]
    return [str(value)]


def _find_width(kind, label, cells):
    """Return the width of a column relative to the others: the letters of its longest line, within limits.

    It is 0 for numbers, dates and other short values: such a column fits them.
    """
    longest = max((_count_letters(line) for lines in cells for line in lines), default=0)
    if kind in FITTED and longest <= WIDEST // 2:
        return 0
    heading = max(map(_count_letters, label.split()))
    return min(max(longest, min(heading, WIDEST // 2), NARROWEST), WIDEST)


def _count_letters(text):
    """Return the number of letters that take up width: no vowel sign above or below a Khmer consonant."""
    return sum(unicodedata.category(sign) != "Mn" for sign in text)
