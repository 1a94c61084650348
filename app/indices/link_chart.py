"""The link chart: one column for each step, with the records as boxes and the relations as lines."""

from app.indices.network import CASE, ITEM, ORGANISATION, PERSON, PLACE
from app.kernel.i18n.lazy_message import _
from app.statistics.charts.drawing import (
    EDGE,
    GOLD,
    INK_2,
    NAVY,
    SMALL,
    SUNK,
    TINT,
    WHITE,
    Chart,
    Label,
    Shape,
    draw_rect,
    measure,
)

BOX_WIDTH, BOX_HEIGHT, GAP, ROW = 200, 44, 76, 54
MARGIN = 10
FILLS = {CASE: TINT, PERSON: WHITE, ITEM: SUNK, ORGANISATION: WHITE, PLACE: SUNK}
KINDS = {
    CASE: _("Case"), PERSON: _("Person"), ITEM: _("Item"), ORGANISATION: _("Organisation"), PLACE: _("Place"),
}  # fmt: skip
_ELLIPSIS = "…"


def draw_links(network, title, description, urls):
    """Return the chart of a network. `urls` is {(kind, key): page of the record} for the records that may be opened."""
    columns, reasons = arrange(network)
    places = {
        end: (MARGIN + step * (BOX_WIDTH + GAP), MARGIN + row * ROW)
        for step, column in enumerate(columns)
        for row, end in enumerate(column)
    }
    shapes = [_draw_line(places[edge.first], places[edge.second], edge) for edge in network.edges]
    labels = []
    for end, (x, y) in places.items():
        node, url = network.nodes[end], urls.get(end, "")
        stroke, width = (GOLD, 3) if node.step == 0 else (NAVY if node.kind == PERSON else EDGE, 1)
        box = draw_rect(
            x, y, BOX_WIDTH, BOX_HEIGHT, FILLS[node.kind], node.label, url, stroke=stroke, stroke_width=width, rx=6
        )  # fmt: skip
        shapes.append(box)
        above = " · ".join(filter(None, (str(KINDS[node.kind]), reasons.get(end))))
        labels += [
            Label(x + 8, y + 17, shorten(above, BOX_WIDTH - 16), fill=INK_2),
            Label(x + 8, y + 36, shorten(node.label, BOX_WIDTH - 16), bold=True, url=url),
        ]
    width = 2 * MARGIN + len(columns) * BOX_WIDTH + (len(columns) - 1) * GAP
    height = 2 * MARGIN + max(map(len, columns)) * ROW
    return Chart(width, height, title, description, tuple(shapes), tuple(labels))


def arrange(network):
    """Return (ends of each step from top to bottom, {end: why it is linked to the step before}).

    A record is placed near the mean row of the records of the step before that it is linked to, so that few lines cross.
    """
    steps = 1 + max(node.step for node in network.nodes.values())
    columns = [[end for end, node in network.nodes.items() if node.step == step] for step in range(steps)]
    before, reasons = {end: [] for end in network.nodes}, {}
    for edge in network.edges:
        for end, other in ((edge.first, edge.second), (edge.second, edge.first)):
            if network.nodes[other].step == network.nodes[end].step - 1:
                before[end].append(other)
                reasons.setdefault(end, edge.word)
    for step in range(1, steps):
        rows = {end: row for row, end in enumerate(columns[step - 1])}
        columns[step].sort(key=lambda end: _mean([rows[other] for other in before[end]]))
    return columns, reasons


def shorten(text, width, size=SMALL):
    """Return the text, cut at a word or a letter if it is wider than `width` pixels."""
    if measure(text, size) <= width:
        return text
    while text and measure(text + _ELLIPSIS, size) > width:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS


def _mean(numbers):
    return sum(numbers) / len(numbers) if numbers else 0


def _draw_line(one, other, edge):
    """Return the line between two boxes: from right to left side, or around the right side within one column."""
    (x1, y1), (x2, y2) = sorted((one, other))
    y1, y2 = y1 + BOX_HEIGHT / 2, y2 + BOX_HEIGHT / 2
    start = x1 + BOX_WIDTH
    end, out = (start, start + GAP / 2) if x1 == x2 else (x2, x2 - GAP / 2)
    path = f"M{start:.0f} {y1:.0f}C{start + GAP / 2:.0f} {y1:.0f} {out:.0f} {y2:.0f} {end:.0f} {y2:.0f}"
    attributes = {"d": path, "fill": "none", "stroke": EDGE, "stroke_width": 1.5}
    return Shape("path", attributes, edge.word)
