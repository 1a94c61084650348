"""The map of the nation, a province, a district or a commune, with its table. It works offline and without a script."""

from datetime import date

from flask import abort, current_app, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.screens.urls import add_query
from app.kernel.text import dates
from app.statistics import hot_spots, map_figures, measures, periods, reader
from app.statistics.charts.drawing import draw_at_both_widths
from app.statistics.charts.map_charts import Area, Circle, draw_map
from app.statistics.map_figures import MapQuery
from app.statistics.query_builder.fields import list_open_families

YEARS, MONTHS = 10, 24
ROLLING = {"12m": 12, "3m": 3, "1m": 1}
NO_NUMBER = "—"  # of a province that the census does not have
LABELS = 30  # names of the largest places of a map


class MapView(BaseView):
    """Cases by place: rates of the provinces, counts of communes, and hot spots of an offence family."""

    route_base = "/statistics/map"
    default_view = "show_nation"
    class_permission_name = "StatisticsMap"
    method_permission_name = {"show_nation": "list", "show_place": "list"}

    @expose("/")
    @has_access
    def show_nation(self):
        area = own_limits().area
        if area:
            return redirect(add_query(url_for("MapView.show_place", code=area), request.args))
        return self._show("")

    @expose("/<string(maxlength=6):code>")
    @has_access
    def show_place(self, code):
        if map_figures.find_spot(code) is None:
            abort(404)
        if not code.startswith(own_limits().area):
            flash(gettext("This place is outside your area."), "warning")
            return redirect(url_for("MapView.show_nation"))
        return self._show(code)

    def _show(self, code):
        choices = Choices.from_args(request.args)
        query = MapQuery(choices.first, choices.last, choices.family, code)
        limits = own_limits()
        digits = 2 if not code else 6
        counts = map_figures.count_by_place(query, limits, digits)
        page = {
            "choices": choices, "code": code, "url": _url, "periods": list_periods(), "parents": _list_parents(code),
            "families": list_open_families(limits), "title": name_place(code), "waiting": counts is None,
        }  # fmt: skip
        if counts is not None:
            page |= self._describe(query, limits, choices, counts)
        return self.render_template("statistics/map.html", **page)

    @staticmethod
    def _describe(query, limits, choices, counts):
        """Return the charts, the tables and the notes of a map."""
        code = query.area
        communes = counts if code else map_figures.count_by_place(query, limits, 6)
        hot = {}
        if query.family:
            everything = MapQuery(query.first, query.last, "", code)
            hot = hot_spots.find_hot_spots(
                _known(communes), map_figures.count_by_place(everything, limits, 6)
            )
        circles, moved = _build_circles(communes, hot, choices, bool(code))
        provinces = {} if code else map_figures.list_counted_provinces(counts, choices.days)
        by_rate = choices.by_rate and not code
        areas = [
            Area(spot.code, spot.name, _shown_rate(spot.code, counts) if by_rate else _shown(counts, spot.code, code),
                 _url(choices, spot.code), NO_NUMBER)
            for spot in map_figures.list_spots("", 2)
            if code or spot.code in provinces
        ]  # fmt: skip
        average = map_figures.compute_national_rate(provinces) if by_rate else None
        points = _build_points(query, limits) if len(code) >= 4 else []
        total = sum(counts.values())
        notes = [*_circle_notes(moved)]
        if by_rate:
            notes = [*map_figures.list_province_notes(provinces, choices.days), *notes]
        codes = ["cases", *(["rate"] if by_rate else []), *(["hot_spots"] if query.family else [])]
        charts = draw_at_both_widths(
            draw_map, areas, [*circles, *points], describe_title(choices, query.area), _describe_rule(by_rate),
            reader_language(), average=average, focus=code[:2] or None, closeup=len(code) == 4, notes=notes,
        )  # fmt: skip
        return {
            "charts": charts, "total": total, "unknown": counts.get("", 0) if not code else 0, "has_points": bool(points),
            "rows": _build_rows(counts, provinces, choices, hot, code),
            "heads": _build_heads(code), "hot": [(map_figures.find_spot(one), communes[one], hot[one]) for one in hot],
            "by_family": map_figures.count_by_family(query, limits) if code else [],
            "cases": map_figures.load_last_cases(query, limits) if len(code) == 6 and _may_open_cases() else [],
            "label": code_lists.label, "measures": measures.select_measures(*codes), "open_cases": measures.OPEN_CASES,
            "as_of": reader.open_reader().as_of, "list_url": _list_cases_url(query), "report_urls": _list_report_urls(choices, code),
        }  # fmt: skip


