"""A heat grid: each cell has its number and a shade. `draw_week` draws three-hour bands and weekdays."""

from app.kernel.text.dates import format_number, format_weekday
from app.kernel.text.khmer import to_khmer_digits
from app.statistics.charts.drawing import (
    HIDDEN,
    INK,
    INK_2,
    SHADES,
    WHITE,
    WIDE,
    Chart,
    Label,
    draw_rect,
    measure,
)

_ROW, _HEAD, _GAP = 30, 24, 1
_DARK = 3  # from this shade on, text is white
BANDS = range(0, 24, 3)


def draw_grid(rows, columns, cells, title, description, language, width=WIDE):
    """Return the grid of `cells[row][column]`; None is a number that must not be shown."""
    left = max(map(measure, rows), default=0) + 8
    cell = (width - left) / max(1, len(columns))
    most = max((number for row in cells for number in row if number), default=0)
    shapes = []
    labels = [
        Label(left + cell * (place + 0.5), 16, text, anchor="middle", fill=INK_2)
        for place, text in enumerate(columns)
    ]
    for at, name in enumerate(rows):
        y = _HEAD + at * _ROW
        labels.append(Label(left - 8, y + 19, name, anchor="end"))
        for place, number in enumerate(cells[at]):
            x = left + cell * place
            shade = find_shade(number, most)
            text = HIDDEN if number is None else format_number(number, language)
            shapes.append(
                draw_rect(
                    x, y, cell - _GAP, _ROW - _GAP, SHADES[shade], f"{name} · {columns[place]} · {text}"
                )
            )
            if measure(text) <= cell:  # otherwise the table alone has the number
                fill = WHITE if shade >= _DARK else INK
                labels.append(Label(x + cell / 2, y + 19, text, anchor="middle", fill=fill))
    return Chart(width, _HEAD + len(rows) * _ROW + 4, title, description, tuple(shapes), tuple(labels))


def draw_week(counts, title, description, language, width=WIDE):
    """Return the grid of `counts[weekday][band]`, Monday first, eight bands of three hours.

    On a telephone the weekdays are the columns, with their short names.
    """
    bands = [format_band(hour, language) for hour in BANDS]
    if width >= WIDE:
        days = [format_weekday(day, language) for day in range(7)]
        return draw_grid(days, bands, counts, title, description, language, width)
    days = [format_weekday(day, language, short=True) for day in range(7)]
    turned = [list(column) for column in zip(*counts, strict=True)]
    return draw_grid(bands, days, turned, title, description, language, width)


def format_band(hour, language):
    """Return the three hours from this hour on as ០–៣ or 0–3."""
    text = f"{hour}–{hour + 3}"
    return to_khmer_digits(text) if language == "km" else text


def find_shade(number, most):
    """Return the index of the shade of a number in fifths of the highest one."""
    if not number or not most:
        return 0
    return min(len(SHADES) - 1, int(len(SHADES) * number / most))
