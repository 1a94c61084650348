"""A planted fall is found, areas without one are not, and small numbers say nothing."""

import random

import pytest

from app.prevention.effect import compute_displacement, compute_effect, find_smallest_visible


def draw_count(rng, mean):
    """Return a Poisson number, by the normal curve."""
    return max(0, round(rng.gauss(mean, mean**0.5)))


def test_planted_fall_is_found_and_its_interval_is_stated():
    effect = compute_effect(200, 110, 1000, 1050)
    assert effect.expected == 210 and effect.difference == -100
    assert effect.low < effect.difference < effect.high < 0 and effect.verdict == "fewer"
    assert compute_effect(110, 200, 1000, 1000).verdict == "more"


def test_false_alarms_without_a_programme():
    rng = random.Random(1)
    false = 0
    for _area in range(1000):
        mean, season = rng.uniform(20, 300), rng.uniform(0.7, 1.4)
        numbers = (draw_count(rng, one) for one in (mean, mean * season, mean * 6, mean * 6 * season))
        found = compute_effect(*numbers)
        false += found is not None and found.verdict != "chance"
    assert false <= 50


@pytest.mark.parametrize("numbers", [(0, 0, 0, 0), (5, 1, 1000, 900), (1000, 900, 5, 1)])
def test_too_few_cases_say_nothing(numbers):
    assert compute_effect(*numbers) is None and find_smallest_visible(numbers[0], numbers[2]) is None


def test_smallest_visible_fall():
    assert (
        find_smallest_visible(54, 1000) > find_smallest_visible(150, 1000) > find_smallest_visible(1500, 9000)
    )
    assert find_smallest_visible(10, 10) == 100


def test_displacement_needs_all_numbers():
    assert compute_displacement((200, 100), (200, 260), (1000, 1000)) < 0, "moved to the neighbours"
    assert compute_displacement((200, 100), (200, 150), (1000, 1000)) > 0, "the neighbours gained too"
    assert compute_displacement((200, 100), (0, 0), (1000, 1000)) is None
    assert compute_displacement((200, 200), (200, 100), (1000, 1000)) is None
