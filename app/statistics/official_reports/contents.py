"""The report of an area and a period: fixed tables and charts, as parts of a printout and as sheets of a workbook.

The figures hold codes only, so that a stored report is printed in both languages, and equal figures have one fingerprint.
"""

import hashlib
import io
import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import NamedTuple

import xlsxwriter
from flask_babel import gettext

from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists, lookups
from app.kernel.text import dates
from app.kernel.text.dates import format_number
from app.printouts.document import Printout, build_chart, build_facts, build_paragraphs, build_table
from app.statistics import crime, map_figures, measures, periods, timeliness
from app.statistics.charts.bar_charts import Bar, draw_bars
from app.statistics.charts.heat_grids import BANDS, draw_week, format_band
from app.statistics.charts.line_charts import Point, draw_line
from app.statistics.charts.map_charts import Area, draw_map
from app.statistics.crime_views import HIDDEN
from app.statistics.query_builder.fields import get_group_label
from app.statistics.reader import AREA_COLUMNS
from app.statistics.suppression import SMALLEST_SHOWN

LINE_MONTHS = 36
RULES = (
    "cases", "beyond_usual", "hours", "cleared_by_arrest", "cleared_exceptionally", "drugs", "items", "on_time",
    "complete", "errors",
)  # fmt: skip
_MONTHS, _WEEK = "months", "week"


