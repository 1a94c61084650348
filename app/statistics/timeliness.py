"""Timeliness and quality of the entry: units by month, a unit over twelve months, and an officer's own month.

Protected cases are left out, except of an officer's own month: the number of a unit and month, or the day of an entry, could
give them away.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from app.corrections.models import NO_ERRORS
from app.reference.unit_paths import find_closed_units
from app.statistics.periods import add_months, month_number
from app.statistics.reader import NATIONWIDE, Limits

GOAL, LOW = 90, 75  # percent entered on time; below LOW is red
SILENT_DAYS, FEWEST_ENTRIES, SILENCE_YEARS = 7, 20, 2
FINAL_AFTER = 3  # months in which the corrections of a month still come
_IS_ERROR = "cause NOT IN (" + ", ".join(f"'{one}'" for one in NO_ERRORS) + ")"
_OF_OPEN_CASE = "case_id IS NOT NULL AND NOT hidden"
DELAYS = {
    "delay_day": "delay <= 24", "delay_two_days": "delay > 24 AND delay <= 48",
    "delay_week": "delay > 48 AND delay <= 168", "delay_month": "delay > 168 AND delay <= 720",
    "delay_longer": "delay > 720",
}  # fmt: skip
CRITERIA = ("has_file", "has_village", "has_photos", "has_documents")
_IS_COMPLETE = " AND ".join(CRITERIA)
_OPEN = "protected IS NULL"
_CASES = f"""
    count(*) AS entered,
    count(*) FILTER (WHERE on_time) AS on_time,
    median(delay) AS median_delay,
    quantile_cont(delay, 0.9) AS ninth_decile,
    count(*) FILTER (WHERE recorded <= CAST($now AS TIMESTAMP) - INTERVAL 48 HOUR) AS locked,
    count(*) FILTER (WHERE recorded <= CAST($now AS TIMESTAMP) - INTERVAL 48 HOUR AND {_IS_COMPLETE}) AS complete,
    {", ".join(f"count(*) FILTER (WHERE recorded <= CAST($now AS TIMESTAMP) - INTERVAL 48 HOUR AND {one}) AS {one}" for one in CRITERIA)}
