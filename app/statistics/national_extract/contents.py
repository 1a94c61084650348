"""The national extract of a year: offences by category of the ICCS, province and month, with its validation. It contains no names.

The ICCS is the International Classification of Crime for Statistical Purposes of the United Nations (2015). Each offence of
the law has one category; this table is a proposal that a lawyer must confirm.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import current_app
from flask_babel import gettext

from app.kernel.i18n.locale import reader_language
from app.kernel.text.dates import format_number
from app.statistics import crime, map_figures, periods, suppression, timeliness
from app.statistics.facts import PROTECTED_GROUPS
from app.statistics.periods import InvalidPeriod, Period
from app.statistics.query_builder.fields import get_area_name
from app.statistics.reader import NATIONWIDE

DATA = Path(__file__).parents[1] / "data"
UNMAPPED = ""  # the category of an offence that is not in the table
HOMICIDE, ATTEMPTED_HOMICIDE = "0101", "0102"  # the one attempt with a category of its own
SECTION_DIGITS = 2
FEWEST_IN_YEAR = 60  # a province with fewer offences in a year may have an empty month
GOOD, LOOK, WRONG = "good", "look", "wrong"
_IN_YEAR = "c.protected IS NULL AND c.month BETWEEN $first AND $last"


class Row(NamedTuple):
    """The offences of a category, province and month; attempts are among them."""

    category: str
    province: str
    month: int
    offences: int
    attempts: int


class Check(NamedTuple):
    """A check of the extract: its result, and what it found as lines of text."""

    title: str
    result: str
    found: list


@dataclass(frozen=True)
class Extract:
    """The figures of a year with their checks. `protected` has group, province, month (0: the year) and number or None."""

    year: int
    rows: list
    protected: list
    checks: list
    as_of: object

    def sum_sections(self):
        """Return [(section of the ICCS, offences)]; offences without a category come last."""
        sums = Counter()
        for row in self.rows:
            sums[row.category[:SECTION_DIGITS]] += row.offences
        return sorted(sums.items(), key=lambda one: (one[0] == UNMAPPED, one[0]))


def _read(name):
    with (DATA / f"{name}.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@cache
def load_categories():
    """Return {code: (English name, Khmer name or "")} of the ICCS."""
    return {row["code"]: (row["name_en"], row["name_km"]) for row in _read("iccs")}


@cache
def load_mapping():
    """Return {offence code: row of the table of categories}."""
    return {row["offence"]: row for row in _read("offence_iccs")}


def find_category(offence, is_attempt):
    """Return the category of an offence, or UNMAPPED."""
    row = load_mapping().get(offence)
    if row is None:
        return UNMAPPED
    return ATTEMPTED_HOMICIDE if is_attempt and row["iccs"] == HOMICIDE else row["iccs"]


def name_category(code):
    """Return the name of a category; those below the second level have no Khmer name."""
    if code == UNMAPPED:
        return gettext("Without a category")
    english, khmer = load_categories()[code]
    return khmer if khmer and reader_language() == "km" else english


def parse_year(text, today):
    """Return the year that a reader typed; raise InvalidPeriod with the reason."""
    year = periods.parse_day(f"01/01/{text.strip()}").year
    if year > today.year:
        raise InvalidPeriod(gettext("This year is in the future. There are no figures yet."))
    return year


def list_years(figures):
    """Return the years that have cases, newest first."""
    return [year for (year,) in figures.fetch_rows("SELECT DISTINCT month // 100 FROM cases ORDER BY 1 DESC")]


def build_extract(figures, year, today):
    """Return the Extract of a year."""
    offences, months = _count_offences(figures, year), _list_ended_months(year, today)
    rows, before = _build_rows(offences), _build_rows(_count_offences(figures, year - 1))
    checks = [
        _check_totals(figures, year, rows),
        _check_categories(offences),
        _check_places(figures, year),
        _check_dates(figures, year, today),
        _check_months(rows, months),
        _check_changes(rows, before, months),
        _check_errors(figures, year),
    ]
    return Extract(year, rows, _list_protected(figures, year, today), checks, figures.as_of)


def _build_rows(offences):
    counts, attempts = Counter(), Counter()
    for code, province, month, is_attempt, number in offences:
        key = find_category(code, is_attempt), province, month
        counts[key] += number
        attempts[key] += number if is_attempt else 0
    return [Row(*key, number, attempts[key]) for key, number in sorted(counts.items())]


def _months_of(year):
    return {"first": year * 100 + 1, "last": year * 100 + 12}


def _count_offences(figures, year):
    """Return [(offence, province or "", month, whether it is an attempt, number)] of a year."""
    return figures.fetch_rows(
        "SELECT o.offence, coalesce(c.province, ''), c.month, o.attempt, count(*)"
        f" FROM cases c JOIN offences o ON o.case_id = c.id WHERE {_IN_YEAR} GROUP BY ALL ORDER BY ALL",
        _months_of(year),
    )


def _list_protected(figures, year, today):
    """Return the numbers of protected cases of months that have ended, and of the year if it has, as other pages show them."""
    cube, hidden = crime.load_protected_cube(figures, year)
    rows = []
    for group, province, month in sorted((key for key in cube if suppression.ALL in key), key=str):
        ends_on = periods.last_day_of_month(periods.first_day(year * 100 + (month or 12)))
        if group in PROTECTED_GROUPS and ends_on < today:
            number = suppression.show(cube, hidden, (group, province, month))
            rows.append((group, province, month or 0, number))
    return rows


# The checks


def _show(number):
    return format_number(number, reader_language())


def _check(title, found, otherwise=LOOK):
    return Check(title, otherwise if found else GOOD, found)


def _check_totals(figures, year, rows):
    """Compare the sums of the rows with counts of the facts that have no groups."""
    whole, cases, protected = figures.fetch_rows(
        f"""SELECT (SELECT count(*) FROM offences WHERE case_id IN (SELECT id FROM cases c WHERE {_IN_YEAR})),
            count(*) FILTER (WHERE protected IS NULL), count(*) FILTER (WHERE {crime.IS_COUNTED})
            FROM cases WHERE month BETWEEN $first AND $last""",
        _months_of(year) | {"until": crime.find_protected_end(figures)},
    )[0]
    total = sum(row.offences for row in rows)
    cube, _hidden = crime.load_protected_cube(figures, year)
    of_cube = cube.get((suppression.ALL,) * 3, 0)
    by_day = crime.count_country(figures, Period(date(year, 1, 1), date(year, 12, 31)))
    pairs = (
        (gettext("Offences"), total, whole),
        (gettext("Cases"), by_day, cases),
        (gettext("Protected cases"), of_cube, protected),
    )
    found = [
        gettext("%(what)s: the parts differ from the whole.", what=what)
        for what, parts, sum_ in pairs
        if parts != sum_
    ]
    return _check(gettext("The totals add up"), found, WRONG)


def _check_categories(offences):
    missing = Counter()
    for code, _province, _month, _is_attempt, number in offences:
        if code not in load_mapping():
            missing[code or gettext("unknown")] += number
    found = [f"{code}: {_show(number)}" for code, number in missing.most_common()]
    return _check(gettext("Every offence has a category of the ICCS"), found)


def _check_places(figures, year):
    found = []
    for column, digits in (("province", 2), ("district", 4), ("commune", 6)):
        known = {spot.code for spot in map_figures.list_spots("", digits)}
        for code, number in figures.fetch_rows(
            f"SELECT coalesce({column}, ''), count(*) FROM cases c WHERE {_IN_YEAR} GROUP BY ALL ORDER BY 1",
            _months_of(year),
        ):
            if code not in known:
                name = code or gettext("%(what)s unknown", what=_name_level(column))
                found.append(f"{name}: {_show(number)}")
    return _check(gettext("Every case has a known place"), found)


def _name_level(column):
    return {"province": gettext("Province"), "district": gettext("District"), "commune": gettext("Commune")}[
        column
    ]


def _check_dates(figures, year, today):
    found = [
        f"{what}: {_show(number)}"
        for what, number in zip(
            (
                gettext("Reported before it happened"),
                gettext("Reported more than a year after it happened"),
                gettext("Happened in the future"),
            ),
            figures.fetch_rows(
                f"""SELECT count(*) FILTER (WHERE reported_day < day),
                    count(*) FILTER (WHERE date_diff('day', day, reported_day) > 365), count(*) FILTER (WHERE day > $today)
                    FROM cases c WHERE {_IN_YEAR}""",
                _months_of(year) | {"today": today},
            )[0],
            strict=True,
        )
        if number
    ]
    return _check(gettext("The dates are plausible"), found)


def _list_ended_months(year, today):
    months = [year * 100 + month for month in range(1, 13)]
    return [one for one in months if periods.last_day_of_month(periods.first_day(one)) < today]


def _check_months(rows, months):
    """Find months without an offence in provinces that have many."""
    by_province, there = Counter(), {(row.province, row.month) for row in rows}
    for row in rows:
        by_province[row.province] += row.offences
    found = [
        f"{get_area_name(province)}: {periods.format_month(month)}"
        for province, number in sorted(by_province.items())
        if number >= FEWEST_IN_YEAR
        for month in months
        if (province, month) not in there
    ]
    return _check(gettext("No month of a province is empty"), found)


def _check_changes(rows, before, months):
    """Find sections of a province whose number in the ended months is far from the same months of the year before."""
    now, then = _sum_sections(rows, months), _sum_sections(before, [month - 100 for month in months])
    found = [
        gettext(
            "%(place)s, %(category)s: %(n)s, a year before %(m)s.",
            place=get_area_name(province), category=name_category(section), n=_show(now[section, province]),
            m=_show(then[section, province]),
        )
        for section, province in sorted(now.keys() | then.keys())
        if then and crime.is_beyond_usual(now[section, province], then[section, province])
    ]  # fmt: skip
    return _check(gettext("No number is far from the year before"), found)


def _sum_sections(rows, months):
    sums = Counter()
    for row in rows:
        if row.month in months:
            sums[row.category[:SECTION_DIGITS], row.province] += row.offences
    return sums


def _check_errors(figures, year):
    rate, limit = (
        timeliness.find_error_rate(figures, NATIONWIDE, *_months_of(year).values()),
        current_app.config["ERROR_RATES"][2],
    )
    text = gettext("%(rate)s %% of the records, limit %(limit)s %%.", rate=_show(rate), limit=_show(limit))
    return _check(
        gettext("The error rate is within its limit"), [text] if rate is not None and rate > limit else []
    )
