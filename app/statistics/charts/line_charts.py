"""A line of months with the band of what is usual; months outside the band are marked with their number."""

from dataclasses import dataclass
from datetime import date

from app.kernel.text.dates import format_month, format_number
from app.statistics.charts.drawing import (
    EDGE,
    INK,
    INK_2,
    LINE,
    NAVY,
    WHITE,
    WIDE,
    Chart,
    Label,
    Shape,
    draw_rule,
    join_points,
    measure,
    round_up,
)

_TOP, _PLOT, _BOTTOM = 24, 200, 30
_STEPS = 4


@dataclass(frozen=True)
class Point:
    """A month with its count. `low` and `high` limit what is usual, `expected` is its middle; all None without a band."""

    month: date
    value: int | float | None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    url: str = ""

    @property
    def is_unusual(self):
        return self.value is not None and self.low is not None and not self.low <= self.value <= self.high


def draw_line(points, title, description, language, width=WIDE, plot=_PLOT):
    """Return the chart of these consecutive months; a month without a value interrupts the line.

    `plot` is the height of the area of the line.
    """
    top = round_up(max((number for one in points for number in (one.value, one.high) if number), default=1))
    steps = [format_number(top * step // _STEPS, language) for step in range(_STEPS + 1)]
    left = max(measure(text) for text in steps) + 8
    right = width - 12
    bottom = _TOP + plot

    def place(number, value):
        x = left + (right - left) * (number + 0.5) / max(1, len(points))
        return x, bottom - plot * min(value, top) / top

    shapes, labels = [], []
    for step, text in enumerate(steps):
        y = bottom - plot * step / _STEPS
        shapes.append(draw_rule(left, y, right, y, LINE if step else EDGE))
        labels.append(Label(left - 8, y + 5, text, anchor="end", fill=INK_2))
    shapes += _draw_band(points, place)
    for run in _split_runs(points, lambda one: one.value is not None):
        path = join_points([place(number, one.value) for number, one in run])
        shapes.append(Shape("path", {"d": path, "fill": "none", "stroke": NAVY, "stroke_width": 2.5}))
        if len(run) == 1:
            x, y = place(run[0][0], run[0][1].value)
            shapes.append(Shape("circle", {"cx": x, "cy": y, "r": 3, "fill": NAVY}))
    shapes += _draw_ticks(points, place, bottom, labels, language, right)
    _mark_unusual(points, place, shapes, labels, language, right)
    return Chart(width, bottom + _BOTTOM, title, description, tuple(shapes), tuple(labels))


def _draw_band(points, place):
    for run in _split_runs(points, lambda one: one.low is not None and one.high is not None):
        upper = [place(number, one.high) for number, one in run]
        lower = [place(number, max(0, one.low)) for number, one in reversed(run)]
        yield Shape("path", {"d": join_points(upper + lower) + "Z", "fill": "#dfe4ec"})
        middle = [place(number, one.expected) for number, one in run if one.expected is not None]
        if middle:
            yield Shape(
                "path",
                {"d": join_points(middle), "fill": "none", "stroke": EDGE, "stroke_dasharray": "4 3"},
            )


def _draw_ticks(points, place, bottom, labels, language, right):
    every_january = len(points) > 14
    for number, one in enumerate(points):
        if one.month.month == 1 if every_january else one.month.month % 3 == 1:
            x, _y = place(number, 0)
            yield draw_rule(x, bottom, x, bottom + 5, EDGE)
            text = format_month(one.month, language)
            half = measure(text) / 2
            if (
                not labels
                or labels[-1].y < bottom + 20
                or labels[-1].x + measure(labels[-1].text) / 2 < x - half
            ):
                labels.append(
                    Label(min(x, right + 12 - half), bottom + 22, text, anchor="middle", fill=INK_2)
                )


def _mark_unusual(points, place, shapes, labels, language, right):
    for number, one in enumerate(points):
        if one.is_unusual:
            x, y = place(number, one.value)
            text = format_number(one.value, language)
            shapes.append(
                Shape(
                    "circle",
                    {"cx": x, "cy": y, "r": 5.5, "fill": WHITE, "stroke": INK, "stroke_width": 2.5},
                    title=f"{format_month(one.month, language)} · {text}",
                    url=one.url,
                )
            )
            above = y - 11 if one.value > one.high else min(y + 22, _TOP + _PLOT - 4)
            x = min(max(x, measure(text) / 2), right + 12 - measure(text) / 2)
            labels.append(Label(x, above, text, anchor="middle", bold=True, halo=True, url=one.url))


def _split_runs(points, is_present):
    """Return the longest runs of consecutive (number, point) pairs that are present."""
    runs, run = [], []
    for number, one in enumerate(points):
        if is_present(one):
            run.append((number, one))
        elif run:
            runs.append(run)
            run = []
    return [*runs, run] if run else runs
