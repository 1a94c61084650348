"""The figures of the map: cases by place and period within the reader's scope, and the population for rates.

Protected cases are left out of every map: a place and a period could identify the people in them.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from flask_babel import gettext
from sqlalchemy import and_, func, select

from app.cases.models import Case
from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.text import dates
from app.reference.models import Place
from app.statistics import measures, reader
from app.statistics.reader import AREA_COLUMNS

PER = 100_000
MAX_POINTS = 500  # positions of single cases on one map
LAST_CASES = 25
MAX_COUNTED = 5000  # newest cases of a district among which those with a position are found
_POPULATION = Path(__file__).parent / "data/population_2019.tsv"


@dataclass(frozen=True)
class Spot:
    """A place of the map with its point, which is missing for some communes."""

    code: str
    name_km: str
    name_en: str
    latitude: float | None
    longitude: float | None
    kind: str
    valid_from: date | None = None
    valid_to: date | None = None

    def exists_in(self, period):
        """Return whether the place exists on a day of the period."""
        return not (self.valid_from and self.valid_from > period.last) and not (
            self.valid_to and self.valid_to < period.first
        )

    @property
    def name(self):
        return self.name_en if reader_language() == "en" else self.name_km

    @property
    def full_name(self):
        """The name with its type word, which Khmer joins to it."""
        if reader_language() == "en":
            return self.name_en
        return f"{code_lists.label('place_level', self.kind)}{self.name_km}"


@dataclass(frozen=True)
class MapQuery:
    """What is counted: cases of an offence family (or of all) from a month to a month (202501), within an area."""

    first: int
    last: int
    family: str = ""
    area: str = ""


@cache
def load_population():
    """Return province code → people in the census of 2019."""
    with _POPULATION.open(encoding="utf-8") as file:
        return {row["province"]: int(row["people"]) for row in csv.DictReader(file, delimiter="\t")}


def compute_rate(code, count):
    """Return the cases per 100,000 people of a province, or None if the census does not have it."""
    people = load_population().get(code)
    return count * PER / people if people else None


def compute_national_rate(counts):
    """Return the cases per 100,000 people of the provinces among these {code: cases} that the census has; None without any."""
    counted = {code: people for code, people in load_population().items() if code in counts}
    return sum(counts[code] for code in counted) * PER / sum(counted.values()) if counted else None


def list_counted_provinces(counts, period):
    """Return {code: cases} of the provinces that exist in a period or have cases in it."""
    return {
        spot.code: counts.get(spot.code, 0)
        for spot in list_spots("", 2)
        if counts.get(spot.code) or spot.exists_in(period)
    }


def list_province_notes(counts, period):
    """Yield what a reader of the rates of {code: cases} must know: the census, and provinces that begin or end."""
    language, population = reader_language(), load_population()
    yield str(measures.CENSUS)
    missing = [find_spot(code).name for code in counts if code not in population]
    if missing:
        yield gettext(
            "Without a number in the census, and not in the rate of the nation: %(places)s.",
            places=", ".join(missing),
        )
    for spot in map(find_spot, counts):
        if spot.valid_from and spot.valid_from > period.first:
            yield gettext(
                "%(place)s exists since %(day)s. Earlier cases count for the province of their day.",
                place=spot.name, day=dates.format_date(spot.valid_from, language),
            )  # fmt: skip
        if spot.valid_to and spot.valid_to < period.last:
            yield gettext(
                "%(place)s ended on %(day)s. Later cases count for the provinces after it.",
                place=spot.name, day=dates.format_date(spot.valid_to, language),
            )  # fmt: skip


def find_spot(code):
    """Return the place of this code if it is a province, district or commune; None otherwise."""
    return _spots.get().get(code)


def list_spots(area, digits):
    """Return the places with codes of so many digits in an area, by code."""
    return [one for code, one in _spots.get().items() if len(code) == digits and code.startswith(area)]


def find_point(code):
    """Return (place with a point, latitude, longitude): the place itself or the next larger one with a point; or None."""
    for digits in (6, 4, 2):
        spot = find_spot(code[:digits]) if len(code) >= digits else None
        if spot is not None and spot.latitude is not None:
            return spot, spot.latitude, spot.longitude
    return None


def count_by_place(query, limits, digits):
    """Return {place code: cases} of a query, None before the first figures; cases without a known place have the key ""."""
    if reader.open_reader() is None:
        return None
    return _count(query, limits, f"coalesce({AREA_COLUMNS[digits]}, '')")


def count_by_family(query, limits):
    """Return [(offence family, cases)] of a query, the most frequent first; a case counts once in each of its families."""
    figures = reader.open_reader()
    if figures is None:
        return []
    condition, values = _build_condition(query, limits)
    return figures.fetch_rows(
        "SELECT o.family, count(DISTINCT c.id) AS n FROM cases c JOIN offences o ON o.case_id = c.id"
        f" WHERE {condition} AND {limits.of_offences('o')} GROUP BY ALL ORDER BY n DESC, o.family",
        values,
    )


def load_points(query, limits):
    """Return (id, number, latitude, longitude) of the newest counted cases with a position that the reader may open."""
    statement = (
        select(Case.id, Case.number, Case.latitude, Case.longitude)
        .where(_is_counted(query, limits), Case.latitude.is_not(None))
        .order_by(Case.occurred_from.desc(), Case.id.desc())
        .limit(MAX_POINTS)
    )
    return db.session.execute(statement).all()


def load_last_cases(query, limits):
    """Return (id, number, occurred from, status label) of the newest counted cases that the reader may open."""
    statement = (
        select(Case.id, Case.number, Case.occurred_from, Case.status)
        .where(_is_counted(query, limits))
        .order_by(Case.occurred_from.desc(), Case.id.desc())
        .limit(LAST_CASES)
    )
    return [
        (pk, number, moment, code_lists.label("case_status", status))
        for pk, number, moment, status in db.session.execute(statement)
    ]


def _count(query, limits, columns, more="TRUE"):
    condition, values = _build_condition(query, limits)
    rows = reader.open_reader().fetch_rows(
        f"SELECT {columns}, count(*) FROM cases c WHERE {condition} AND {more} GROUP BY ALL", values
    )
    return {key[0] if len(key) == 1 else tuple(key): count for *key, count in rows}


def _is_counted(query, limits):
    """Return the condition on the newest cases that the map counts: of its family, and without protected ones."""
    condition, values = _build_condition(query, limits)
    found = reader.open_reader().fetch_rows(
        f"SELECT id FROM cases c WHERE {condition} ORDER BY day DESC, id DESC LIMIT {MAX_COUNTED}", values
    )
    return and_(Case.id.in_([pk for (pk,) in found]), Case.voided_at.is_(None))


def _build_condition(query, limits):
    """Return the condition on the cases `c`, and its values."""
    parts = ["c.protected IS NULL", "c.month BETWEEN $first AND $last", limits.of_cases()]
    values = {"first": query.first, "last": query.last}
    if query.area:
        parts.append(f"c.{AREA_COLUMNS[len(query.area)]} = $area")
        values["area"] = query.area
    if query.family:
        parts.append("c.id IN (SELECT case_id FROM offences WHERE family = $family)")
        values["family"] = query.family
    return " AND ".join(parts), values


def _load_spots():
    place = Place.__table__.c
    columns = (
        place.code, place.name_km, place.name_en, place.latitude, place.longitude, place.kind, place.valid_from,
        place.valid_to,
    )  # fmt: skip
    with db.engine.connect() as connection:
        rows = connection.execute(
            select(*columns).where(func.length(place.code) <= 6).order_by(place.code)
        ).all()
    return {row.code: Spot(*row) for row in rows}


_spots = versioned_cache.VersionedCache("reference", _load_spots)
