"""The query builder: counts by rows, columns and filters over coded fields, with totals.

Open cases are counted from the facts. Protected cases come from the suppressed cube of each year, and a number that the cube does
not have is a sum of shown numbers only. So no two answers give a hidden number away.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from flask_babel import gettext

from app.statistics import crime, periods, reader, suppression
from app.statistics.facts import PROTECTED_GROUPS
from app.statistics.periods import Period
from app.statistics.query_builder.fields import (
    ALIASES,
    COUNTS,
    PROTECTED,
    UNKNOWN,
    Count,
    Field,
    find_field,
    list_axes,
    list_filters,
)

MAX_CELLS = 5_000  # of a page
MAX_EXPORTED_CELLS = 100_000
SECONDS = 10  # of one table
MAX_VALUES = 60  # of one filter
DEFAULT_MONTHS = 12
FILTER = "f_"  # a filter in the URL: f_province=02
_PLACES = {"province": 2, "district": 4, "commune": 6}


class TableTooLarge(ValueError):
    """Raised for a table with too many cells, or that takes too long; its text is the message for the reader."""


@dataclass(frozen=True)
class TableQuery:
    """What is counted, by which rows and columns, of which values (`filters`: field and values), in which months."""

    count: Count
    rows: Field | None
    columns: Field | None
    filters: tuple
    period: Period

    @property
    def as_args(self):
        """Return the query as (name, value) pairs of a URL."""
        return [
            ("count", self.count.code),
            ("rows", self.rows.code if self.rows else ""),
            ("columns", self.columns.code if self.columns else ""),
            ("first", f"{self.period.first:%m/%Y}"),
            ("last", f"{self.period.last:%m/%Y}"),
            *((FILTER + field.code, value) for field, values in self.filters for value in values),
        ]

    @property
    def has_overlaps(self):
        """Return whether a record may be in several cells, so that the cells do not add up to the totals."""
        if self.count.code == "people":
            return bool(self.rows)
        axes = {one.table for one in (self.rows, self.columns) if one}
        return bool(axes - {"cases", self.count.table})


@dataclass(frozen=True)
class Answer:
    """The numbers of a table by the keys of rows and columns; None is a hidden number, "" the key of unknown values."""

    row_keys: list
    column_keys: list
    cells: dict
    row_totals: dict
    column_totals: dict
    total: int | Decimal | None


def read_query(args, limits, today):
    """Return (query or None, {argument: problem}) of the arguments of a URL."""
    problems = {}
    count = COUNTS.get(args.get("count") or "cases")
    if count is None:
        return None, {"count": gettext("This choice is not in the list.")}
    axes = {name: _read_axis(args.get(name, ""), name, count, problems) for name in ("rows", "columns")}
    if axes["rows"] and axes["rows"] == axes["columns"]:
        problems["columns"] = gettext("Rows and columns need different fields.")
    if count.code == PROTECTED and len(limits.area) > 2:
        problems["count"] = gettext("Protected cases are counted for a province or the country only.")
    filters = _read_filters(args, count, limits, problems)
    period = _read_period(args, today, problems)
    if problems:
        return None, problems
    rows, columns = axes["rows"] or axes["columns"], axes["columns"] if axes["rows"] else None
    return TableQuery(count, rows, columns, filters, period), {}


def _read_axis(code, name, count, problems):
    if not code:
        return None
    field = find_field(code)
    if field is None:
        problems[name] = gettext("This choice is not in the list.")
    elif code not in list_axes(count):
        problems[name] = gettext(
            "«%(count)s» cannot be divided by «%(field)s». Choose another field, or count something else.",
            count=count.measure.name, field=field.label,
        )  # fmt: skip
    return field


def _read_filters(args, count, limits, problems):
    filters, allowed = [], list_filters(count)
    for name in args:
        if not name.startswith(FILTER):
            continue
        field = find_field(name.removeprefix(FILTER))
        values = tuple(dict.fromkeys(value for value in args.getlist(name) if value))
        if field is None or field.list_values is None:
            problems[name] = gettext("This choice is not in the list.")
        elif values and field.code not in allowed:
            problems[name] = gettext(
                "«%(count)s» cannot be filtered by «%(field)s». Remove the filter, or count something else.",
                count=count.measure.name, field=field.label,
            )  # fmt: skip
        elif len(values) > MAX_VALUES:
            problems[name] = gettext("A filter has at most %(n)s values.", n=MAX_VALUES)
        elif any(value != UNKNOWN and value not in field.list_values() for value in values):
            problems[name] = gettext("This choice is not in the list.")
        elif field.code in _PLACES and any(not _is_within(value, limits) for value in values):
            problems[name] = gettext("This place is outside your area.")
        elif field.code == "family" and limits.families and not set(values) <= {*limits.families, UNKNOWN}:
            problems[name] = gettext("This offence family is outside your offence families.")
        elif values:
            filters.append((field, values))
    return tuple(filters)


def _is_within(place, limits):
    return place == UNKNOWN or place.startswith(limits.area) or limits.area.startswith(place)


def _read_period(args, today, problems):
    last = periods.add_months(today, -1)
    first = periods.add_months(last, 1 - DEFAULT_MONTHS)
    texts = args.get("first") or f"{first:%m/%Y}", args.get("last") or f"{last:%m/%Y}"
    try:
        return periods.parse_months(*texts)
    except periods.InvalidPeriod as error:
        problems["last" if _is_month(texts[0]) else "first"] = str(error)
        return None


def _is_month(text):
    try:
        return bool(periods.parse_month(text))
    except periods.InvalidPeriod:
        return False


def count_table(figures, limits, query, today, most=MAX_CELLS):
    """Return the Answer of a query within the reader's limits; raise TableTooLarge."""
    if query.count.code == PROTECTED:
        return _count_protected(figures, limits, query, today, most)
    sql, values = _build_statement(limits, query)
    # Each row and column has a total, so a complete answer has at most three rows per cell.
    try:
        found = figures.fetch_rows_within(SECONDS, f"{sql} LIMIT {3 * most + 2}", values)
    except reader.QuestionTooLarge:
        raise TableTooLarge(
            gettext("This table takes too long. Choose a shorter period or fewer values with a filter.")
        ) from None
    cells, row_totals, column_totals, total = {}, defaultdict(int), defaultdict(int), 0
    adds_up = query.rows is not None and not query.has_overlaps
    for row, column, number in found:
        if column is not None and row is not None:
            cells[_as_key(row), _as_key(column)] = number
        if row is not None and (adds_up or column is None):
            row_totals[_as_key(row)] += number
        if column is not None and (adds_up or row is None):
            column_totals[_as_key(column)] += number
        if adds_up or (row is None and column is None):
            total += number or 0
    _refuse_large(len(row_totals), len(column_totals), most, len(found) > 3 * most + 1)
    return Answer(
        _sort_keys(query.rows, row_totals), _sort_keys(query.columns, column_totals), cells, row_totals, column_totals,
        total,
    )  # fmt: skip