@dataclass(frozen=True)
class Report:
    """The figures of a report, with codes; dates are texts, so that it is stored as JSON."""

    area: str
    first: str
    last: str
    total: list  # cases, cases of the same period a year before
    families: list  # [family, cases, cases a year before]
    months: list  # [month as 202611, cases] of the last 36 months
    week: list  # counts by weekday and band of three hours
    unknown_hours: int
    places: list  # [code, cases]
    clearance: list  # cases, cleared by arrest, cleared exceptionally
    drugs: list  # [substance, measure, quantity or None, pieces]
    items: list  # [type, role, number]
    protected: list  # [group, number or None if hidden]; empty if the period cannot show them
    work: list  # [unit, cases entered, on time, locked, complete, with an error, records]

    @property
    def fingerprint(self):
        """The SHA-256 of the figures; equal figures have the same."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def period(self):
        return periods.Period(date.fromisoformat(self.first), date.fromisoformat(self.last))

    @property
    def place(self):
        """Return the name of the area."""
        return map_figures.find_spot(self.area).full_name if self.area else gettext("Cambodia")


class Table(NamedTuple):
    """A table of a report: `keys` columns name a row, and the `compared` ones after them are counts."""

    code: str
    title: str
    heads: list
    rows: list
    keys: int = 1
    compared: int = 1


def build_report(figures, limits, period, now):
    """Return the report of the limits and a period, and of the same period a year before."""
    counts = crime.compare_families(figures, limits, period, years=1)
    total = counts.pop("")
    families = sorted(counts, key=lambda code: (-counts[code][0], code))
    week, unknown = crime.count_week(figures, limits, period)
    last_month = periods.month_number(period.last)
    return Report(
        limits.area, period.first.isoformat(), period.last.isoformat(), total,
        [[code, *counts[code]] for code in families],
        [list(one) for one in crime.list_month_counts(figures, limits, last_month, LINE_MONTHS)], week, unknown,
        _count_places(figures, limits, period), list(crime.count_clearance(figures, limits, period)),
        [[substance, measure, None if sum_ is None else float(sum_), pieces]
         for substance, measure, sum_, pieces in crime.sum_drugs(figures, limits, period)],
        [[kind, role, count] for (kind, role), count in sorted(
            crime.count_items(figures, limits, period).items(), key=lambda one: (str(one[0]), one[1]))],
        _list_protected(figures, limits, period, now),
        timeliness.count_units(figures, limits, period, now),
    )  # fmt: skip


def keep_protected(before, after):
    """Return a later report without what would single out a protected case, against the report before it.

    A number that the first one hides stays hidden, and a change by less than five is not shown.
    """
    found = dict(after.protected)

    def keep_number(was, now):
        if was is None or now is None:
            return None
        return was if abs(now - was) < SMALLEST_SHOWN else now

    protected = [[group, keep_number(was, found.get(group, was))] for group, was in before.protected]
    return replace(after, protected=protected)


def load_report(stored):
    """Return the report that was stored as JSON."""
    return Report(**stored)


def _count_places(figures, limits, period):
    """Return [code, cases] of the provinces of the country, or of the districts or communes of an area."""
    digits = min(len(limits.area) + 2, 6)
    found = dict(
        figures.fetch_rows(
            f"SELECT coalesce({AREA_COLUMNS[digits]}, ''), count(*) FROM cases c WHERE protected IS NULL"
            f" AND day BETWEEN $first AND $last AND {limits.of_cases()} GROUP BY ALL",
            {"first": period.first, "last": period.last},
        )
    )
    return [
        [spot.code, found.get(spot.code, 0)]
        for spot in map_figures.list_spots(limits.area, digits)
        if found.get(spot.code) or spot.exists_in(period)
    ]


def _list_protected(figures, limits, period, now):
    """Return the protected cases of a whole month or year that has ended; other periods could give one away."""
    is_month = period == periods.build_period(periods.MONTH, period.last)
    is_year = period == periods.build_period(periods.YEAR, period.last)
    if not (is_month or is_year) or period.last >= now.date():
        return []
    month = period.last.month if is_month else None
    return [list(one) for one in crime.list_protected(figures, limits, period.last.year, month)]


def list_tables(report):
    """Return the tables of a report in the reader's language, with plain numbers."""
    is_national = not report.area
    rate = [gettext("Rate per 100,000 people")] if is_national else []
    bands = [format_band(hour, reader_language()) for hour in BANDS]
    has_errors = report.period.has_whole_months  # errors are counted by month
    return [
        Table("families", gettext("Cases by offence family"),
              [gettext("Offence family"), gettext("Cases"), gettext("Year before"), gettext("Difference"), gettext("Change")],
              [[code_lists.label("offence_family", code), now, before, now - before,
                gettext("beyond usual") if crime.is_beyond_usual(now, before) else gettext("within the usual")]
               for code, now, before in report.families], compared=2),
        Table("protected", gettext("Protected cases"), [gettext("Group"), gettext("Cases")],
              [[get_group_label(group), str(HIDDEN) if number is None else number] for group, number in report.protected]),
        Table(_MONTHS, gettext("Cases by month"), [gettext("Month"), gettext("Cases")],
              [[periods.format_month(month), count] for month, count in report.months]),
        Table(_WEEK, gettext("Cases by weekday and hour"), [gettext("Weekday"), *bands],
              [[dates.format_weekday(day, reader_language()), *counts] for day, counts in enumerate(report.week)],
              compared=len(bands)),
        Table("places", gettext("Cases by place"), [gettext("Place"), gettext("Cases"), *rate],
              [[map_figures.find_spot(code).name, count, *([_round_rate(code, count)] if rate else [])]
               for code, count in report.places]),
        Table("clearance", gettext("Clearance"), [gettext("Clearance"), gettext("Cases")],
              [list(one) for one in zip(
                  (gettext("All cases"), gettext("Cleared by arrest"), gettext("Cleared exceptionally")),
                  report.clearance, strict=True)]),
        Table("drugs", gettext("Seized drugs"),
              [gettext("Substance"), gettext("Measure"), gettext("Quantity"), gettext("Items")],
              [[code_lists.label("substance", substance) or gettext("unknown"), code_lists.label("measure", measure) or "—",
                quantity, pieces] for substance, measure, quantity, pieces in report.drugs], keys=2, compared=2),
        Table("items", gettext("Weapons and vehicles"), [gettext("Type"), gettext("Role"), gettext("Items")],
              [[code_lists.label("exhibit_kind", kind), code_lists.label("property_role", role) or gettext("unknown"), count]
               for kind, role, count in report.items], keys=2),
        Table("work", gettext("Timely work"),
              [gettext("Unit"), gettext("Cases"), gettext("On time"), gettext("Locked"), gettext("Complete"),
               gettext("With an error"), gettext("Records")],
              [[lookups.get_lookup("unit").words(unit), *numbers[:4], *(numbers[4:] if has_errors else (None, None))]
               for unit, *numbers in report.work], compared=6),
    ]  # fmt: skip


def _round_rate(code, count):
    """Return the rate of a province with one decimal, or None without a number of the census."""
    rate = map_figures.compute_rate(code, count)
    return rate if rate is None else round(rate, 1)


def list_differences(before, after):
    """Return [table, row, column, number before, number after] of everything that differs between two reports."""
    found = [[gettext("Cases"), before.place, gettext("Cases"), before.total[0], after.total[0]]]
    for old, new in zip(list_tables(before), list_tables(after), strict=True):
        numbers = slice(old.keys, old.keys + old.compared)
        held, current = ({tuple(row[: old.keys]): row[numbers] for row in one.rows} for one in (old, new))
        for key in dict.fromkeys((*held, *current)):
            pairs = zip(
                old.heads[numbers],
                held.get(key, [0] * old.compared),
                current.get(key, [0] * old.compared),
                strict=True,
            )
            found += [[old.title, " · ".join(key), head, was, now] for head, was, now in pairs]
    return [row for row in found if row[3] != row[4]]


