"""The monthly cases of a programme's area, of its neighbours and of the comparison area."""

from dataclasses import dataclass

from app.kernel.text import dates
from app.statistics import periods
from app.statistics.reader import AREA_COLUMNS

MOST_MONTHS = 60
TARGET, NEIGHBOURS, COMPARISON = "target", "neighbours", "comparison"


@dataclass(frozen=True)
class Months:
    """The whole months of the programme, and the same months of the years before it."""

    after: tuple
    before: tuple


def find_months(programme):
    """Return the Months of a programme, or None before its first whole month has ended."""
    first = programme.starts_on
    if first.day > 1:
        first = periods.add_months(first, 1)
    first = first.replace(day=1)
    today = dates.now().date()
    last = min(programme.ends_on or today, today)
    after = []
    while (
        periods.last_day_of_month(first) <= last
        and first.replace(day=1) < today.replace(day=1)
        and len(after) < MOST_MONTHS
    ):
        after.append(first)
        first = periods.add_months(first, 1)
    if not after:
        return None
    back = -(-len(after) // 12) * 12  # whole years, so that the seasons are the same
    before = [periods.add_months(month, -back) for month in after]
    return Months(tuple(map(periods.month_number, after)), tuple(map(periods.month_number, before)))


def count_months(figures, programme, months):
    """Return {month: {group of areas: open cases}} from the first month before to the last month after."""
    conditions = _list_conditions(programme)
    columns = ", ".join(f"count(*) FILTER (WHERE {one}) AS {name}" for name, one in conditions.items())
    rows = figures.fetch_rows(
        f"SELECT month, {columns} FROM cases c WHERE protected IS NULL AND month BETWEEN $first AND $last"
        " AND c.id IN (SELECT case_id FROM offences WHERE list_contains($families, family)) GROUP BY month",
        {"first": months.before[0], "last": months.after[-1], "families": programme.families},
    )
    return {row[0]: dict(zip(conditions, row[1:], strict=True)) for row in rows}


def list_counted_groups(programme, limits):
    """Return the groups of areas of which a reader with these limits may know the numbers."""
    if limits.families and not set(programme.families) <= set(limits.families):
        return ()
    areas = {
        TARGET: programme.place_code,
        NEIGHBOURS: programme.place_code[:-2],
        COMPARISON: programme.comparison_code,
    }
    return tuple(name for name, code in areas.items() if (code or "").startswith(limits.area))


def sum_months(counts, numbers, group):
    """Return the cases of these months in a group of areas."""
    return sum(counts.get(month, {}).get(group, 0) for month in numbers)


def _list_conditions(programme):
    """Return {group of areas: SQL condition}. The codes come from the table of places."""
    place, chosen = programme.place_code, programme.comparison_code
    target, parent = _is_in(place), place[:-2]
    around = f"{_is_in(parent)} AND NOT {target}" if parent else "FALSE"
    comparison = _is_in(chosen) if chosen else f"province IS NOT NULL AND NOT {_is_in(parent or place)}"
    if chosen and parent:
        around += f" AND NOT {_is_in(chosen)}"
    return {TARGET: target, NEIGHBOURS: around, COMPARISON: comparison}


def _is_in(code):
    """Return the condition that is never NULL: a case without this level of a place is not in the area."""
    return f"({AREA_COLUMNS[len(code)]} IS NOT DISTINCT FROM '{code}')"