"""


@dataclass
class Row:
    """The figures of one unit, month, district or officer; None where nothing was to be done."""

    key: object
    entered: int = 0
    on_time: int = 0
    median_delay: float | None = None
    ninth_decile: float | None = None
    locked: int = 0
    complete: int = 0
    criteria: dict = field(default_factory=dict)
    orders: tuple = (0, 0)  # verified in time, all
    matches: tuple = (0, 0)  # answered in time, all
    custodies: tuple = (0, 0)  # over the limit, all
    errors: tuple = (0, 0)  # records with an error, all
    silent_days: int | None = None
    is_silent: bool = False

    @property
    def on_time_percent(self):
        return percent(self.on_time, self.entered)

    @property
    def complete_percent(self):
        return percent(self.complete, self.locked)

    @property
    def error_percent(self):
        return percent(*self.errors)

    @property
    def late(self):
        return self.entered - self.on_time


def percent(part, whole):
    """Return the part in percent with one decimal, or None for nothing."""
    return round(100 * part / whole, 1) if whole else None


def list_entries(figures, limits, month, now):
    """Return a Row of each unit with its entries of a month only, worst first."""
    rows = _group(figures, limits, "unit", "recorded_month = $month", {"month": month}, now)
    return sorted(rows.values(), key=_worst_first)


def find_error_rate(figures, limits, first, last=None):
    """Return the error rate of all records of a month, or from a month to a month; None without a record."""
    rows, values = {}, {"first": first, "last": last or first}
    _add_errors(figures, limits, rows, "recorded_month", "recorded_month BETWEEN $first AND $last", values)
    return percent(sum(row.errors[0] for row in rows.values()), sum(row.errors[1] for row in rows.values()))


def list_units(figures, limits, month, now):
    """Return a Row of each unit that entered or was asked something in the month, worst first."""
    rows = _group(figures, limits, "unit", "recorded_month = $month", {"month": month}, now)
    _add_duties(figures, limits, rows, "unit", "month = $month", {"month": month}, now)
    _add_errors(figures, limits, rows, "unit", "recorded_month = $month", {"month": month})
    for one in find_silence(figures, limits, now):
        if one.unit in rows or one.is_unusual:
            row = rows.setdefault(one.unit, Row(one.unit))
            row.silent_days, row.is_silent = one.days, one.is_unusual
    return sorted(rows.values(), key=_worst_first)


def _worst_first(row):
    share = row.on_time_percent
    return (share is None, share if share is not None else 0, -row.entered, str(row.key))


def list_months(figures, limits, unit, month, now):
    """Return a Row of each of the last twelve months of a unit, newest first."""
    first = _back(month, 11)
    values = {"unit": unit, "first": first, "last": month}
    rows = _group(
        figures,
        limits,
        "recorded_month",
        "unit = $unit AND recorded_month BETWEEN $first AND $last",
        values,
        now,
    )
    _add_duties(
        figures, limits, rows, "month", "unit = $unit AND month BETWEEN $first AND $last", values, now
    )
    _add_errors(
        figures,
        limits,
        rows,
        "recorded_month",
        "unit = $unit AND recorded_month BETWEEN $first AND $last",
        values,
    )
    return [rows.get(one) or Row(one) for one in (_back(month, back) for back in range(12))]


def _back(month, months):
    return month_number(add_months(date(month // 100, month % 100, 1), -months))


def list_parts(figures, limits, unit, month, column, now):
    """Return a Row of each district or officer of a unit in a month, worst first. `column` is district or officer."""
    values = {"unit": unit, "month": month}
    rows = _group(figures, limits, column, "unit = $unit AND recorded_month = $month", values, now)
    _add_errors(figures, limits, rows, column, "unit = $unit AND recorded_month = $month", values)
    return sorted(rows.values(), key=_worst_first)


def count_own_month(figures, officer, month, now):
    """Return the Row of an officer's own entries of a month."""
    condition, values = "officer = $officer AND recorded_month = $month", {"officer": officer, "month": month}
    rows = _group(figures, NATIONWIDE, "officer", condition, values, now, "TRUE")
    return rows.get(officer) or Row(officer)


def count_corrections(figures, limits, month):
    """Return [(cause, number)] of the corrections applied in a month."""
    return figures.fetch_rows(
        f"SELECT cause, count(*) FROM corrections c WHERE month = $month AND NOT hidden"
        f" AND {Limits(limits.province).of_area()} GROUP BY ALL ORDER BY 2 DESC, 1",
        {"month": month},
    )


def count_delays(figures, limits, month):
    """Return the numbers of cases of a month by delay: up to 24 h, 48 h, 7 days, 30 days, longer."""
    numbers = ", ".join(f"count(*) FILTER (WHERE {one})" for one in DELAYS.values())
    found = figures.fetch_rows(
        f"""SELECT {numbers} FROM cases c WHERE NOT imported AND {_OPEN} AND recorded_month = $month
            AND {limits.of_cases()}""",
        {"month": month},
    )
    return found[0]


def _group(figures, limits, column, condition, values, now, population=_OPEN):
    found = figures.fetch_rows(
        f"SELECT {column}, {_CASES} FROM cases c WHERE NOT imported AND {population} AND {column} IS NOT NULL AND {condition}"
        f" AND {limits.of_cases()}"
        " GROUP BY ALL",
        values | {"now": now},
    )
    return {
        key: Row(key, *values, criteria=dict(zip(CRITERIA, criteria, strict=True)))
        for key, *values, criteria in ((row[0], *row[1:7], row[7:]) for row in found)
    }


