"""Hot spots against the share of all cases; none is found where the family follows that share."""

import random

import pytest

from app.statistics.hot_spots import find_hot_spots


def test_doubled_place_is_found_and_the_others_are_not():
    everything = {str(number): 100 for number in range(50)}
    cases = dict.fromkeys(everything, 15) | {"7": 40}

    assert set(find_hot_spots(cases, everything)) == {"7"}


def test_large_place_is_no_hot_spot():
    everything = dict.fromkeys(map(str, range(50)), 20) | {"city": 5000}
    cases = {place: count // 5 for place, count in everything.items()}

    assert find_hot_spots(cases, everything) == {}


@pytest.mark.parametrize("cases", [{}, {"1": 4}, {"1": 0}])
def test_fewer_than_five_cases_are_none(cases):
    assert find_hot_spots(cases, {"1": 1, "2": 999}) == {}
    assert find_hot_spots({"1": 9}, {}) == {}


def test_country_without_hot_spots_has_hardly_any_false_ones():
    random.seed(5)
    shares = [random.paretovariate(1.3) for _place in range(1000)]
    draw = random.choices(range(1000), shares, k=120_000)
    everything, cases = {}, {}
    for number, place in enumerate(draw):
        everything[place] = everything.get(place, 0) + 1
        if number % 12 == 0:
            cases[place] = cases.get(place, 0) + 1

    assert len(find_hot_spots(cases, everything)) <= 5
