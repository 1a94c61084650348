"""The page of what happened: a period against earlier years, a line of 36 months, hours, clearance, drugs and items."""

from flask import abort, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.text import dates
from app.statistics import crime, measures, periods, reader
from app.statistics.charts import bar_charts, drawing, heat_grids, line_charts
from app.statistics.query_builder import fields
from app.statistics.query_builder.queries import FILTER
from app.statistics.timeliness_views import NOT_READY, format_share, open_or_abort

YEARS_BEFORE = 3
OPEN_AGES = (_("up to 30 days"), _("31 to 90 days"), _("91 days to a year"), _("more than a year"))
# Further tables of the period: what is counted, and by which fields.
FURTHER_TABLES = (
    ("offences", ("means", "method", "motive", "offence_weapon")),
    ("people", ("role", "band", "sex", "relation", "intoxication", "occupation", "education")),
)
HIDDEN = _("fewer than 5, or hidden with them")


class CrimeView(BaseView):
    """What happened, within the reader's area and offence families."""

    route_base = "/statistics/crime"
    default_view = "page"
    class_permission_name = "CrimeStatistics"
    method_permission_name = {"page": "list"}

    @expose("/")
    @has_access
    def page(self):
        figures, limits = open_or_abort()
        title = _("What happened")
        if figures is None:
            return self.render_template("statistics/not_ready.html", title=title, text=NOT_READY)
        kind, family = request.args.get("kind", periods.MONTH), request.args.get("family", "")
        families = fields.list_open_families(limits)
        if kind not in periods.KINDS or (family and family not in families):
            abort(400, gettext("This choice is not in the list."))
        problem, counted_until = "", (figures.as_of or dates.now()).date()
        last, is_chosen = periods.find_last_complete_day(kind, counted_until), False
        try:
            chosen = _parse_last_day(request.args.get("until", ""))
            last, is_chosen = chosen or last, chosen is not None
        except periods.InvalidPeriod as error:
            problem = str(error)
        period = periods.build_period(kind, last)
        if period.first > counted_until:
            problem = gettext("There are no figures of this period yet. Choose an earlier day.")
        page = self.render_template(
            "statistics/crime.html",
            title=title,
            kinds=periods.KINDS,
            kind=kind,
            family=family,
            families=families,
            until=request.args.get("until", "") if problem else f"{last:%d/%m/%Y}",
            problem=problem,
            period=_describe_period(period, kind, is_chosen),
            as_of=figures.as_of,
            measures=measures.select_measures("cases", "beyond_usual", "usual_band", "hours", "cleared_by_arrest", "cleared_exceptionally", "drugs", "items", "open_cases"),
            **({} if problem else self._count(figures, limits, period, kind, family, counted_until)),
        )  # fmt: skip
        return page, 422 if problem else 200

    def _count(self, figures, limits, period, kind, family, counted_until):
        month = period.last.month if kind == periods.MONTH else None
        # Before its end a period grows daily, and the difference of two days could single out a case.
        has_ended = period.last < dates.now().date()
        shows_protected = has_ended and kind in (periods.MONTH, periods.YEAR) and len(limits.area) <= 2
        return {
            "comparison": _compare(figures, limits, period.until(counted_until)),
            "compared": period.until(counted_until), "is_running": period.last >= counted_until,
            "country": crime.count_country(figures, period) if limits != reader.NATIONWIDE else None,
            "line": _draw_line(figures, limits, period, family),
            "week": _draw_week(figures, limits, period),
            "by_area": _list_by_area(figures, limits, period),
            "clearance": _describe_clearance(*crime.count_clearance(figures, limits, period)),
            "drugs": [_describe_drug(*row) for row in crime.sum_drugs(figures, limits, period)],
            "items": _list_items(figures, limits, period),
            "further": _list_further_tables(period, family),
            "open_cases": list(zip(OPEN_AGES, crime.count_open_cases(figures, limits, dates.now().date()), strict=True)),
            "protected": [
                (fields.get_group_label(group), str(HIDDEN) if number is None else _format(number))
                for group, number in crime.list_protected(figures, limits, period.last.year, month)
            ]
            if shows_protected
            else None,
        }  # fmt: skip


def _format(number):
    return dates.format_number(number, reader_language())


def _list_further_tables(period, family):
    """Return (label, URL) of the tables of the query builder for the months of the period."""
    months = {"first": f"{period.first:%m/%Y}", "last": f"{period.last:%m/%Y}"}
    chosen = {f"{FILTER}family": family} if family else {}
    return [
        (
            fields.FIELDS[code].label,
            url_for("TableBuilderView.page", count=count, rows=code, **months, **chosen),
        )
        for count, codes in FURTHER_TABLES
        for code in codes
    ]


def _parse_last_day(text):
    if not text.strip():
        return None
    day = periods.parse_day(text)
    if day > dates.now().date():
        raise periods.InvalidPeriod(gettext("This day is in the future. There are no figures yet."))
    return day


