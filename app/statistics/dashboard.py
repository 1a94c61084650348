"""The charts of the first page for roles that work with figures. They read the figures only, never the register."""

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists, lookups
from app.kernel.screens.dashboard import CardContent, CardLine, dashboard_card
from app.kernel.text import dates
from app.statistics import crime, periods, reader, timeliness
from app.statistics.charts.line_charts import Point, draw_line
from app.statistics.timeliness_views import NOT_READY, describe_error_rate, format_share

LINES = 5
CHART_WIDTH, CHART_PLOT, CHART_MONTHS = 340, 76, 24
WORK_FIGURES = ("can_list", "Timeliness")


@dashboard_card(62, _("On-time entry by unit"), "timer", WORK_FIGURES)
def build_timeliness_card():
    """Return the units with the lowest share of cases entered on time in the month that their page shows first."""
    url, figures, limits = url_for("TimelinessView.units"), reader.open_reader(), reader.find_limits()
    if figures is None or limits is None:
        return CardContent("—", str(NOT_READY), url)
    month = periods.choose_month(dates.now().date())
    rows = [row for row in timeliness.list_entries(figures, limits, month, dates.now()) if row.entered]
    total = timeliness.percent(sum(row.on_time for row in rows), sum(row.entered for row in rows))
    lines = [
        CardLine(
            lookups.get_lookup("unit").words(row.key), format_share(row.on_time_percent),
            url_for("TimelinessView.unit", code=row.key), round(row.on_time_percent),
            row.on_time_percent < timeliness.LOW,
        )
        for row in rows[:LINES]
    ]  # fmt: skip
    caption = gettext("entered on time in %(month)s", month=periods.format_month(month))
    return CardContent(
        format_share(total), caption, url, lines, late=total is not None and total < timeliness.LOW
    )


@dashboard_card(63, _("Data quality"), "list-checks", WORK_FIGURES)
def build_quality_card():
    """Return the error rate of the month that the page of units shows first, and its corrections by cause."""
    url, figures, limits = url_for("TimelinessView.units"), reader.open_reader(), reader.find_limits()
    if figures is None or limits is None:
        return CardContent("—", str(NOT_READY), url)
    month = periods.choose_month(dates.now().date())
    rate = timeliness.find_error_rate(figures, limits, month)
    causes = timeliness.count_corrections(figures, limits, month)[:LINES]
    lines = [
        CardLine(
            code_lists.label("correction_cause", cause), _format(count),
            url_for("TimelinessView.records", kind="corrections", month=month, cause=cause), _share(count, causes),
        )
        for cause, count in causes
    ]  # fmt: skip
    caption = gettext("error rate of %(month)s", month=periods.format_month(month))
    is_red = rate is not None and describe_error_rate(rate) == "red"
    return CardContent(format_share(rate), caption, url, lines, late=is_red)


@dashboard_card(64, _("What happened"), "chart-column", ("can_list", "CrimeStatistics"))
def build_crime_card():
    """Return the cases of the last complete month, the families beyond the usual, and the line of the months."""
    url, figures, limits = url_for("CrimeView.page"), reader.open_reader(), reader.find_limits()
    if figures is None or limits is None:
        return CardContent("—", str(NOT_READY), url)
    day = periods.add_months(dates.now().date(), -1)
    period, month = periods.build_period(periods.MONTH, day), periods.month_number(day)
    counts = crime.compare_families(figures, limits, period, years=1)
    now, before = counts.pop("")
    unusual = [
        (family, *pair) for family, pair in sorted(counts.items(), key=lambda one: -one[1][0]) if crime.is_beyond_usual(*pair)
    ][:LINES]  # fmt: skip
    lines = [
        CardLine(
            code_lists.label("offence_family", family), f"{_format(count)} ({'+' if count > old else '−'}{_format(abs(count - old))})",
            url_for("CrimeView.page", family=family), _share(count, [one[:2] for one in unusual]),
        )
        for family, count, old in unusual
    ]  # fmt: skip
    months = crime.list_month_counts(figures, limits, month, CHART_MONTHS)
    points = [Point(periods.first_day(one), count) for one, count in months]
    chart = draw_line(points, gettext("Cases by month"), "", reader_language(), CHART_WIDTH, CHART_PLOT)
    caption = gettext(
        "cases in %(month)s, a year before %(before)s",
        month=periods.format_month(month),
        before=_format(before),
    )
    note = "" if lines else gettext("No offence family is beyond the usual.")
    return CardContent(_format(now), caption, url, lines, note, chart=chart)


def _format(number):
    return dates.format_number(number, reader_language())


def _share(count, pairs):
    return max(1, round(100 * count / max(number for _key, number in pairs)))