def count_country(figures, query):
    """Return the number of the whole country and period, without rows, columns and filters: the one sum outside the area."""
    whole = replace(query, rows=None, columns=None, filters=())
    sql, values = _build_statement(reader.NATIONWIDE, whole)
    return figures.fetch_rows(sql, values)[0][2] or 0


def _as_key(value):
    return "" if value in ("", -1) else value


def _refuse_large(rows, columns, most, is_cut):
    number = rows * max(1, columns)
    if is_cut or number > most:
        raise TableTooLarge(
            gettext(
                "This table has too many cells. Choose fewer values with a filter, or a field with fewer values."
            )
        )


def _sort_keys(field, totals):
    """Return the keys of an axis: in their own order or by number, unknown values last."""
    if field is None:
        return []
    if field.is_ordered:
        return sorted(totals, key=lambda key: (key in ("", "unknown"), key))
    return sorted(totals, key=lambda key: (key == "", -(totals[key] or 0), key))


def _build_statement(limits, query):
    count, axes = query.count, [one for one in (query.rows, query.columns) if one]
    joined = {count.table, *(one.table for one in axes)} - {"cases"}
    values = {
        "first": periods.month_number(query.period.first),
        "last": periods.month_number(query.period.last),
    }
    conditions = {table: _list_limits(limits, table) for table in ALIASES}
    for field, chosen in query.filters:
        conditions[field.table].append(_build_filter(field, chosen, values))
    where = ["c.protected IS NULL", "c.month BETWEEN $first AND $last", limits.of_cases(), count.where]
    for table, parts in conditions.items():
        if table in joined or table == "cases":
            where += parts
        elif any(field.table == table for field, _chosen in query.filters):
            where.append(
                f"c.id IN (SELECT case_id FROM {table} {ALIASES[table]} WHERE {' AND '.join(parts)})"
            )
    columns = [_build_column(one) for one in (query.rows, query.columns)]
    sets = [f"({', '.join(names)})" for names in _list_grouping_sets(query)]
    joins = " ".join(
        f"JOIN {table} {ALIASES[table]} ON {ALIASES[table]}.case_id = c.id" for table in sorted(joined)
    )
    sql = (
        f"SELECT {columns[0]} AS r, {columns[1]} AS k, {_choose_aggregate(count, joined)} FROM cases c {joins}"
        f" WHERE {' AND '.join(where)} GROUP BY GROUPING SETS ({', '.join(sets)})"
    )
    return sql, values


def _list_limits(limits, table):
    return [limits.of_offences("o")] if table == "offences" and limits.families else []


