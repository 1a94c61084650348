"""The report of a place and a period: fixed tables and charts, as parts of a printout and as sheets of a workbook.

Both have the same figures and their fingerprint, so that a printed report can be compared with the workbook.
"""

import hashlib
import io
import json
from dataclasses import dataclass
from datetime import date
from math import sqrt

import xlsxwriter
from flask_babel import gettext

from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.text import dates
from app.kernel.text.dates import format_number
from app.printouts.document import Printout, build_chart, build_facts, build_paragraphs, build_table
from app.statistics import map_figures
from app.statistics.charts.bar_charts import Bar, draw_bars
from app.statistics.charts.heat_grids import BANDS, draw_week, format_band
from app.statistics.charts.line_charts import Point, draw_line
from app.statistics.charts.map_charts import Area, draw_map
from app.statistics.map_figures import PER, MapQuery

BEYOND_USUAL = 3  # standard deviations of the difference of two counts
LINE_MONTHS = 36


@dataclass(frozen=True)
class Report:
    """The figures of a report. `families` has (family, cases, cases of the same period a year before)."""

    place: str
    period: str
    families: list
    total: tuple  # cases, and cases a year before
    months: dict
    week: list
    unknown_hours: int
    places: list  # (code, name, cases)
    is_national: bool

    @property
    def fingerprint(self):
        """The SHA-256 of the figures; equal figures have the same."""
        figures = [
            self.families,
            self.total,
            sorted(self.months.items()),
            self.week,
            self.unknown_hours,
            self.places,
        ]
        return hashlib.sha256(json.dumps(figures).encode()).hexdigest()


def build_report(query, limits, place, period):
    """Return the report of a query, and of the same months a year before."""
    before = MapQuery(query.first - 100, query.last - 100, "", query.area)
    families, earlier = (dict(map_figures.count_by_family(one, limits)) for one in (query, before))
    codes = sorted(families.keys() | earlier.keys(), key=lambda code: (-families.get(code, 0), code))
    week, unknown = map_figures.count_by_hour(query, limits)
    digits = min(len(query.area) + 2, 6)
    places = map_figures.count_by_place(query, limits, digits)
    first = _add_months(query.last, 1 - LINE_MONTHS)
    return Report(
        place, period, [(code, families.get(code, 0), earlier.get(code, 0)) for code in codes],
        tuple(sum(map_figures.count_by_month(one, limits).values()) for one in (query, before)),
        map_figures.count_by_month(MapQuery(first, query.last, "", query.area), limits), week, unknown,
        [(spot.code, spot.name, places.get(spot.code, 0)) for spot in map_figures.list_spots(query.area, digits)],
        not query.area,
    )  # fmt: skip


def is_beyond_usual(now, before):
    """Return True if the difference of two counts exceeds what chance explains."""
    return abs(2 * (sqrt(now) - sqrt(before))) > BEYOND_USUAL


def build_printout(report, query):
    """Return the report as a printout with the signatures of the author and the reviewer."""
    language = reader_language()
    rates = _rate_note() if report.is_national else ""
    parts = [
        build_facts(
            [
                (gettext("Area"), report.place), (gettext("Period"), report.period),
                (gettext("Cases"), format_number(report.total[0], language)),
                (gettext("Same period of the year before"), format_number(report.total[1], language)),
                (gettext("Figures counted on"), dates.format_datetime(dates.now(), language)),
                (gettext("Fingerprint of the figures"), report.fingerprint[:16]),
            ]
        ),
        build_table([(one, 0 if number else 1) for number, one in enumerate(_family_heads())], _family_rows(report),
                    gettext("Cases by offence family")),
        build_chart(draw_bars([Bar(code_lists.label("offence_family", code), now) for code, now, _b in report.families],
                              "", gettext("Cases by offence family"), language)),
        build_chart(draw_line(_line_points(report, query), "", gettext("Cases by month"), language),
                    gettext("Cases by month")),
        build_chart(draw_week(report.week, "", gettext("Cases by weekday and hour"), language),
                    gettext("Cases by weekday and hour")),
        build_paragraphs(gettext("Hour not known: %(count)s cases.", count=format_number(report.unknown_hours, language))),
    ]  # fmt: skip
    if report.is_national:
        parts.append(build_chart(_draw_rates(report, language, rates), gettext("Rate per 100,000 people")))
    parts.append(
        build_table([(one, 0 if number else 1) for number, one in enumerate(_place_heads(report))], _place_rows(report),
                    gettext("Cases by place"))
    )  # fmt: skip
    parts.append(build_paragraphs(_counting_rules(), gettext("How it is counted")))
    return Printout(
        gettext("Report on cases"), "", tuple(parts), f"{report.place} · {report.period}",
        signers=(gettext("Prepared by"), gettext("Reviewed by")),
    )  # fmt: skip


