"""The timeline of a series: each case is a dot at its day and hour; a case of an unknown hour is below the line."""

from datetime import timedelta

from app.kernel.text.dates import format_date, format_number
from app.statistics.charts.drawing import (
    EDGE,
    GOLD,
    INK_2,
    LINE,
    NAVY,
    WIDE,
    Chart,
    Label,
    Shape,
    draw_rule,
    measure,
)

_TOP, _PLOT, _UNKNOWN, _BOTTOM = 12, 192, 28, 34
_RADIUS = 5


def draw_timeline(cases, title, description, language, unknown_label, width=WIDE):
    """Return the chart of [(day, hour or None, title, url)] in the order of days."""
    first, last = cases[0][0], cases[-1][0]
    days = max((last - first).days, 1)
    hours = [format_number(hour, language) for hour in range(0, 25, 6)]
    left = max(map(measure, (*hours, unknown_label))) + 10
    right, bottom = width - 12, _TOP + _PLOT
    shapes, labels = [], [Label(left - 10, bottom + _UNKNOWN - 4, unknown_label, anchor="end", fill=INK_2)]
    for step, text in enumerate(hours):
        y = _TOP + _PLOT * step / 4
        shapes.append(draw_rule(left, y, right, y, LINE if step < 4 else EDGE))
        labels.append(Label(left - 10, y + 5, text, anchor="end", fill=INK_2))
    for day, hour, text, url in cases:
        x = left + _RADIUS + (right - left - 2 * _RADIUS) * (day - first).days / days
        y = bottom + _UNKNOWN - 8 if hour is None else _TOP + _PLOT * (hour + 0.5) / 24
        fill = GOLD if hour is None else NAVY
        shapes.append(
            Shape("circle", {"cx": x, "cy": y, "r": _RADIUS, "fill": fill, "fill_opacity": "0.85"}, text, url)
        )
    bottom += _UNKNOWN
    labels.append(Label(left, bottom + 20, format_date(first, language), fill=INK_2))
    if last - first >= timedelta(1):
        labels.append(Label(right, bottom + 20, format_date(last, language), anchor="end", fill=INK_2))
    return Chart(width, bottom + _BOTTOM, title, description, tuple(shapes), tuple(labels))
