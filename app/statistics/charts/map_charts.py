"""A map of the provinces: shaded by a rate in fixed steps around the rate of the nation, with circles for counts.

Fixed steps show equal rates in equal shades; quantiles would separate provinces that hardly differ. A count has no
shade: it would show where people live. There is no outline below the province, so a district and a commune are circles.
"""

import math
from dataclasses import dataclass

from app.kernel.text.dates import format_number
from app.statistics.charts.drawing import (
    EDGE,
    GOLD,
    HIDDEN,
    INK,
    INK_2,
    NAVY,
    SHADES,
    SMALL,
    SUNK,
    WHITE,
    WIDE,
    Chart,
    Label,
    Shape,
    draw_rect,
    join_points,
    measure,
    wrap,
)
from app.statistics.charts.outlines import ATTRIBUTION, fit_points, load_outlines

STEPS = (0.6, 0.85, 1.15, 1.8)  # limits of the shades, as multiples of the rate of the nation
_LARGEST, _SMALLEST = 0.02, 0.0028  # radius of a circle, as a part of the width
_BELOW = 2000  # pixels; longer than any outline below a closeup


@dataclass(frozen=True)
class Area:
    """A province: `value` is a rate or count, or None if it must not be shown. `text` replaces a missing one."""

    code: str
    name: str
    value: int | float | None
    url: str = ""
    text: str = ""


@dataclass(frozen=True)
class Circle:
    """A place with its count, drawn with an area in proportion to it; `is_hot` adds a ring. `label` is written."""

    latitude: float
    longitude: float
    count: int
    title: str
    url: str = ""
    is_hot: bool = False
    label: str = ""
    is_case: bool = False  # a single case: a dot of one size


def draw_map(
    areas,
    circles,
    title,
    description,
    language,
    width=WIDE,
    average=None,
    focus=None,
    closeup=False,
    notes=(),
):
    """Return the map of the nation, or of the province with the code `focus`; a closeup shows only its circles' area,
    unless all of them are at one place.

    With `average`, the rate of the nation, the provinces are shaded and a legend is drawn. `notes` are lines below the
    map, e.g. the source of the population; the attribution of the outlines always follows them.
    """
    outlines = load_outlines()
    points = [(circle.longitude, circle.latitude) for circle in circles] if focus else []
    closeup = closeup and len(set(points)) > 1  # one place alone has nothing around it
    if not closeup:
        shown = (one for code, one in outlines.items() if focus in (None, code))
        points += [point for one in shown for ring in one.rings for point in ring]
    margin = 40 if closeup else 4
    projection, height = fit_points(points, width - 2 * margin, width * 0.9)
    frame = height + 2 * margin

    def place(longitude, latitude):
        x, y = projection.place(longitude, latitude)
        return x + margin, y + margin

    areas = [one for one in areas if one.code in outlines and focus in (None, one.code)]
    largest = max((circle.count for circle in circles if not circle.is_case), default=0)
    circles = sorted(circles, key=lambda one: -one.count)  # a large one must not cover a small one
    shapes = [_draw_area(one, outlines[one.code], place, average, language) for one in areas]
    shapes += [_draw_circle(one, largest, width, place) for one in circles]
    labels = _list_labels([] if focus else areas, circles, largest, place, language, width)
    if closeup:  # covers the outline below the frame
        shapes.append(draw_rect(0, frame, width, _BELOW, WHITE))
    y = frame + 14
    if average:
        y = _draw_legend(average, language, width, y, shapes, labels)
    for note in (*notes, ATTRIBUTION):
        for line in wrap(note, width):
            labels.append(Label(0, y + 6, line, fill=INK_2))
            y += 22
    return Chart(width, round(y), title, description, tuple(shapes), tuple(labels))