def _add_duties(figures, limits, rows, column, condition, values, now):
    """Add the orders to verify, the matches to answer and the custodies that ran out to the rows."""
    within = limits.of_area()
    values = values | {"now": now}
    for name, sql in (
        (
            "orders",
            "count(*) FILTER (WHERE checked_at <= entered + INTERVAL 24 HOUR), count(*) FROM orders c WHERE NOT imported"
            " AND (checked_at IS NOT NULL OR entered <= CAST($now AS TIMESTAMP) - INTERVAL 24 HOUR)",
        ),
        (
            "matches",
            "count(*) FILTER (WHERE answered_at <= due_at), count(*) FROM matches c"
            " WHERE due_at <= CAST($now AS TIMESTAMP) AND (answered_at IS NOT NULL OR state IN ('waiting', 'extended'))",
        ),
        (
            "custodies",
            "count(*) FILTER (WHERE coalesce(ended_at, CAST($now AS TIMESTAMP)) > limit_at), count(*) FROM custodies c"
            " WHERE $now IS NOT NULL",
        ),
    ):
        for key, part, whole in figures.fetch_rows(
            f"SELECT {column}, {sql} AND {column} IS NOT NULL AND {condition} AND {within} GROUP BY ALL",
            values,
        ):
            setattr(rows.setdefault(key, Row(key)), name, (part, whole))


class Silence(NamedTuple):
    """The days since the last entry of a unit, whether they are unusual for it, and this entry."""

    unit: str
    days: int
    is_unusual: bool
    last_case: int
    last_entry: datetime


def find_silence(figures, limits, now):
    """Return the Silence of each unit that has entered cases in the last two years. A closed unit is not silent."""
    found = figures.fetch_rows(
        f"""WITH entries AS (
            SELECT id, unit, recorded FROM cases c WHERE NOT imported AND {_OPEN} AND unit IS NOT NULL AND {limits.of_cases()}
            AND recorded >= CAST($now AS TIMESTAMP) - INTERVAL {SILENCE_YEARS} YEAR
        ), ends AS (
            SELECT unit, date_diff('day', max(recorded), CAST($now AS TIMESTAMP)) AS days, arg_max(id, (recorded, id)) AS id,
                max(recorded) AS last
            FROM entries GROUP BY unit
        ), gaps AS (
            SELECT unit, recorded - lag(recorded) OVER (PARTITION BY unit ORDER BY recorded) AS gap
            FROM entries WHERE unit IN (SELECT unit FROM ends WHERE days >= {SILENT_DAYS})
        ), usual AS (
            SELECT unit, count(*) AS number, quantile_cont(epoch(gap), 0.99) AS longest FROM gaps GROUP BY unit
        )
        SELECT unit, days, number >= {FEWEST_ENTRIES} AND epoch(CAST($now AS TIMESTAMP) - last) > longest, id, last
        FROM ends LEFT JOIN usual USING (unit) ORDER BY unit""",
        {"now": now},
    )
    closed = find_closed_units()
    return [
        Silence(unit, days, bool(unusual) and unit not in closed, case, at)
        for unit, days, unusual, case, at in found
    ]


_LOCKED = "recorded <= CAST($now AS TIMESTAMP) - INTERVAL 48 HOUR"
_OWN = f"NOT imported AND {_OPEN} AND recorded_month = $month"
# What a number opens: its table, the condition on the rows, and the column of their ids.
_QUESTIONS = {
    "entered": ("cases", _OWN, "id"),
    "late": ("cases", f"{_OWN} AND NOT on_time", "id"),
    "incomplete": ("cases", f"{_OWN} AND {_LOCKED} AND NOT ({_IS_COMPLETE})", "id"),
    **{one: ("cases", f"{_OWN} AND {_LOCKED} AND NOT {one}", "id") for one in CRITERIA},
    **{name: ("cases", f"{_OWN} AND {condition}", "id") for name, condition in DELAYS.items()},
    "errors": ("corrections", f"recorded_month = $month AND {_OF_OPEN_CASE} AND {_IS_ERROR}", "case_id"),
    "corrections": ("corrections", "month = $month AND NOT hidden", "id"),
    "orders": (
        "orders",
        "NOT imported AND month = $month AND (checked_at > entered + INTERVAL 24 HOUR"
        " OR checked_at IS NULL AND entered <= CAST($now AS TIMESTAMP) - INTERVAL 24 HOUR)",
        "id",
    ),
    "matches": (
        "matches",
        "month = $month AND due_at <= CAST($now AS TIMESTAMP)"
        " AND (answered_at > due_at OR answered_at IS NULL AND state IN ('waiting', 'extended'))",
        "id",
    ),
    "custodies": (
        "custodies", "month = $month AND coalesce(ended_at, CAST($now AS TIMESTAMP)) > limit_at", "id"
    ),
}  # fmt: skip
KINDS = tuple(_QUESTIONS)