def write_workbook(report):
    """Return the report as an .xlsx workbook: a sheet for each table."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True})
    sheets = [
        (gettext("Offence families"), _family_heads(), _family_rows(report, plain=True)),
        (gettext("Months"), [gettext("Month"), gettext("Cases")], [list(row) for row in sorted(report.months.items())]),
        (gettext("Hours"), [gettext("Weekday"), *(format_band(hour, "en") for hour in BANDS)],
         [[dates.format_weekday(day, reader_language()), *counts] for day, counts in enumerate(report.week)]),
        (gettext("Places"), _place_heads(report), _place_rows(report, plain=True)),
        (gettext("How it is counted")[:31], [report.place, report.period],
         [[gettext("Fingerprint of the figures"), report.fingerprint],
          *([line] for line in (*_counting_rules().splitlines(), _rate_note()))]),
    ]  # fmt: skip
    for name, heads, rows in sheets:
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, heads, bold)
        sheet.set_column(0, 0, 40)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def _family_heads():
    return [
        gettext("Offence family"),
        gettext("Cases"),
        gettext("Year before"),
        gettext("Difference"),
        gettext("Change"),
    ]


def _family_rows(report, plain=False):
    show = (lambda number: number) if plain else (lambda number: format_number(number, reader_language()))
    return [
        [code_lists.label("offence_family", code), show(now), show(before), show(now - before),
         gettext("beyond usual") if is_beyond_usual(now, before) else gettext("within the usual")]
        for code, now, before in report.families
    ]  # fmt: skip


def _place_heads(report):
    rate = [gettext("Rate per 100,000 people")] if report.is_national else []
    return [gettext("Place"), gettext("Cases"), *rate]


def _place_rows(report, plain=False):
    show = (lambda number: number) if plain else (lambda number: format_number(number, reader_language()))
    population = map_figures.load_population()
    return [
        [name, show(cases), *([show(round(cases * PER / population[code], 1))] if report.is_national else [])]
        for code, name, cases in report.places
    ]


def _line_points(report, query):
    months = [_add_months(query.last, number + 1 - LINE_MONTHS) for number in range(LINE_MONTHS)]
    return [Point(date(month // 100, month % 100, 1), report.months.get(month, 0)) for month in months]


def _draw_rates(report, language, note):
    population = map_figures.load_population()
    areas = [
        Area(code, name, round(cases * PER / population[code], 1)) for code, name, cases in report.places
    ]
    average = sum(cases for _code, _name, cases in report.places) * PER / sum(population.values())
    return draw_map(
        areas, [], "", gettext("Rate per 100,000 people"), language, average=average, notes=(note,)
    )


def _rate_note():
    return gettext("Population: census of 2019, figures to be confirmed.")


def _counting_rules():
    return "\n".join(
        [
            gettext(
                "Each case counts once, at the place and in the month where it happened, with imported cases."
            ),
            gettext("A case with offences of two families is in both rows and once in the total."),
            gettext(
                "Protected cases are left out: sexual offences, trafficking, offences against the state or against "
                "children, domestic violence, and cases with protected people."
            ),
            gettext(
                "«Beyond usual» means a difference that chance alone hardly explains. It says nothing about causes."
            ),
        ]
    )


def _add_months(month, number):
    total = month // 100 * 12 + month % 100 - 1 + number
    return total // 12 * 100 + total % 12 + 1
