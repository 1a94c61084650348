"""An answer of the query builder as a table, charts and text: for the page, the printout and the exports."""

from flask_babel import gettext

from app.kernel.i18n.locale import reader_language
from app.kernel.text import dates
from app.statistics import map_figures, measures, periods
from app.statistics.charts import bar_charts, drawing, line_charts, map_charts
from app.statistics.charts.drawing import HIDDEN
from app.statistics.query_builder.fields import PROTECTED, UNKNOWN

MAX_CHARTS, MAX_BARS = 6, 40  # columns that are drawn, and rows of one chart
MAP_FIELDS = ("province", "district", "commune")


def format_number(number):
    """Return a number in the reader's language, or the sign of a hidden one."""
    return HIDDEN if number is None else dates.format_number(_trim(number), reader_language())


def _trim(number):
    """Return a quantity without zeros at its end: 3307.136, and 2705 for 2705.000."""
    return int(number) if number == int(number) else number.normalize()


def format_key(field, key):
    """Return the label of a value of a field."""
    return gettext("unknown") if key in ("", None) else str(field.format(key))


def describe_title(query):
    """Return what a table counts, as its title: Registered cases · Offence family · Year."""
    return " · ".join([str(one) for one in (query.count.measure.name, *_list_labels(query))])


def _list_labels(query):
    return [one.label for one in (query.rows, query.columns) if one]


def describe_period(query):
    """Return the months of a query."""
    first, last = periods.month_number(query.period.first), periods.month_number(query.period.last)
    return " – ".join(dict.fromkeys([periods.format_month(first), periods.format_month(last)]))


def describe_filters(query):
    """Return (label, values) of each filter."""
    described = []
    for field, chosen in query.filters:
        values = field.list_values()
        texts = [gettext("unknown") if one == UNKNOWN else str(values[one]) for one in chosen]
        described.append((str(field.label), ", ".join(texts)))
    return described


def list_rules(query):
    """Return the lines that say how the table is counted and what it leaves out."""
    lines = measures.list_lines(query.count.code)
    if query.count.code == PROTECTED:
        lines.append(
            gettext(
                "%(sign)s: fewer than 5, or hidden because it would give such a number away.", sign=HIDDEN
            )
        )
    else:
        lines.append(str(measures.OPEN_CASES))
    if query.has_overlaps:
        lines.append(gettext("What belongs to several rows or columns counts once in the totals."))
    return lines


def build_rows(query, answer, plain=False):
    """Return (headings, rows): a row has its label, its cells and its total; `plain` keeps the numbers."""
    show = _keep if plain else format_number
    name = str(query.count.measure.name)
    if query.rows is None:
        return ["", name], [[gettext("Total"), show(answer.total)]]
    label = str(query.rows.label)
    if query.columns is None:
        rows = [[format_key(query.rows, key), show(answer.row_totals[key])] for key in answer.row_keys]
        return [label, name], [*rows, [gettext("Total"), show(answer.total)]]
    heads = [label, *(format_key(query.columns, key) for key in answer.column_keys), gettext("Total")]
    rows = [
        [
            format_key(query.rows, row),
            *(show(answer.cells.get((row, column), 0)) for column in answer.column_keys),
            show(answer.row_totals[row]),
        ]
        for row in answer.row_keys
    ]
    sums = [show(answer.column_totals[column]) for column in answer.column_keys]
    return heads, [*rows, [gettext("Total"), *sums, show(answer.total)]]


def _keep(number):
    return HIDDEN if number is None else _trim(number) if not isinstance(number, int) else number


def explain_refusal(query, answer, shown):
    """Return why a table cannot be drawn as this kind of chart, or an empty text."""
    if not answer.row_keys:
        return gettext("A chart needs rows.")
    if len(answer.column_keys) > MAX_CHARTS:
        return gettext(
            "A chart shows at most %(n)s columns. Choose fewer with a filter.", n=format_number(MAX_CHARTS)
        )
    if shown == "line" and query.rows.code != "month":
        return gettext("A line needs months as rows.")
    if shown == "map" and (query.rows.code not in MAP_FIELDS or query.columns):
        return gettext("A map needs places as rows, and no columns.")
    return ""


def draw_charts(query, answer, shown, limits):
    """Return the pairs of charts of an answer: one for each column, or one of all."""
    if shown == "map":
        return [_draw_map(query, answer, limits)]
    draw = _draw_line if shown == "line" else _draw_bars
    title = describe_title(query)
    if not query.columns:
        return [draw(query, answer.row_totals, title, answer)]
    return [
        draw(
            query,
            {row: answer.cells.get((row, column), 0) for row in answer.row_keys},
            f"{query.count.measure.name} · {format_key(query.columns, column)}",
            answer,
        )
        for column in answer.column_keys
    ]


def _draw_bars(query, numbers, title, answer):
    keys = answer.row_keys[:MAX_BARS]
    bars = [
        bar_charts.Bar(format_key(query.rows, key), as_number(numbers[key]), format_number(numbers[key]))
        for key in keys
    ]
    text = describe_period(query)
    if len(keys) < len(answer.row_keys):
        text = f"{text} · {gettext('The first %(n)s rows; the table has all.', n=format_number(MAX_BARS))}"
    shown = answer.cells.values() if query.columns else answer.row_totals.values()
    most = max((float(number) for number in shown if number), default=1)
    return drawing.draw_at_both_widths(
        bar_charts.draw_bars, bars, title, text, reader_language(), maximum=most
    )


def as_number(number):
    """Return a number for a chart or for JSON: a Decimal has no place in them."""
    if number is None or isinstance(number, int):
        return number
    return int(number) if number == int(number) else float(number)


def _draw_line(query, numbers, title, answer):
    month, points = query.period.first, []
    while month <= query.period.last:
        value = numbers.get(periods.month_number(month), 0)
        points.append(line_charts.Point(month, as_number(value)))
        month = periods.add_months(month, 1)
    return drawing.draw_at_both_widths(
        line_charts.draw_line, points, title, describe_period(query), reader_language()
    )


def _draw_map(query, answer, limits):
    provinces = [dict(answer.row_totals).get(spot.code, 0) for spot in map_figures.list_spots("", 2)]
    is_national = query.rows.code == "province"
    areas = [
        map_charts.Area(spot.code, spot.name, as_number(number) if is_national else "")
        for spot, number in zip(map_figures.list_spots("", 2), provinces, strict=True)
    ]
    circles = []
    for key in answer.row_keys:
        found = map_figures.find_point(key) if key and answer.row_totals[key] else None
        if found:
            spot, latitude, longitude = found
            number = answer.row_totals[key]
            title = f"{format_key(query.rows, key)} · {format_number(number)}"
            circles.append(map_charts.Circle(latitude, longitude, float(number), title))
    chosen = {value[:2] for field, values in query.filters if field.code in MAP_FIELDS for value in values}
    focus = limits.area[:2] or (chosen.pop() if len(chosen) == 1 and not is_national else None)
    return drawing.draw_at_both_widths(
        map_charts.draw_map, areas, circles, describe_title(query), describe_period(query), reader_language(),
        focus=focus,
    )  # fmt: skip