class Choices:
    """The choices of the reader: period, offence family, and rates or counts."""

    def __init__(self, period, family, by_rate):
        self.period, self.family, self.by_rate = period, family, by_rate
        self.first, self.last = _find_months(period)
        last = periods.last_day_of_month(periods.first_day(self.last))
        self.days = periods.Period(periods.first_day(self.first), last)

    @classmethod
    def from_args(cls, args):
        period, family = args.get("period", "12m"), args.get("family", "")
        if period not in dict(list_periods()):
            abort(400, gettext("This period is not available. Choose one from the list."))
        if family and family not in list_open_families(own_limits()):
            abort(400, gettext("This choice is not in the list."))
        return cls(period, family, args.get("by") != "count")

    def as_args(self):
        args = {"period": self.period, "family": self.family, "by": "" if self.by_rate else "count"}
        return {name: value for name, value in args.items() if value and value != "12m"}


def _format(number):
    return dates.format_number(number, reader_language())


def _shown_rate(code, counts):
    """Return the rounded rate of a province, or None without a number of the census."""
    rate = map_figures.compute_rate(code, counts.get(code, 0))
    return rate if rate is None else round(rate) if rate >= 20 else round(rate, 1)


def own_limits():
    """Return the limits of the reader; abort without a scope."""
    return reader.find_limits() or abort(403)


def _list_cases_url(query):
    """Return the URL of the case list of this place, period and family; empty if the reader may not list cases."""
    if not current_app.appbuilder.sm.has_access("can_list", "Case"):
        return ""
    days = periods.first_day(query.first), periods.last_day_of_month(periods.first_day(query.last))
    filters = {
        "_flt_0_area": query.area,
        "_flt_0_family": query.family,
        "_flt_0_occurred_from": days[0].isoformat(),
        "_flt_1_occurred_from": days[1].isoformat(),
    }
    return url_for("CaseView.list", **{name: value for name, value in filters.items() if value})


def _list_report_urls(choices, code):
    """Return (label, URL) of the report of this place and period as PDF and as a workbook, if the reader may print it."""
    if not current_app.appbuilder.sm.has_access("can_print", "StatisticsReport"):
        return []
    args = {"code": code, "period": choices.period}
    return [
        (gettext("Report (PDF)"), url_for("StatisticsReportView.print_pdf", **args)),
        (gettext("Report (Excel)"), url_for("StatisticsReportView.download_workbook", **args)),
    ]


def _may_open_cases():
    return current_app.appbuilder.sm.has_access("can_show", "Case")


def _url(choices, code, **changed):
    args = choices.as_args() | changed
    args = {name: value for name, value in args.items() if value}
    return (
        url_for("MapView.show_place", code=code, **args) if code else url_for("MapView.show_nation", **args)
    )


def list_periods():
    """Return (key, label): whole months until the last complete one, and calendar years."""
    rolling = [
        ("12m", gettext("Last 12 months")),
        ("3m", gettext("Last 3 months")),
        ("1m", gettext("Last month")),
    ]
    today, language = dates.now().date(), reader_language()
    years = [(str(one), format_year(one, language)) for one in range(today.year, today.year - YEARS, -1)]
    months = [periods.month_number(periods.add_months(today, -back)) for back in range(1, MONTHS + 1)]
    return [*rolling, *years, *((str(one), periods.format_month(one)) for one in months)]


def format_year(year, language):
    return dates.format_month(date(year, 1, 1), language).split()[-1]


