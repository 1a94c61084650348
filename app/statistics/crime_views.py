"""The page of what happened: a period against earlier years, a line of 36 months, hours, clearance, drugs and items."""

from datetime import date

from flask import abort, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.cases.models import Case, Exhibit
from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.screens.urls import add_query
from app.kernel.text import dates
from app.statistics import crime, measures, periods, reader, record_pages
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
CLEARANCES = {"arrest": _("Cleared by arrest"), "exceptional": _("Cleared exceptionally")}
# What a number opens: the model and its view.
RECORDS = {"cases": (Case, "CaseView"), "unsolved": (Case, "CaseView"), "items": (Exhibit, "ExhibitView")}
HIDDEN = _("fewer than 5, or hidden with them")


class CrimeView(BaseView):
    """What happened, within the reader's area and offence families."""

    route_base = "/statistics/crime"
    default_view = "page"
    class_permission_name = "CrimeStatistics"
    method_permission_name = {"page": "list", "records": "list"}

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
        link, month = Links(period), period.last.month if kind == periods.MONTH else None
        # Before its end a period grows daily, and the difference of two days could single out a case.
        has_ended = period.last < dates.now().date()
        # The month of a province has nearly no number that may be shown.
        shows_protected = has_ended and (
            (kind == periods.YEAR and len(limits.area) <= 2) or (kind == periods.MONTH and not limits.area)
        )
        return {
            "comparison": _compare(figures, limits, period.until(counted_until), link),
            "compared": period.until(counted_until), "is_running": period.last >= counted_until,
            "country": crime.count_country(figures, period) if limits != reader.NATIONWIDE else None,
            "line": _draw_line(figures, limits, period, family, link),
            "week": _draw_week(figures, limits, period, link),
            "by_area": _list_by_area(figures, limits, period, link),
            "clearance": _describe_clearance(link, *crime.count_clearance(figures, limits, period)),
            "drugs": [_describe_drug(link, *row) for row in crime.sum_drugs(figures, limits, period)],
            "items": _list_items(figures, limits, period, link),
            "further": _list_further_tables(period, family),
            "open_cases": [
                [str(label), link.to_unsolved(count, age)]
                for age, (label, count) in enumerate(
                    zip(OPEN_AGES, crime.count_open_cases(figures, limits, dates.now().date()), strict=True)
                )
            ],
            "protected": [
                (fields.get_group_label(group), str(HIDDEN) if number is None else _format(number))
                for group, number in crime.list_protected(figures, limits, period.last.year, month)
            ]
            if shows_protected
            else None,
        }  # fmt: skip

    @expose("/records/<what>")
    @has_access
    def records(self, what):
        """List the cases or items behind a number, as far as the reader may see them."""
        figures, limits = open_or_abort()
        if what not in RECORDS:
            abort(404)
        model, endpoint = RECORDS[what]
        if not record_pages.may_list(endpoint):
            abort(403)
        if what == "unsolved":
            age = _parse_number(request.args.get("age", ""), len(OPEN_AGES))
            title, texts = gettext("Open cases by age"), [OPEN_AGES[age]]
            ids = crime.find_unsolved_ids(figures, limits, dates.now().date(), age) if figures else []
        else:
            period, parts = _parse_period(), _parse_parts(what)
            title = gettext("Cases") if what == "cases" else gettext("Items")
            texts = [period, *_describe_parts(parts)]
            find = crime.find_case_ids if what == "cases" else crime.find_item_ids
            ids = find(figures, limits, period, **parts) if figures else []
        above = url_for("CrimeView.page"), gettext("What happened")
        return record_pages.render_records(self, model, endpoint, ids, title=title, above=above, texts=texts)


class Links:
    """Gives a number the URL of its records, where the reader may list them: (text, URL), or the text alone."""

    def __init__(self, period):
        self.period = period
        # Without an entry the reader may not list them. A page has some 600 links.
        self.urls = {
            what: url_for("CrimeView.records", what=what)
            for what, (_model, endpoint) in RECORDS.items()
            if record_pages.may_list(endpoint)
        }

    def to_cases(self, number, period=None, **parts):
        return self._link("cases", number, period or self.period, parts)

    def to_items(self, number, **parts):
        return self._link("items", number, self.period, {name: value or "" for name, value in parts.items()})

    def to_unsolved(self, number, age):
        return self._link("unsolved", number, None, {"age": age})

    def _link(self, what, number, period, parts):
        if not number or what not in self.urls:
            return _format(number)
        days = {"first": period.first, "last": period.last} if period else {}
        return _format(number), add_query(self.urls[what], days | parts)


def _parse_period():
    try:
        first, last = (date.fromisoformat(request.args.get(name, "")) for name in ("first", "last"))
    except ValueError:
        abort(400, gettext("This choice is not in the list."))
    return periods.Period(first, last)


def _parse_number(text, limit):
    """Return the number from 0 to below the limit in a text; abort with another value."""
    if not (text.isascii() and text.isdecimal() and int(text) < limit):
        abort(400, gettext("This choice is not in the list."))
    return int(text)


def _parse_parts(what):
    """Return the parts of a number of cases or items in the URL."""
    parts = {name: request.args[name] for name in crime.PARTS[what] if name in request.args}
    numbers = {"weekday": 8, "band": 8, "unknown_hour": 2}
    return {
        name: _parse_number(value, numbers[name]) if name in numbers else value
        for name, value in parts.items()
    }