def _list_labels(areas, circles, largest, place, language, width):
    """Return the labels of areas and circles that do not cover each other, those of the highest values first."""
    labels, boxes = [], []
    for area in sorted(areas, key=lambda one: -(one.value or 0)):
        label_point = load_outlines()[area.code].label
        _add_area_label(area, place(*label_point), language, width, labels, boxes)
    for circle in circles:
        if circle.label:
            x, y = place(circle.longitude, circle.latitude)
            y -= _find_radius(circle, largest, width) + 4
            label = Label(x, y, circle.label, anchor="middle", halo=True, url=circle.url)
            _add_label(label, width, labels, boxes)
    return labels


def find_step(rate, average):
    """Return the index of the shade of a rate."""
    return sum(rate >= average * step for step in STEPS)


def _find_fill(area, average):
    if average is None or area.value is None:
        return SUNK
    return SHADES[find_step(area.value, average)]


def _draw_area(area, outline, place, average, language):
    path = "".join(join_points([place(*point) for point in ring]) + "Z" for ring in outline.rings)
    attributes = {"d": path, "fill": _find_fill(area, average), "stroke": WHITE if average else EDGE}
    title = f"{area.name} · {_format_area(area, language)}"
    return Shape("path", attributes | {"stroke_linejoin": "round"}, title, area.url)


def _format_area(area, language):
    return area.text or HIDDEN if area.value is None else format_number(area.value, language)


def _find_radius(circle, largest, width):
    return width * max(_SMALLEST, _LARGEST * math.sqrt(circle.count / largest) if largest else 0)


def _draw_circle(circle, largest, width, place):
    x, y = place(circle.longitude, circle.latitude)
    if circle.is_case:
        return Shape(
            "circle", {"cx": x, "cy": y, "r": 3, "fill": NAVY, "stroke": WHITE}, circle.title, circle.url
        )
    attributes = {
        "cx": x,
        "cy": y,
        "r": _find_radius(circle, largest, width),
        "fill": GOLD,
        "fill_opacity": "0.55",
    }
    attributes |= {"stroke": INK, "stroke_width": 2.5 if circle.is_hot else 0.6}
    return Shape("circle", attributes, circle.title, circle.url)


def _add_area_label(area, point, language, width, labels, boxes):
    """Add name and number, or the number alone where the name has no room."""
    x, y = point
    number = Label(
        x, y + 18, _format_area(area, language), anchor="middle", bold=True, halo=True, url=area.url
    )
    name = Label(x, y, area.name, anchor="middle", halo=True, url=area.url)
    if width >= WIDE and _is_free(name, boxes, width) and _is_free(number, boxes, width):
        for label in (name, number):
            _add_label(label, width, labels, boxes)
    else:
        _add_label(
            Label(x, y + 9, number.text, anchor="middle", bold=True, halo=True, url=area.url),
            width,
            labels,
            boxes,
        )


def _add_label(label, width, labels, boxes):
    if _is_free(label, boxes, width):
        labels.append(label)
        boxes.append(_find_box(label))


def _is_free(label, boxes, width):
    left, top, right, bottom = _find_box(label)
    if left < 0 or right > width:
        return False
    return all(right <= box[0] or left >= box[2] or bottom <= box[1] or top >= box[3] for box in boxes)


def _find_box(label):
    half = measure(label.text, label.size) / 2
    return label.x - half, label.y - label.size, label.x + half, label.y + 4


def _draw_legend(average, language, width, y, shapes, labels):
    decimals = None if average >= 20 else 1
    limits = [format_number(round(average * step, decimals), language) for step in STEPS]
    texts = [
        f"< {limits[0]}",
        *(f"{low}–{high}" for low, high in zip(limits, limits[1:], strict=False)),
        f"≥ {limits[-1]}",
    ]
    box = min(width, 540) / len(SHADES)
    for number, (shade, text) in enumerate(zip(SHADES, texts, strict=True)):
        shapes.append(draw_rect(number * box, y, box - 2, 12, shade, stroke=EDGE, stroke_width=0.5))
        labels.append(Label(number * box, y + 30, text, SMALL, fill=INK_2))
    return y + 46