def _find_months(period):
    """Return the first and the last month of a period, as 202601."""
    if len(period) == 6:
        return int(period), int(period)
    if period not in ROLLING:
        return int(period) * 100 + 1, int(period) * 100 + 12
    today = dates.now().date()
    first = periods.add_months(today, -ROLLING[period])
    return periods.month_number(first), periods.month_number(periods.add_months(today, -1))


def _list_parents(code):
    return [map_figures.find_spot(code[:digits]) for digits in (2, 4) if digits < len(code)]


def name_place(code):
    return map_figures.find_spot(code).full_name if code else gettext("Cambodia")


def _known(counts):
    return {code: count for code, count in counts.items() if code}


def _shown(counts, spot_code, code):
    return (
        counts.get(spot_code, 0) if not code else sum(n for one, n in counts.items() if one[:2] == spot_code)
    )


def _build_circles(communes, hot, choices, named):
    """Return the circles of the communes, and how many cases are drawn at a larger place because a point is missing."""
    at_spot, moved = {}, 0
    for code, count in _known(communes).items():
        found = map_figures.find_point(code)
        if found is None:
            continue
        spot, latitude, longitude = found
        moved += count if spot.code != code else 0
        held = at_spot.get(spot.code)
        at_spot[spot.code] = (
            spot, latitude, longitude, count + (held[3] if held else 0), code in hot or bool(held and held[4]),
        )  # fmt: skip
    largest = sorted((held[3] for held in at_spot.values()), reverse=True)[:LABELS]
    limit = largest[-1] if largest else 0
    circles = [
        Circle(
            latitude, longitude, count, f"{spot.name} · {_format(count)}", is_hot=is_hot,
            url=_url(choices, spot.code) if named else "", label=spot.name if named and count >= limit else "",
        )
        for spot, latitude, longitude, count, is_hot in at_spot.values()
    ]  # fmt: skip
    return circles, moved


def _build_points(query, limits):
    if not _may_open_cases():
        return []
    return [
        Circle(latitude, longitude, 1, number, url_for("CaseView.show", pk=pk), is_case=True)
        for pk, number, latitude, longitude in map_figures.load_points(query, limits)
    ]


def _build_heads(code):
    place = {0: gettext("Province"), 2: gettext("Commune"), 4: gettext("Commune"), 6: gettext("Commune")}[
        len(code)
    ]
    if code:
        return [place, gettext("Cases")]
    return [place, gettext("Cases"), gettext("Rate per 100,000 people"), gettext("Population 2019")]


def _build_rows(counts, provinces, choices, hot, code):
    """Return the rows of the table, the highest numbers first."""
    population, rows = map_figures.load_population(), []
    spots = map_figures.list_spots(code, 6) if code else map(map_figures.find_spot, provinces)
    for spot in sorted(spots, key=lambda one: (-counts.get(one.code, 0), one.code)):
        count = counts.get(spot.code, 0)
        if code and not count:
            continue
        name = f"{spot.name} ▲" if spot.code in hot else spot.name
        row = [(name, _url(choices, spot.code)), _format(count)]
        if not code:
            numbers = _shown_rate(spot.code, counts), population.get(spot.code)
            row += [NO_NUMBER if number is None else _format(number) for number in numbers]
        rows.append(row)
    return rows


def describe_title(choices, code):
    family = code_lists.label("offence_family", choices.family) if choices.family else gettext("All cases")
    return f"{name_place(code)} · {family} · {_describe_period(choices)}"


def _describe_period(choices):
    """Return the chosen period; of the last months also which ones these are."""
    text = dict(list_periods())[choices.period]
    if choices.period not in ROLLING:
        return text
    months = dict.fromkeys((periods.format_month(choices.first), periods.format_month(choices.last)))
    return f"{text} ({' – '.join(months)})"


def _describe_rule(by_rate):
    if by_rate:
        return gettext(
            "Shade: the rate, in fixed steps around the rate of the nation. Circle: number of cases."
        )
    return gettext("Circle: number of cases in the period.")


def _circle_notes(moved):
    if moved:
        yield gettext(
            "%(count)s cases are drawn at their district, because their commune has no point.",
            count=_format(moved),
        )