def _describe_parts(parts):
    """Return the parts of a number in the reader's language."""
    language, unknown = reader_language(), gettext("unknown")
    describe = {
        "family": lambda value: code_lists.label("offence_family", value),
        "area": fields.get_area_name,
        "weekday": lambda value: dates.format_weekday(value - 1, language),
        "band": lambda value: heat_grids.format_band(value * 3, language),
        "unknown_hour": lambda _value: gettext("Unknown hour"),
        "clearance": lambda value: str(CLEARANCES.get(value, value)),
        "kind": lambda value: code_lists.label("exhibit_kind", value),
        "role": lambda value: code_lists.label("property_role", value),
        "substance": lambda value: code_lists.label("substance", value),
        "measure": lambda value: code_lists.label("measure", value),
    }
    return [describe[name](value) or unknown for name, value in parts.items()]


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


def _compare(figures, limits, period, link):
    """Return (years, rows): a row has the label, the counts of the years, the difference and whether it is unusual."""
    counts = crime.compare_families(figures, limits, period, YEARS_BEFORE)
    rows = []
    for family, values in sorted(counts.items(), key=lambda one: (one[0] != "", -one[1][0])):
        now, before = values[0], values[1]
        sign = "+" if now > before else "−" if now < before else ""
        rows.append(
            (
                code_lists.label("offence_family", family) if family else gettext("All cases"),
                [
                    link.to_cases(value, period.shift_years(-back), **({"family": family} if family else {}))
                    for back, value in enumerate(values)
                ],
                f"{sign}{_format(abs(now - before))}",
                crime.is_beyond_usual(now, before),
            )
        )
    years = [period.last.year - back for back in range(YEARS_BEFORE + 1)]
    return [fields.format_year(year) for year in years], rows


def _draw_line(figures, limits, period, family, link):
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
            link.to_cases(count, _build_month(month), **({"family": family} if family else {})),
            "—" if band is None else f"{_format(round(band[1]))} – {_format(round(band[2]))}",
        ]
        for month, count, band in reversed(line)
    ]
    return charts, [gettext("Month"), gettext("Cases"), gettext("Usual")], rows


def _build_month(month):
    return periods.build_period(periods.MONTH, periods.first_day(month))


def _draw_week(figures, limits, period, link):
    counts, unknown = crime.count_week(figures, limits, period)
    text = gettext(
        "Cases by weekday and hour. %(n)s cases with an unknown hour are left out.", n=_format(unknown)
    )
    language = reader_language()
    charts = drawing.draw_at_both_widths(
        heat_grids.draw_week, counts, gettext("Hour and weekday"), text, language
    )
    heads = ["", *(heat_grids.format_band(hour, language) for hour in heat_grids.BANDS)]
    rows = [
        [
            dates.format_weekday(day, language),
            *(link.to_cases(count, weekday=day + 1, band=band) for band, count in enumerate(bands)),
        ]
        for day, bands in enumerate(counts)
    ]
    return charts, heads, [*rows, [gettext("Unknown hour"), link.to_cases(unknown, unknown_hour=1)]]


def _list_by_area(figures, limits, period, link):
    """Return (headings, rows) of families by province, or by district within a province."""
    counts, areas = crime.count_families_by_area(figures, limits, period)
    families = sorted(
        {family for family, _area in counts},
        key=lambda one: -sum(counts.get((one, area), 0) for area in areas),
    )
    heads = ["", *(code_lists.label("offence_family", family) for family in families)]
    rows = [
        [
            fields.get_area_name(area),
            *(link.to_cases(counts.get((family, area), 0), family=family, area=area) for family in families),
        ]
        for area in areas
    ]
    return heads, rows


def _describe_clearance(link, cases, by_arrest, exceptionally):
    """Return (pair of bar charts, headings, rows), or None without a case."""
    if not cases:
        return None
    counts = {"arrest": by_arrest, "exceptional": exceptionally}
    bars = [
        bar_charts.Bar(
            str(CLEARANCES[way]), round(100 * count / cases, 1), format_share(round(100 * count / cases, 1))
        )
        for way, count in counts.items()
    ]
    text = gettext("Of %(n)s cases of the period, up to today.", n=_format(cases))
    charts = drawing.draw_at_both_widths(
        bar_charts.draw_bars, bars, gettext("Clearance"), text, reader_language(), maximum=100
    )
    rows = [
        [bar.label, link.to_cases(count, clearance=way), bar.text]
        for bar, (way, count) in zip(bars, counts.items(), strict=True)
    ]
    return charts, ["", gettext("Cases"), gettext("Proportion")], rows


def _describe_drug(link, substance, measure, quantity, pieces):
    return [
        code_lists.label("substance", substance) or gettext("unknown"),
        "—" if quantity is None else f"{_format(_trim(quantity))} {code_lists.label('measure', measure)}",
        link.to_items(pieces, kind="drug", substance=substance, measure=measure),
    ]


def _trim(quantity):
    """Return the quantity without zeros at its end: 3307.136, and 2705 for 2705.000."""
    return int(quantity) if quantity == int(quantity) else quantity.normalize()


def _list_items(figures, limits, period, link):
    counts = crime.count_items(figures, limits, period)
    return [
        [
            f"{code_lists.label('exhibit_kind', kind)} · {code_lists.label('property_role', role) or gettext('unknown')}",
            link.to_items(count, kind=kind, role=role),
        ]
        for (kind, role), count in sorted(counts.items(), key=lambda one: (one[0][0], -one[1]))
    ]
