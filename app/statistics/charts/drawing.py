"""A chart as shapes and labels, its colours, and its SVG.

Only presentation attributes are written: the content security policy forbids inline style. Every shade of `SHADES` is
darker than the one before it, and each mark has its number as text, so that a grey print can be read.
"""

import unicodedata
from dataclasses import dataclass, replace
from math import ceil

from markupsafe import escape

WIDE, NARROW = 720, 360  # pixels: of a screen, of a telephone

# Colours of the style sheet.
INK, INK_2, EDGE, LINE, SUNK, WHITE = "#1b2330", "#47515f", "#7b8390", "#ddd9cf", "#edeae2", "#fff"
NAVY, TINT, GOLD = "#1d3b6b", "#e9eff8", "#c8992f"
# From few to many.
SHADES = (TINT, "#c8d5e8", "#8fa6c9", "#5373a6", NAVY)

SMALL, TEXT = 13, 14  # pixels; smaller Khmer is not readable
HIDDEN = "•"  # a number that is not shown because it could identify people

_CLASSES = {WIDE: "chart-720", NARROW: "chart-360"}  # the style sheet shows one of them
_COENG = "\u17d2"
_ADVANCES = {
    **dict.fromkeys("ឃឍយលសហញឡ", 0.96), **dict.fromkeys("ឈណ", 1.25), **dict.fromkeys("រវ", 0.33),
    **dict.fromkeys("ើឿៀោៅ", 0.6), "ះ": 0.4, "៣": 0.86, "៧": 0.78, "២": 0.75, " ": 0.27, ".": 0.27, ",": 0.27, "–": 0.5,
    "M": 0.91, "W": 0.93, "m": 0.94, "w": 0.79, "O": 0.78, "N": 0.76,
    **dict.fromkeys("iljI", 0.34),
}  # fmt: skip
_WIDE_SUBSCRIPTS = set("ឃឈឍបយរសឡ")
_FACE = "Noto Sans Khmer, Noto Sans, sans-serif"


@dataclass(frozen=True)
class Shape:
    """An SVG element. `title` is its description, `url` the page that a click opens."""

    tag: str
    attributes: dict
    title: str = ""
    url: str = ""


@dataclass(frozen=True)
class Label:
    """A text whose baseline starts, ends or has its middle at a point, as `anchor` says."""

    x: float
    y: float
    text: str
    size: int = SMALL
    anchor: str = "start"
    bold: bool = False
    fill: str = INK
    halo: bool = False  # a white outline, for text over shapes
    url: str = ""


@dataclass(frozen=True)
class Chart:
    """A drawing with the size in pixels, a title and a description of what it shows."""

    width: int
    height: int
    title: str
    description: str
    shapes: tuple
    labels: tuple

    def __html__(self):
        """Return the SVG with its text, for a page."""
        return self._write(self.shapes, self.labels)

    def without_text(self):
        """Return the SVG without its labels, for typst, which sets them itself."""
        return self._write([replace(shape, url="", title="") for shape in self.shapes], ())

    def _write(self, shapes, labels):
        linked = any(part.url for part in (*shapes, *labels))
        role = "group" if linked else "img"  # the content of an image cannot be reached
        width, height = self.width, self.height
        texts = f"<title>{escape(self.title)}</title><desc>{escape(self.description)}</desc>"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f' class="{_CLASSES.get(width, "")}" role="{role}" font-family="{_FACE}">{texts}'
            f"{''.join(map(_write_shape, shapes))}{''.join(map(_write_label, labels))}</svg>"
        )


def draw_at_both_widths(draw, *args, **kwargs):
    """Return the chart of this drawing function for a screen and for a telephone."""
    return draw(*args, width=WIDE, **kwargs), draw(*args, width=NARROW, **kwargs)


def draw_rect(x, y, width, height, fill, title="", url="", **more):
    return Shape("rect", {"x": x, "y": y, "width": width, "height": height, "fill": fill, **more}, title, url)


def draw_rule(x1, y1, x2, y2, stroke, **more):
    return Shape(
        "path", {"d": f"M{_number(x1)} {_number(y1)}L{_number(x2)} {_number(y2)}", "stroke": stroke, **more}
    )


def join_points(points):
    """Return the path through these points as SVG path data."""
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def measure(text, size=SMALL):
    """Return the width of the text in pixels in the font of the pages, rather too large than too small."""
    total, after_coeng = 0.0, False
    for letter in text:
        total += (0.3 if letter in _WIDE_SUBSCRIPTS else 0) if after_coeng else _find_advance(letter)
        after_coeng = letter == _COENG
    return total * size


def wrap(text, width, size=SMALL):
    """Return the text in lines of at most this width, broken at spaces or, without one, before a letter."""
    lines, line = [], ""
    for word in text.split():
        if line and measure(f"{line} {word}", size) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
        while measure(line, size) > width:
            clusters = _split_clusters(line)
            fits = max(
                1, sum(measure("".join(clusters[:n]), size) <= width for n in range(1, len(clusters) + 1))
            )
            if fits == len(clusters):
                break
            lines.append("".join(clusters[:fits]))
            line = "".join(clusters[fits:])
    return [*lines, line] if line else lines


def round_up(number):
    """Return the next round number that four divides, so that an axis has even and whole steps."""
    step = 4 if number <= 20 else 2 * 10 ** (len(str(int(number))) - 1)
    return max(ceil(number / step), 1) * step


def _find_advance(letter):
    """Return the width of a letter as a part of the font size."""
    if letter in _ADVANCES:
        return _ADVANCES[letter]
    kind = unicodedata.category(letter)
    if kind == "Mn":
        return 0.0
    if kind == "Mc":
        return 0.3
    return 0.66


def _split_clusters(text):
    clusters, after_coeng = [], False
    for letter in text:
        if clusters and (after_coeng or unicodedata.category(letter) in ("Mn", "Mc")):
            clusters[-1] += letter
        else:
            clusters.append(letter)
        after_coeng = letter == _COENG
    return clusters


def _number(value):
    """Return a coordinate with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def _write_shape(shape):
    attributes = "".join(
        f' {name.replace("_", "-")}="{_number(value) if isinstance(value, int | float) else escape(value)}"'
        for name, value in shape.attributes.items()
    )
    title = f"<title>{escape(shape.title)}</title>" if shape.title else ""
    return _link(f"<{shape.tag}{attributes}>{title}</{shape.tag}>", shape.url, shape.title)


def _write_label(label):
    attributes = f' text-anchor="{label.anchor}"' if label.anchor != "start" else ""
    if label.bold:
        attributes += ' font-weight="600"'
    if label.halo:
        attributes += f' stroke="{WHITE}" stroke-width="3" paint-order="stroke" stroke-linejoin="round"'
    position = f'x="{_number(label.x)}" y="{_number(label.y)}"'
    text = f'<text {position} font-size="{label.size}" fill="{label.fill}"{attributes}>{escape(label.text)}</text>'
    return _link(text, label.url, label.text)


def _link(element, url, name):
    # The table below the chart has the same links for the keyboard.
    if not url:
        return element
    return f'<a href="{escape(url)}" tabindex="-1" aria-label="{escape(name)}">{element}</a>'
