"""Horizontal bars. A label is wrapped, never cut: beside its bar if all are short, otherwise above it."""

from dataclasses import dataclass

from app.kernel.text.dates import format_number
from app.statistics.charts.drawing import (
    HIDDEN,
    INK,
    NAVY,
    SUNK,
    TEXT,
    WIDE,
    Chart,
    Label,
    draw_rect,
    measure,
    wrap,
)

_BESIDE = 250  # the widest label beside a bar
_BAR, _LINE = 16, 24


@dataclass(frozen=True)
class Bar:
    """A row: `value` is None if the number must not be shown; `text` replaces the formatted number."""

    label: str
    value: int | float | None
    text: str = ""
    url: str = ""


def draw_bars(bars, title, description, language, width=WIDE, maximum=None):
    """Return the chart of these bars in their order; `maximum` is the full length, e.g. 100 for percentages."""
    texts = [_format_value(bar, language) for bar in bars]
    values_width = max((measure(text, TEXT) for text in texts), default=0) + 10
    label_width = max((measure(bar.label, TEXT) for bar in bars), default=0) + 12
    above = width < WIDE or label_width > _BESIDE
    start = 0 if above else label_width
    length = width - start - values_width
    full = maximum or max((bar.value or 0 for bar in bars), default=0) or 1
    shapes, labels, y = [], [], 4
    for bar, text in zip(bars, texts, strict=True):
        if above:
            for line in wrap(bar.label, width, TEXT):
                labels.append(Label(0, y + 16, line, TEXT, url=bar.url))
                y += _LINE
        else:
            labels.append(Label(start - 12, y + 13, bar.label, TEXT, "end", url=bar.url))
        shapes.append(draw_rect(start, y, length, _BAR, SUNK))
        if bar.value:
            shapes.append(draw_rect(start, y, max(1, min(1, bar.value / full) * length), _BAR, NAVY))
        labels.append(Label(width, y + 13, text, TEXT, "end", bold=True, fill=INK, url=bar.url))
        y += _BAR + 14
    return Chart(width, y, title, description, tuple(shapes), tuple(labels))


def _format_value(bar, language):
    if bar.value is None:
        return bar.text or HIDDEN
    return bar.text or format_number(bar.value, language)