def build_parts(report, facts=(), differences=None):
    """Return the parts of the printout of a report; `differences` are those of a revision."""
    language = reader_language()
    tables = {table.code: table for table in list_tables(report)}
    parts = [
        build_facts(
            [
                (gettext("Area"), report.place), (gettext("Period"), str(report.period)),
                (gettext("Cases"), format_number(report.total[0], language)),
                (gettext("Same period of the year before"), format_number(report.total[1], language)),
                *facts, (gettext("Fingerprint of the figures"), report.fingerprint[:16]),
            ]
        )
    ]  # fmt: skip
    if differences is not None:
        heads = [gettext("Table"), gettext("Row"), gettext("Column"), gettext("Before"), gettext("Now")]
        title = gettext("What this revision changes")
        parts.append(_print_table(Table("", title, heads, differences)))
    charts = {
        "families": draw_bars([Bar(row[0], row[1]) for row in tables["families"].rows], "",
                              gettext("Cases by offence family"), language),
        _MONTHS: draw_line([Point(periods.first_day(month), count) for month, count in report.months], "",
                           gettext("Cases by month"), language),
        _WEEK: draw_week(report.week, "", gettext("Cases by weekday and hour"), language),
    }  # fmt: skip
    for code, table in tables.items():
        if table.rows and code not in (_MONTHS, _WEEK):
            parts.append(_print_table(table))
        if code in charts and table.rows:
            parts.append(build_chart(charts[code], "" if code == "families" else table.title))
        if code == _WEEK:
            unknown = format_number(report.unknown_hours, language)
            parts.append(build_paragraphs(gettext("Hour not known: %(count)s cases.", count=unknown)))
        if code == _WEEK and not report.area:
            parts.append(build_chart(_draw_rates(report, language), gettext("Rate per 100,000 people")))
    return [*parts, build_paragraphs("\n".join(_list_rules(report)), gettext("How it is counted"))]


def build_printout(report, now):
    """Return the report as a printout with lines for the signatures of the author and the reviewer."""
    counted = gettext("Figures counted on"), dates.format_datetime(now, reader_language())
    return Printout(
        gettext("Report on cases"), "", tuple(build_parts(report, [counted])), f"{report.place} · {report.period}",
        signers=(gettext("Prepared by"), gettext("Reviewed by")),
    )  # fmt: skip


def _print_table(table):
    def show(cell):
        if cell is None:
            return "—"
        return cell if isinstance(cell, str) else format_number(cell, reader_language())

    heads = [(head, 0 if number else 1) for number, head in enumerate(table.heads)]
    return build_table(heads, [[show(cell) for cell in row] for row in table.rows], table.title)


def write_workbook(report, differences=None):
    """Return the report as an .xlsx workbook: a sheet for each table."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True})
    sheets = [(table.title, table.heads, table.rows) for table in list_tables(report)]
    if differences is not None:
        heads = [gettext("Table"), gettext("Row"), gettext("Column"), gettext("Before"), gettext("Now")]
        sheets.append((gettext("What this revision changes"), heads, differences))
    notes = [] if report.area else _list_province_notes(report)
    rules = [[line] for line in (*_list_rules(report), *notes)]
    fingerprint = [gettext("Fingerprint of the figures"), report.fingerprint]
    sheets.append((gettext("How it is counted"), [report.place, str(report.period)], [fingerprint, *rules]))
    for name, heads, rows in sheets:
        sheet = book.add_worksheet(name[:31])
        sheet.write_row(0, 0, heads, bold)
        sheet.set_column(0, 0, 40)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def _draw_rates(report, language):
    areas = [
        Area(code, map_figures.find_spot(code).name, _round_rate(code, cases), text="—")
        for code, cases in report.places
    ]
    average = map_figures.compute_national_rate(dict(report.places))
    title = gettext("Rate per 100,000 people")
    return draw_map(areas, [], "", title, language, average=average, notes=_list_province_notes(report))


def _list_province_notes(report):
    return list(map_figures.list_province_notes(dict(report.places), report.period))


def _list_rules(report):
    """Return the lines that say how the report is counted."""
    codes = [*RULES, *(["protected"] if report.protected else []), *([] if report.area else ["rate"])]
    return [*measures.list_lines(*codes), str(measures.OPEN_CASES)]
