"""What happened: a period against earlier years, the usual band of a month, hours, and clearance.

Open cases are counted for any period. Protected cases are in one cube for each year: group × province × month. It is
computed for the whole country, suppressed once and the same for every reader.
"""

from collections import Counter
from functools import lru_cache
from math import sqrt

from app.statistics import suppression
from app.statistics.facts import PROTECTED_GROUPS

BEYOND_USUAL = 3  # of |2(√now − √before)|: without any effect, 4 % of the cells exceed it
FEWEST_FOR_BAND, BAND_YEARS, WIDTH = 60, 5, 2.58
LINE_MONTHS = 36
GROWTH = (0.8, 1.25)
UNKNOWN_PROVINCE = "00"
NO_OFFENCE = "exceptional_no_offence"  # no clearance: the case leaves the count
_OPEN = "protected IS NULL AND day BETWEEN $first AND $last"
_AGE = "date_diff('day', reported_day, $today)"
AGES = (f"{_AGE} <= 30", f"{_AGE} > 30 AND {_AGE} <= 90", f"{_AGE} > 90 AND {_AGE} <= 365", f"{_AGE} > 365")
_IS_UNSOLVED = "protected IS NULL AND NOT imported AND status IN ('open', 'unsolved')"
IS_COUNTED = "protected IS NOT NULL AND recorded < $until"  # of a protected case; see `find_protected_end`
_cubes = {}  # (path of the copy, year) → the cube and its hidden keys


def is_beyond_usual(now, before):
    """Return whether the difference of two counts is more than chance."""
    return abs(2 * (sqrt(now) - sqrt(before))) > BEYOND_USUAL


def compare_families(figures, limits, period, years=3):
    """Return {family: [count of the period, of the year before, …]}; "" is the total of cases."""
    counts = {"": [0] * (years + 1)}
    for back in range(years + 1):
        span = period.shift_years(-back)
        values = {"first": span.first, "last": span.last}
        where = f"{_OPEN} AND {limits.of_cases()}"
        counts[""][back] = figures.fetch_rows(f"SELECT count(*) FROM cases c WHERE {where}", values)[0][0]
        for family, count in figures.fetch_rows(
            f"SELECT family, count(DISTINCT c.id) FROM cases c JOIN offences o ON o.case_id = c.id WHERE {where}"
            f" AND {limits.of_offences('o')} GROUP BY ALL",
            values,
        ):
            counts.setdefault(family, [0] * (years + 1))[back] = count
    return counts


def count_country(figures, period):
    """Return the open cases of the whole country in a period: the only figure outside the reader's area."""
    found = figures.fetch_rows(
        f"SELECT count(*) FROM cases WHERE {_OPEN}",
        {"first": period.first, "last": period.last},
    )
    return found[0][0]