def _describe_period(period, kind, is_chosen):
    """Return the period in words; one that the reader has not chosen says why it is shown."""
    if kind != periods.MONTH:
        return str(period) if is_chosen else gettext("%(period)s, until the last complete day", period=period)
    month = periods.format_month(periods.month_number(period.first))
    return month if is_chosen else gettext("%(month)s, the last complete month", month=month)


def _compare(figures, limits, period):
    """Return (years, rows): a row has the label, the counts of the years, the difference and whether it is unusual."""
    counts = crime.compare_families(figures, limits, period, YEARS_BEFORE)
    rows = []
    for family, values in sorted(counts.items(), key=lambda one: (one[0] != "", -one[1][0])):
        now, before = values[0], values[1]
        sign = "+" if now > before else "−" if now < before else ""
        rows.append(
            (
                code_lists.label("offence_family", family) if family else gettext("All cases"),
                [_format(value) for value in values],
                f"{sign}{_format(abs(now - before))}",
                crime.is_beyond_usual(now, before),
            )
        )
    years = [period.last.year - back for back in range(YEARS_BEFORE + 1)]
    return [fields.format_year(year) for year in years], rows


def _draw_line(figures, limits, period, family):
    """Return (pair of charts, headings, rows) of the 36 months that end before or with the period."""
    last = period.last
    if last < periods.last_day_of_month(last) or last >= dates.now().date():
        last = periods.add_months(last, -1)  # a month that has not ended would look like a fall
    line = crime.list_line(figures, limits, periods.month_number(last), family)
    points = [
        line_charts.Point(periods.first_day(month), count, *(band or (None, None, None)))
        for month, count, band in line
    ]
    title = gettext("36 months")
    if family:
        title = f"{title} · {code_lists.label('offence_family', family)}"
    text = gettext(
        "Cases by month. The band is what is usual after the five years before; months outside are marked."
    )
    charts = drawing.draw_at_both_widths(line_charts.draw_line, points, title, text, reader_language())
    rows = [
        [
            periods.format_month(month),
            _format(count),
            "—" if band is None else f"{_format(round(band[1]))} – {_format(round(band[2]))}",
        ]
        for month, count, band in reversed(line)
    ]
    return charts, [gettext("Month"), gettext("Cases"), gettext("Usual")], rows


def _draw_week(figures, limits, period):
    counts, unknown = crime.count_week(figures, limits, period)
    text = gettext(
        "Cases by weekday and hour. %(n)s cases with an unknown hour are left out.", n=_format(unknown)
    )
    language = reader_language()
    charts = drawing.draw_at_both_widths(
        heat_grids.draw_week, counts, gettext("Hour and weekday"), text, language
    )
    heads = ["", *(heat_grids.format_band(hour, language) for hour in heat_grids.BANDS)]
    rows = [[dates.format_weekday(day, language), *map(_format, bands)] for day, bands in enumerate(counts)]
    return charts, heads, rows


def _list_by_area(figures, limits, period):
    """Return (headings, rows) of families by province, or by district within a province."""
    counts, areas = crime.count_families_by_area(figures, limits, period)
    families = sorted(
        {family for family, _area in counts},
        key=lambda one: -sum(counts.get((one, area), 0) for area in areas),
    )
    heads = ["", *(code_lists.label("offence_family", family) for family in families)]
    rows = [
        [fields.get_area_name(area), *(_format(counts.get((family, area), 0)) for family in families)]
        for area in areas
    ]
    return heads, rows


def _describe_clearance(cases, by_arrest, exceptionally):
    """Return (pair of bar charts, headings, rows), or None without a case."""
    if not cases:
        return None
    bars = [
        bar_charts.Bar(label, round(100 * count / cases, 1), format_share(round(100 * count / cases, 1)))
        for label, count in (
            (gettext("Cleared by arrest"), by_arrest),
            (gettext("Cleared exceptionally"), exceptionally),
        )
    ]
    text = gettext("Of %(n)s cases of the period, up to today.", n=_format(cases))
    charts = drawing.draw_at_both_widths(
        bar_charts.draw_bars, bars, gettext("Clearance"), text, reader_language(), maximum=100
    )
    rows = [
        [bar.label, _format(count), bar.text]
        for bar, count in zip(bars, (by_arrest, exceptionally), strict=True)
    ]
    return charts, ["", gettext("Cases"), gettext("Share")], rows


def _describe_drug(substance, measure, quantity, pieces):
    return [
        code_lists.label("substance", substance) or gettext("unknown"),
        "—" if quantity is None else f"{_format(_trim(quantity))} {code_lists.label('measure', measure)}",
        _format(pieces),
    ]


def _trim(quantity):
    """Return the quantity without zeros at its end: 3307.136, and 2705 for 2705.000."""
    return int(quantity) if quantity == int(quantity) else quantity.normalize()


def _list_items(figures, limits, period):
    counts = crime.count_items(figures, limits, period)
    return [
        [
            f"{code_lists.label('exhibit_kind', kind)} · {code_lists.label('property_role', role) or gettext('unknown')}",
            _format(count),
        ]
        for (kind, role), count in sorted(counts.items(), key=lambda one: (one[0][0], -one[1]))
    ]