def _list_grouping_sets(query):
    """Return the groups to count: the cells, and the totals unless they are sums of the cells."""
    if query.rows and not query.has_overlaps:
        return (("r", "k") if query.columns else ("r",),)
    if query.columns:
        return (("r", "k"), ("r",), ("k",), ())
    return (("r",), ()) if query.rows else ((),)


def _choose_aggregate(count, joined):
    """Return the aggregate; without a second table each row is one record, and nothing needs to be distinct."""
    if count.code != "people" and count.sql.startswith("count(DISTINCT") and joined <= {count.table}:
        return "count(*)"
    return count.sql


def _build_column(field):
    if field is None:
        return "NULL"
    unknown = "-1" if field.is_ordered and field.code != "band" else "''"
    return f"coalesce({field.sql}, {unknown})"


def _build_filter(field, chosen, values):
    """Return the condition of a filter, and add its values to the parameters."""
    parts, names = [], []
    for number, value in enumerate(chosen):
        if value == UNKNOWN:
            parts.append(f"{field.sql} IS NULL")
            continue
        name = f"{field.code}_{number}"
        values[name] = int(value) if field.is_ordered and field.code != "band" else value
        names.append(f"${name}")
    if names:
        parts.append(f"{field.sql} IN ({', '.join(names)})")
    return f"({' OR '.join(parts)})"


# Protected cases


def _count_protected(figures, limits, query, today, most):
    months = _list_ended_months(query.period, today)
    axes = [_list_axis(figures, limits, query, one, months) for one in (query.rows, query.columns)]
    rows, columns = axes
    _refuse_large(len(rows), len(columns), most, False)

    def find(**fixed):
        return _find_protected(figures, limits, query, months, fixed)

    def fix(field, key):
        return {field.code: key} if field else {}

    cells = {
        (row, column): find(**fix(query.rows, row), **fix(query.columns, column))
        for row, column in product(rows, columns)
    }
    return Answer(
        rows, columns, cells,
        {row: find(**fix(query.rows, row)) for row in rows},
        {column: find(**fix(query.columns, column)) for column in columns},
        find(),
    )  # fmt: skip


def _list_ended_months(period, today):
    """Return the months of the period that have ended: a growing number could single out a case."""
    month, months = period.first, []
    while month <= period.last and periods.last_day_of_month(month) < today:
        months.append(periods.month_number(month))
        month = periods.add_months(month, 1)
    return months


def _list_axis(figures, limits, query, field, months):
    if field is None:
        return []
    if field.code == "month":
        return months
    if field.code == "year":
        return sorted({month // 100 for month in months})
    chosen = _list_chosen(limits, query, field.code)
    if field.code == "group":
        return chosen if chosen or limits.families else list(PROTECTED_GROUPS)
    years = {month // 100 for month in months}
    cubes = [crime.load_protected_cube(figures, year)[0] for year in years]
    known = {key[1] for cube in cubes for key in cube} - {suppression.ALL}
    return chosen or sorted(known, key=lambda key: (key == crime.UNKNOWN_PROVINCE, key))


def _list_chosen(limits, query, code):
    """Return the groups or provinces of the filters and the reader's limits; empty for all."""
    chosen = {field.code: list(values) for field, values in query.filters}.get(code, [])
    if code == "province":
        chosen = [crime.UNKNOWN_PROVINCE if one == UNKNOWN else one for one in chosen]
        return [limits.area] if limits.area else chosen
    own = [one for one in PROTECTED_GROUPS if not limits.families or one in limits.families]
    return [one for one in own if not chosen or one in chosen] if chosen or limits.families else []


def _find_protected(figures, limits, query, months, fixed):
    """Return a number of protected cases, or None if a part of it is hidden."""
    groups = [fixed["group"]] if "group" in fixed else _list_chosen(limits, query, "group")
    provinces = [fixed["province"]] if "province" in fixed else _list_chosen(limits, query, "province")
    if limits.families and not groups:
        return 0
    spans = _list_spans([
        month for month in months
        if fixed.get("month", month) == month and fixed.get("year", month // 100) == month // 100
    ])  # fmt: skip
    total = 0
    for group, province, (year, month) in product(
        groups or [suppression.ALL], provinces or [suppression.ALL], spans
    ):
        cube, hidden = crime.load_protected_cube(figures, year)
        number = suppression.show(cube, hidden, (group, province, month))
        if number is None:
            return None
        total += number
    return total


def _list_spans(months):
    """Return (year, month) of each month; (year, ALL) for a year whose twelve months are there."""
    spans = []
    for year in sorted({month // 100 for month in months}):
        own = [month % 100 for month in months if month // 100 == year]
        spans += [(year, suppression.ALL)] if len(own) == 12 else [(year, month) for month in own]
    return spans
