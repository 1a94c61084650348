"""What stands on a paper, before anybody sets it in type: a title, a number, and parts of a few kinds, all plain text.

The layout (`layout/parts.typ`) knows the same kinds. A cell is a text, or a list of lines of which the first is the main one.
"""

from dataclasses import dataclass
from itertools import count

from flask_babel import gettext

from app.kernel.schema.display import shown
from app.kernel.schema.fields import declared
from app.kernel.text.khmer import khmer_digits

NOTHING = "—"


@dataclass(frozen=True)
class Sheet:
    """One paper. `number` is that of its record, in Latin letters.

    Whoever signs is named by `signers`; only such a paper carries the heading of the kingdom. `notice` stands on each
    page, `wide` lays the page on its side.
    """

    title: str
    number: str
    parts: tuple
    subtitle: str = ""
    signers: tuple = ()
    notice: str = ""
    wide: bool = False

    @property
    def plain(self):
        """The same as data; where it is signed the titles of its parts are numbered."""
        titled, parts = count(1), []
        for part in self.parts:
            title = part["title"]
            numbered = title and self.signers
            parts.append(part | {"title": f"{khmer_digits(next(titled))}. {title}" if numbered else title})
        return vars(self) | {"parts": parts}


def presumed_innocent():
    """What every paper about a person says at the foot of each page."""
    return gettext(
        "This paper is no criminal record. Whoever is named here is presumed innocent until a court has decided for good."
    )


def facts(rows, title="", wide=False):
    """Labels and values; what is empty is left out. Two in a line, or with `wide` one."""
    return {"kind": "facts", "title": title, "wide": wide, "rows": _told(rows)}


def portrait(rows, picture, width=32, title=""):
    """A photo (its bytes, or None), `width` millimetres wide, and facts beside it, of which the first is the name."""
    seen = None if picture is None else list(picture)
    return {
        "kind": "portrait", "title": title, "wide": True, "rows": _told(rows), "picture": seen, "width": width,
        "missing": gettext("No photo"),
    }  # fmt: skip


def table(heads, rows, title=""):
    """`heads` are pairs of a heading and a width (0: as wide as its text); each row is numbered."""
    numbered = [[khmer_digits(number), *map(_cell, row)] for number, row in enumerate(rows, 1)]
    return {
        "kind": "rows", "title": title, "heads": [gettext("№"), *(str(head) for head, _width in heads)],
        "widths": [0, *(width for _head, width in heads)], "rows": numbered,
    }  # fmt: skip


def paragraphs(text, title=""):
    """Text of several lines."""
    return {"kind": "paragraphs", "title": title, "lines": [line for line in text.splitlines() if line]}


def course(events, title):
    """The time line of a person, as `people.timeline` tells it; the shapes are told below."""
    rows = [[event.when, event.shape, [event.title, event.detail]] for event in events]
    legend = [
        ["square", gettext("order or charge")], ["diamond", gettext("decision")], ["ring", gettext("liberty")],
        ["clock", gettext("held")], ["dot", gettext("act of the police")],
    ]  # fmt: skip
    return {"kind": "course", "title": title, "rows": rows, "legend": legend}


def note(*lines):
    """Something that must not be overlooked, in a frame."""
    return {"kind": "note", "title": "", "lines": list(lines)}


def told(record, *names):
    """(label, value) of these fields of a record, as its page says them."""
    meanings = declared(type(record))
    return [(str(meanings[name].label), shown(record, name, meanings[name])) for name in names]


def label(model, name):
    return str(declared(model)[name].label)


def line(*words):
    """What is there of these words, in one line."""
    return " · ".join(str(word) for word in words if word)


def _cell(value):
    lines = [one for one in value if one] if isinstance(value, list) else value
    return lines or NOTHING


def _told(rows):
    return [[str(name), _cell(value)] for name, value in rows if _cell(value) != NOTHING]