def list_month_counts(figures, limits, last_month, months, family=""):
    """Return the counts of open cases of the last `months` months, oldest first."""
    year, month = divmod(last_month, 100)
    end = year * 12 + month - 1
    numbers = [number // 12 * 100 + number % 12 + 1 for number in range(end - months + 1, end + 1)]
    of_family = " AND c.id IN (SELECT case_id FROM offences WHERE family = $family)" if family else ""
    found = dict(
        figures.fetch_rows(
            f"SELECT month, count(*) FROM cases c WHERE protected IS NULL AND month BETWEEN $first AND $last"
            f" AND {limits.of_cases()}{of_family} GROUP BY ALL",
            {"first": numbers[0], "last": numbers[-1]} | ({"family": family} if family else {}),
        )
    )
    return [(number, found.get(number, 0)) for number in numbers]


def find_usual_band(counts):
    """Return (expected, low, high) of the month after these monthly counts, or None if they are too few.

    A Farrington kind of limits: the sum of twelve months, the yearly growth, the share of the calendar month, and the
    overdispersion of the years before.
    """
    years = min(BAND_YEARS, len(counts) // 12)
    base = counts[len(counts) - years * 12 :] if years else []
    total = sum(base[-12:])
    if years < 3 or total < FEWEST_FOR_BAND:
        return None
    by_year = [base[12 * year : 12 * year + 12] for year in range(years)]
    sums = [sum(one) for one in by_year]
    of_month = sum(one[0] for one in by_year)  # the first month of each year is the calendar month asked for
    if not of_month or not sums[0]:
        return None
    growth = min(max((sums[-1] / sums[0]) ** (1 / (years - 1)), GROWTH[0]), GROWTH[1])
    share = of_month / sum(sums)
    expected = total * growth ** (7 / 12) * share
    shares = [sum(one[month] for one in by_year) / sum(sums) for month in range(12)]
    chi = sum(
        (one[month] - sums[year] * shares[month]) ** 2 / (sums[year] * shares[month])
        for year, one in enumerate(by_year)
        for month in range(12)
        if sums[year] * shares[month]
    )
    dispersion = max(1, chi / ((years - 1) * 11))
    variance = dispersion * expected + dispersion * expected**2 * (1 / total + 1 / of_month)
    step = 2 / 3 * WIDTH * sqrt(variance) / expected
    return expected, expected * max(0, 1 - step) ** 1.5, expected * (1 + step) ** 1.5


def list_line(figures, limits, last_month, family=""):
    """Return [(month, count, (expected, low, high) or None)] of the last `LINE_MONTHS`, oldest first.

    A month outside its band enters later bands with its expected number.
    """
    counts = list_month_counts(figures, limits, last_month, LINE_MONTHS + BAND_YEARS * 12, family)
    base, line = [count for _month, count in counts[: BAND_YEARS * 12]], []
    for month, count in counts[BAND_YEARS * 12 :]:
        band = find_usual_band(base)
        line.append((month, count, band))
        is_outside = band is not None and not band[1] <= count <= band[2]
        base.append(band[0] if is_outside else count)
    return line


def count_families_by_area(figures, limits, period):
    """Return ({(family, area): count}, areas): provinces of the country, or districts within a province."""
    column = _choose_area(limits)
    found = figures.fetch_rows(
        f"SELECT family, coalesce({column}, ''), count(DISTINCT c.id) FROM cases c JOIN offences o ON o.case_id = c.id"
        f" WHERE {_OPEN} AND {limits.of_cases()} AND {limits.of_offences('o')}"
        " GROUP BY ALL",
        {"first": period.first, "last": period.last},
    )
    return {(family, area): count for family, area, count in found}, sorted({row[1] for row in found})


def count_week(figures, limits, period):
    """Return (counts[weekday][band of three hours], cases with an unknown hour) of open cases."""
    counts, unknown = [[0] * 8 for _day in range(7)], 0
    for weekday, band, count in figures.fetch_rows(
        f"SELECT weekday, hour // 3, count(*) FROM cases c WHERE {_OPEN}"
        f" AND {limits.of_cases()} GROUP BY ALL",
        {"first": period.first, "last": period.last},
    ):
        if band is None:
            unknown += count
        else:
            counts[weekday - 1][band] += count
    return counts, unknown


def count_clearance(figures, limits, period):
    """Return (cases, cleared by arrest, cleared exceptionally) of the open cases of a period, up to today."""
    found = figures.fetch_rows(
        f"""SELECT count(*), count(*) FILTER (WHERE clearance = 'arrest'),
            count(*) FILTER (WHERE clearance LIKE 'exceptional%')
            FROM cases c WHERE {_OPEN} AND {limits.of_cases()}
            AND clearance IS DISTINCT FROM '{NO_OFFENCE}'""",
        {"first": period.first, "last": period.last},
    )
    return found[0]


def sum_drugs(figures, limits, period):
    """Return [(substance, measure, quantity, pieces)] of the seized drugs of a period, largest number first."""
    return figures.fetch_rows(
        f"""SELECT i.substance, i.measure, sum(i.quantity), count(*) FROM cases c JOIN items i ON i.case_id = c.id
            WHERE {_OPEN} AND {limits.of_cases()} AND i.kind = 'drug'
            GROUP BY ALL ORDER BY 4 DESC, 1, 2""",
        {"first": period.first, "last": period.last},
    )


def count_items(figures, limits, period):
    """Return {(type, role): number} of the weapons and vehicles of a period."""
    found = figures.fetch_rows(
        f"""SELECT i.kind, i.role, count(*) FROM cases c JOIN items i ON i.case_id = c.id
            WHERE {_OPEN} AND {limits.of_cases()}
            AND i.kind IN ('weapon', 'vehicle') GROUP BY ALL""",
        {"first": period.first, "last": period.last},
    )
    return {(kind, role): count for kind, role, count in found}


def count_open_cases(figures, limits, today):
    """Return the open cases entered here by their age: up to 30 days, 90 days, a year, longer."""
    numbers = ", ".join(f"count(*) FILTER (WHERE {one})" for one in AGES)
    found = figures.fetch_rows(
        f"SELECT {numbers} FROM cases c WHERE {_IS_UNSOLVED} AND {limits.of_cases()}", {"today": today}
    )
    return found[0]


# The parts of a number of cases, as conditions on a case c.
_PARTS = {
    "family": "c.id IN (SELECT case_id FROM offences o WHERE o.family = $family AND {of_offences})",
    "area": "coalesce({area}, '') = $area",
    "weekday": "weekday = $weekday",
    "band": "hour // 3 = $band",
    "unknown_hour": "(hour IS NULL) = $unknown_hour",
    "clearance": f"split_part(clearance, '_', 1) = $clearance AND clearance <> '{NO_OFFENCE}'",
}
_ITEM_PARTS = ("kind", "role", "substance", "measure")
PARTS = {"cases": tuple(_PARTS), "items": _ITEM_PARTS}


def find_case_ids(figures, limits, period, **parts):
    """Return the ids of the open cases behind a number of a period; `parts` are values of `_PARTS`."""
    texts = {"of_offences": limits.of_offences("o"), "area": _choose_area(limits)}
    also = "".join(f" AND {_PARTS[name].format(**texts)}" for name in parts)
    return _fetch_ids(
        figures,
        f"SELECT c.id FROM cases c WHERE {_OPEN} AND {limits.of_cases()}{also} ORDER BY 1",
        {"first": period.first, "last": period.last} | parts,
    )


def find_item_ids(figures, limits, period, **parts):
    """Return the ids of the items behind a number of a period; `parts` are values of `_ITEM_PARTS`, "" for none."""
    also = "".join(f" AND coalesce(i.{name}, '') = ${name}" for name in parts)
    return _fetch_ids(
        figures,
        f"SELECT i.id FROM cases c JOIN items i ON i.case_id = c.id WHERE {_OPEN} AND {limits.of_cases()}{also} ORDER BY 1",
        {"first": period.first, "last": period.last} | parts,
    )


def find_unsolved_ids(figures, limits, today, age):
    """Return the ids of the open cases of an age: a number of `AGES`."""
    sql = f"SELECT c.id FROM cases c WHERE {_IS_UNSOLVED} AND {AGES[age]} AND {limits.of_cases()} ORDER BY 1"
    return _fetch_ids(figures, sql, {"today": today})


def _fetch_ids(figures, sql, values):
    return [row[0] for row in figures.fetch_rows(sql, values)]


def _choose_area(limits):
    """Return the column of the areas that a reader compares: provinces of the country, or districts within a province."""
    return "district" if limits.area else "province"


def list_protected(figures, limits, year, month=None):
    """Return [(group, number or None if hidden)] of protected cases in a year, or in a month of the country.

    Nothing for the month of a province, or below a province: nearly every number would be hidden.
    """
    if len(limits.area) > 2 or (limits.area and month is not None):
        return []
    cube, hidden = load_protected_cube(figures, year)
    key = limits.area or suppression.ALL, month if month is not None else suppression.ALL
    groups = [one for one in PROTECTED_GROUPS if not limits.families or one in limits.families]
    return [(one, suppression.show(cube, hidden, (one, *key))) for one in groups]


def find_protected_end(figures):
    """Return the first day whose protected cases are not counted yet."""
    return figures.as_of.date().replace(day=1)


def load_protected_cube(figures, year):
    """Return (cube of the protected cases of a year, its hidden keys), computed once for each copy of the facts.

    It has the cases registered before the month of the copy: a number that grows by one on a day could single out a case.
    """
    if (figures.path, year) not in _cubes:
        leaves = Counter()
        for group, province, month, count in figures.fetch_rows(
            "SELECT protected, coalesce(province, $unknown), month % 100, count(*) FROM cases"
            f" WHERE {IS_COUNTED} AND month // 100 = $year GROUP BY ALL",
            {"unknown": UNKNOWN_PROVINCE, "year": year, "until": find_protected_end(figures)},
        ):
            leaves[group, province, month] += count
        for old in [key for key in _cubes if key[0] != figures.path]:
            _cubes.pop(old, None)
        _cubes[figures.path, year] = _build_suppressed_cube(frozenset(leaves.items()))
    return _cubes[figures.path, year]


@lru_cache(maxsize=32)  # most copies change no protected case of most years
def _build_suppressed_cube(leaves):
    cube = suppression.build_cube(dict(leaves))
    return cube, suppression.find_hidden(cube)
