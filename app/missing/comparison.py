"""The comparison of two reports: what agrees, what differs, and whether an officer should look at them."""

from dataclasses import dataclass, field

from app.indices.numbers import COLUMNS, find_keys
from app.series.similarity import split_text

ENOUGH = 5  # points from which a pair is proposed
NEAR_DAYS = 30
SIMILAR = 0.3  # share of the pieces of the shorter text that the other text has
HEIGHT_ERROR = 5  # cm, of an estimate


@dataclass
class Comparison:
    """The names of the fields that agree and differ, and the points of the pair."""

    agrees: list = field(default_factory=list)
    differs: list = field(default_factory=list)
    points: int = 0

    def add(self, name, same, points):
        """Count one field: `same` is None if one of the two reports does not have it."""
        if same:
            self.agrees.append(name)
            self.points += points
        elif same is False:
            self.differs.append(name)
            self.points -= 1


def compare_people(missing, found):
    """Return the comparison of a missing person and a body, or a person who cannot say who they are."""
    result = Comparison()
    result.add("sex", None if "unknown" in (missing.sex, found.sex) else missing.sex == found.sex, 1)
    result.add("age_from", _overlap(missing, found, "age", 0), 1)
    result.add("height_from", _overlap(missing, found, "height", HEIGHT_ERROR), 2)
    _add_place(result, missing, found)
    for name, points in (("mark_kind", 1), ("body_part", 1)):
        result.add(name, _same(getattr(missing, name), getattr(found, name)), points)
    for name in ("marks", "clothes"):
        result.add(name, _is_similar(getattr(missing, name), getattr(found, name)), 2)
    _add_days(result, missing, found)
    return result


def compare_property(lost, found):
    """Return the comparison of lost and found property. One different number rules a pair out, an equal one decides it."""
    result = Comparison()
    numbers, other = find_keys(lost), find_keys(found)
    for name in COLUMNS:
        if name in numbers and name in other:
            same = numbers[name] == other[name]
            result.add(name, same, ENOUGH)
            if not same:
                result.points -= 2 * ENOUGH
    for name, points in (("make", 2), ("model", 1), ("colour", 1)):
        result.add(name, _same(_fold(getattr(lost, name)), _fold(getattr(found, name))), points)
    result.add("description", _is_similar(lost.description, found.description), 2)
    _add_place(result, lost, found)
    _add_days(result, lost, found)
    return result


def _add_place(result, one, other):
    same_district = one.place_code[:4] == other.place_code[:4]
    result.add(
        "place", same_district or one.place_code[:2] == other.place_code[:2], 3 if same_district else 2
    )


def _add_days(result, one, other):
    is_near = abs((other.happened_on - one.happened_on).days) <= NEAR_DAYS
    result.add("happened_on", True if is_near else None, 1)


def _overlap(one, other, name, error):
    (low, high), (other_low, other_high) = (
        (
            first if (first := getattr(row, f"{name}_from")) is not None else getattr(row, f"{name}_to"),
            last if (last := getattr(row, f"{name}_to")) is not None else getattr(row, f"{name}_from"),
        )
        for row in (one, other)
    )
    if low is None or other_low is None:
        return None
    return low - error <= other_high and other_low - error <= high


def _fold(text):
    return "".join((text or "").casefold().split()) or None


def _same(one, other):
    return None if one is None or other is None else one == other


def _is_similar(one, other):
    """Return True or None: two descriptions in other words do not differ."""
    one, other = split_text(one), split_text(other)
    shorter = min(len(one), len(other))
    return True if shorter and len(one & other) / shorter >= SIMILAR else None