def find_ids(figures, limits, kind, month, now, **parts):
    """Return the ids of the records behind a number of a month; `parts` are a unit, district, officer or cause."""
    table, condition, column = _QUESTIONS[kind]
    if table == "cases":
        within = limits.of_cases()
    else:
        within = _limit_corrections(limits) if kind == "errors" else Limits(limits.area).of_area()
    if kind == "corrections":
        within = Limits(limits.province).of_area()
    given = {name: value for name, value in parts.items() if value}
    also = "".join(f" AND {name} = ${name}" for name in given)
    sql = (
        f"SELECT DISTINCT {column} FROM {table} c WHERE {condition} AND {within}{also}"
        " AND CAST($now AS TIMESTAMP) IS NOT NULL ORDER BY 1"
    )
    return [row[0] for row in figures.fetch_rows(sql, {"month": month, "now": now} | given)]


def _limit_corrections(limits):
    """Return the condition on the corrections of cases within the limits. A voided case is in no offence family."""
    return limits.of_cases(key="case_id")


def _add_errors(figures, limits, rows, column, condition, values):
    """Add the records with an error, and all records, to the rows."""
    errors, whole = Counter(), Counter()
    of_corrections = f"FROM corrections c WHERE {column} IS NOT NULL AND {condition} AND {_OF_OPEN_CASE} AND {_limit_corrections(limits)}"
    for key, corrected, voided in figures.fetch_rows(
        f"""SELECT {column}, count(DISTINCT case_id) FILTER (WHERE {_IS_ERROR}),
            count(DISTINCT case_id) FILTER (WHERE kind = 'void' AND entity = 'case') {of_corrections} GROUP BY ALL""",
        values,
    ):
        errors[key] += corrected
        whole[key] += voided
    for key, count in figures.fetch_rows(
        f"SELECT {column}, count(*) FROM cases c WHERE {column} IS NOT NULL AND {_OPEN} AND {condition} AND {limits.of_cases()} GROUP BY ALL",
        values,
    ):
        whole[key] += count
    if limits == NATIONWIDE and column in ("unit", "recorded_month"):
        of_import = (column.replace("recorded_", ""), condition.replace("recorded_month", "month"))
        for key, count in figures.fetch_rows(
            f"SELECT {of_import[0]}, sum(entries) FROM rejected c WHERE {of_import[0]} IS NOT NULL AND {of_import[1]} GROUP BY ALL",
            values,
        ):
            errors[key] += count
            whole[key] += count
    for key, count in whole.items():
        if count:
            rows.setdefault(key, Row(key)).errors = (errors[key], count)


def is_final(month, now):
    """Return whether the error rate of a month no longer changes much."""
    return month < _back(month_number(now), FINAL_AFTER)


def count_units(figures, limits, period, now):
    """Return [unit, cases entered, on time, locked, complete, with an error, records] of the entries of a period."""
    first, last = month_number(period.first), month_number(period.last)
    values = {"first": period.first, "last": period.last}
    rows = _group(figures, limits, "unit", "CAST(recorded AS DATE) BETWEEN $first AND $last", values, now)
    if period.has_whole_months:  # errors are counted by month
        months = {"first": first, "last": last}
        _add_errors(figures, limits, rows, "unit", "recorded_month BETWEEN $first AND $last", months)
    return [
        [key, row.entered, row.on_time, row.locked, row.complete, *row.errors]
        for key, row in sorted(rows.items())
    ]
