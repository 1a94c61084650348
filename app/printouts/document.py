"""Content of a printout before typesetting: title, number and parts of a few kinds, all plain text.

The layout (`layout/parts.typ`) defines the same kinds of parts. A cell is a text, or a list of lines of
which the first is the main one.
"""

from dataclasses import dataclass, field
from itertools import count

from flask_babel import gettext

from app.kernel.i18n.locale import reader_language
from app.kernel.schema.display import format_field
from app.kernel.schema.fields import fields_of
from app.kernel.text.dates import format_number
from app.kernel.text.khmer import to_khmer_digits

EMPTY = "—"


@dataclass(frozen=True)
class Printout:
    """One printout. `number` is the number of its record, in Latin characters.

    `signers` are the signature titles; only a signed printout has the national heading. `notice` is printed
    on each page. `wide` selects landscape. The number of a printout that `proves_itself` has a code that another page checks. `one_page` sets an
    unsigned printout smaller if it is longer than a page. `issue` has what an issued record gives instead of the officer who
    prints it (`footer.build_issue_texts`).
    """

    title: str
    number: str
    parts: tuple
    subtitle: str = ""
    signers: tuple = ()
    notice: str = ""
    wide: bool = False
    proves_itself: bool = False
    one_page: bool = False
    issue: dict = field(default_factory=dict)

    @property
    def as_data(self):
        """Return the printout as layout data; a signed printout has numbered part titles."""
        titled, parts = count(1), []
        for part in self.parts:
            title = part["title"]
            numbered = title and self.signers
            parts.append(
                part
                | {
                    "title": f"{format_number(next(titled), reader_language())}. {title}"
                    if numbered
                    else title
                }
            )
        return vars(self) | {"parts": parts}


def get_presumption_notice():
    """Return the notice printed at the foot of each page about a person."""
    return gettext(
        "This document is not a criminal record certificate. Everyone named in it is presumed innocent until convicted by a final judgment."
    )


def build_facts(rows, title="", wide=False):
    """Return a part with labels and values, two pairs per line, or one if `wide`.

    Empty values are left out.
    """
    return {"kind": "facts", "title": title, "wide": wide, "rows": _fact_rows(rows)}


def build_portrait(rows, picture, width=32):
    """Return a part with a photo (bytes or None) and facts; the first fact is the name.

    `width` is in millimetres.
    """
    photo = None if picture is None else list(picture)
    return {
        "kind": "portrait", "title": "", "wide": True, "rows": _fact_rows(rows), "picture": photo, "width": width,
        "missing": gettext("No photo"),
    }  # fmt: skip


def build_pictures(pictures, title=""):
    """Return a part with numbered photos (bytes or None) of equal size."""
    return {
        "kind": "pictures", "title": title, "missing": gettext("No photo"), "width": 40,
        "rows": [
            [format_number(number, reader_language()), None if one is None else list(one)]
            for number, one in enumerate(pictures, 1)
        ],
    }  # fmt: skip


def build_table(heads, rows, title=""):
    """Return a table part with numbered rows.

    `heads` are (heading, width) pairs; width 0 fits the text.
    """
    numbered = [
        [format_number(number, reader_language()), *map(_format_cell, row)]
        for number, row in enumerate(rows, 1)
    ]
    return {
        "kind": "rows", "title": title, "heads": [gettext("Line number"), *(str(head) for head, _width in heads)],
        "widths": [0, *(width for _head, width in heads)], "rows": numbered,
    }  # fmt: skip


def build_paragraphs(text, title=""):
    """Return a part with one paragraph per line of the text."""
    return {"kind": "paragraphs", "title": title, "lines": [line for line in text.splitlines() if line]}


def build_timeline(events, title):
    """Return the timeline of a person from `people.timeline` with a legend of its shapes."""
    rows = [[event.when, event.shape, [event.title, event.detail]] for event in events]
    legend = [
        ["square", gettext("order or charge")], ["diamond", gettext("decision")], ["ring", gettext("at liberty")],
        ["clock", gettext("custody or detention")], ["dot", gettext("police action")],
    ]  # fmt: skip
    return {"kind": "timeline", "title": title, "rows": rows, "legend": legend}


def build_chart(chart, title=""):
    """Return a part with a chart of `statistics.charts`; typst sets its labels, because it places Khmer text in SVG wrongly."""
    return {
        "kind": "chart", "title": title, "svg": chart.without_text(), "width": chart.width, "height": chart.height,
        "alt": f"{chart.title}. {chart.description}", "labels": [vars(label) for label in chart.labels],
    }  # fmt: skip


def build_note(*lines):
    """Return a framed note."""
    return {"kind": "note", "title": "", "lines": list(lines)}


def format_fields(record, *names):
    """Return (label, value) of these fields of a record, formatted as on its page."""
    meanings = fields_of(type(record))
    return [(str(meanings[name].label), format_field(record, name, meanings[name])) for name in names]


def get_field_label(model, name):
    return str(fields_of(model)[name].label)


def format_digits(text):
    """Return the text with the digits of the language of the printout."""
    return to_khmer_digits(text) if reader_language() == "km" else text


def join_texts(*words):
    """Return the non-empty texts on one line."""
    return " · ".join(str(word) for word in words if word)


def _format_cell(value):
    lines = [line for line in value if line] if isinstance(value, list) else value
    return lines or EMPTY


def _fact_rows(rows):
    return [[str(name), _format_cell(value)] for name, value in rows if _format_cell(value) != EMPTY]
