"""No hidden number follows from what is shown."""

import random
from collections import Counter
from itertools import product

import pytest

from app.statistics import suppression
from app.statistics.suppression import ALL
from tests import nightly
from tests.statistics.equations import Polytope, reduce_row

SEEDS = nightly.count("STATISTICS_CUBES", 12)


def make_leaves(seed, most=12):
    chance = random.Random(seed)
    return {
        (group, province, month): chance.choice((0, 0, 0, 1, 2, 3, 5, 8, most))
        for group in "abc"
        for province in ("01", "02", "03", "04")
        for month in range(1, 7)
    }


def solve(cube, hidden):
    """Return {key: number} of everything that lines with one unknown give away, again and again."""
    known = {key: cube[key] for key in cube if ALL in key and key not in hidden}
    lines = suppression.list_lines(cube)
    progress = True
    while progress:
        progress = False
        for total, members in lines:
            unknown = [key for key in (*members, total) if key not in known]
            if len(unknown) != 1:
                continue
            one = unknown[0]
            rest = sum(known[key] for key in members if key != one)
            known[one] = rest if one == total else known[total] - rest
            progress = True
    return {key: known[key] for key in hidden if key in known}


@pytest.mark.parametrize("seed", range(20))
def test_hidden_numbers_cannot_be_computed(seed):
    cube = suppression.build_cube(make_leaves(seed))
    hidden = suppression.find_hidden(cube)
    assert all(suppression.show(cube, hidden, key) is None for key, number in cube.items() if 0 < number < 5)
    assert not [key for key, number in solve(cube, hidden).items() if number < 5]


# Of these, each line alone gives nothing away, but all lines together do.
@pytest.mark.parametrize("seed", [2, 4, 10, 76, 101, 279])
def test_all_lines_together_determine_no_small_number(seed):
    cube = suppression.build_cube(make_leaves(seed))
    hidden = suppression.find_hidden(cube)
    unknowns = {key: number for number, key in enumerate(sorted(hidden, key=str))}
    basis = {}
    for total, members in suppression.list_lines(cube):
        row = {unknowns[key]: 1 for key in members if key in hidden}
        reduce_row(row | ({unknowns[total]: -1} if total in hidden else {}), basis, keep=True)
    small = [key for key in hidden if cube[key] < 5]
    assert small and all(reduce_row({unknowns[key]: 1}, basis) for key in small)


def find_ranges(cube, hidden):
    """Return {hidden key from 1 to 4: (smallest, largest) possible number} for a reader who knows everything shown."""
    parts = [sorted({key[axis] for key in cube} - {ALL}, key=str) for axis in range(3)]
    leaves = list(product(*parts))
    equations = []
    for key in product(*([ALL, *one] for one in parts)):
        if ALL not in key:
            continue
        row = {
            leaf: 1 for leaf in leaves if all(own in (ALL, part) for own, part in zip(key, leaf, strict=True))
        }
        shown = suppression.show(cube, hidden, key)
        # A hidden number is 1 or more, because 0 is shown.
        equations.append((row | {("hidden", *key): -1}, 1) if shown is None else (row, shown))
    polytope = Polytope(equations)
    small = [key for key in hidden if cube[key] < 5]
    return {key: tuple(1 + limit for limit in polytope.find_range({("hidden", *key): 1})) for key in small}


@pytest.mark.nightly(name="statistics")
def test_hidden_numbers_cannot_be_estimated():
    """Known sums and numbers that are never negative left one or two possible values."""
    checked = 0
    for seed in range(SEEDS):
        chance = random.Random(seed)
        leaves = {
            key: chance.choice((0, 0, 1, 1, 2, 3, 5, 9, 30))
            for key in product("abc", ("01", "02", "03"), (1, 2, 3))
        }
        cube = suppression.build_cube(leaves)
        hidden = suppression.find_hidden(cube)
        for key, (low, high) in find_ranges(cube, hidden).items():
            assert low - 0.001 < cube[key] < high + 0.001
            assert high - low > suppression.RANGE - 0.001, (seed, key, cube[key], low, high)
            checked += 1
    assert checked > SEEDS * 2


def test_range_of_a_number_without_protection_is_found():
    """Two provinces whose numbers add up to 3."""
    cube = suppression.build_cube(
        {("a", "01", 1): 2, ("a", "02", 1): 1, ("a", "03", 1): 30, ("b", "03", 1): 50}
    )
    hidden = {key for key in cube if key[1] in ("01", "02") and ALL in key}
    assert find_ranges(cube, hidden) == dict.fromkeys(hidden, (1, 2))
    assert suppression.find_narrow(cube, suppression.list_lines(cube), hidden) == hidden


def test_country_shows_its_sums():
    """With 2,000 protected cases a year, the numbers of the country by group and by month are shown."""
    chance = random.Random(1)
    leaves = Counter()
    for _case in range(2000):
        group, province = (
            chance.choices("abcdef", (35, 12, 2, 15, 26, 10))[0],
            f"{int(25 * chance.random() ** 2):02}",
        )
        leaves[group, province, chance.randrange(1, 13)] += 1
    cube = suppression.build_cube(leaves)
    hidden = suppression.find_hidden(cube)
    assert not [key for key in hidden if key[:2] == (ALL, ALL)]
    assert len([key for key in hidden if key[1:] == (ALL, ALL)]) <= 1
    shown = [key for key in cube if suppression.show(cube, hidden, key) is not None]
    assert len(shown) > 100 and not any(ALL not in key for key in shown)


def test_thousand_narrowing_questions_single_out_no_one():
    """Each question narrows the one before: the country, a province, a month, a group. No difference is from 1 to 4."""
    cube = suppression.build_cube(make_leaves(1, most=60))
    hidden, chance = suppression.find_hidden(cube), random.Random(2)
    axes = [sorted({key[axis] for key in cube if key[axis] != ALL}, key=str) for axis in range(3)]
    shown = 0
    for _question in range(1000):
        key, axis = [ALL, ALL, ALL], chance.sample(range(3), 3)
        answers = [suppression.show(cube, hidden, tuple(key))]
        for one in axis:
            key[one] = chance.choice(axes[one])
            answers.append(suppression.show(cube, hidden, tuple(key)))
        for answer in answers:
            assert answer is None or answer == 0 or answer >= 5
            shown += answer is not None
    assert shown > 1000


def test_small_number_alone_hides_its_neighbour():
    cube = suppression.build_cube({("a", "01", 1): 2, ("a", "02", 1): 9, ("a", "03", 1): 30})
    hidden = suppression.find_hidden(cube)
    assert ("a", "01", ALL) in hidden and ("a", "02", ALL) in hidden and ("a", "03", ALL) not in hidden


def test_sum_of_ones_does_not_give_them_away():
    cube = suppression.build_cube({("a", f"{n:02}", 1): 1 for n in range(6)} | {("a", "99", 1): 40})
    hidden = suppression.find_hidden(cube)
    assert ("a", ALL, ALL) in hidden or ("a", "99", ALL) in hidden
