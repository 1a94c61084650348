"""Before and after a prevention programme, against a comparison area: a weighted difference and its uncertainty.

With T₀, T₁ the cases of the area before and after, C₀, C₁ those of the comparison area, and r = T₀/C₀, the difference is
d = (T₁ − T₀) − r(C₁ − C₀) with the variance T₁ + T₀ + r²(C₁ + C₀). It is beyond chance outside ±2.58 standard errors: on
areas without any programme 1.7 % of the differences were, and 8 % outside ±1.96.
"""

from dataclasses import dataclass
from math import sqrt

WIDTH = 2.58
FEWEST = 10  # cases of each area before; below, nothing can be said
FEWER, MORE, CHANCE = "fewer", "more", "chance"


@dataclass(frozen=True)
class Effect:
    """The difference between what happened and what the comparison area lets expect."""

    expected: float
    difference: float
    low: float
    high: float

    @property
    def verdict(self):
        """Return whether the difference is beyond chance: fewer cases, more cases, or neither."""
        if self.high < 0:
            return FEWER
        return MORE if self.low > 0 else CHANCE


def compute_effect(before, after, comparison_before, comparison_after):
    """Return the Effect, or None if there are too few cases before."""
    if min(before, comparison_before) < FEWEST:
        return None
    ratio = before / comparison_before
    expected = before + ratio * (comparison_after - comparison_before)
    difference = after - expected
    error = sqrt(after + before + ratio**2 * (comparison_after + comparison_before))
    return Effect(expected, difference, difference - WIDTH * error, difference + WIDTH * error)


def find_smallest_visible(before, comparison_before):
    """Return the percentage of a fall that could be distinguished from chance, at most 100; None with too few cases."""
    if min(before, comparison_before) < FEWEST:
        return None
    error = sqrt(2 * before + (before / comparison_before) ** 2 * 2 * comparison_before)
    return min(100, round(100 * WIDTH * error / before))


def compute_displacement(area, neighbours, comparison):
    """Return the weighted displacement quotient of three (before, after), or None if it cannot be computed.

    Below 0 the cases have moved to the neighbours; above 0 the neighbours have fewer cases too. It means nothing
    unless the difference of the area is beyond chance.
    """
    if min(*area, *neighbours, *comparison) <= 0:
        return None
    before, after = (numbers for numbers in zip(area, neighbours, comparison, strict=True))
    change = after[0] / after[2] - before[0] / before[2]
    return (after[1] / after[2] - before[1] / before[2]) / change if change else None
