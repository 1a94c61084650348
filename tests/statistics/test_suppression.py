"""No hidden number follows from what is shown."""

import random

import pytest

from app.statistics import suppression
from app.statistics.suppression import ALL
from tests.statistics.equations import reduce_row


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
    known = {key: number for key, number in cube.items() if key not in hidden}
    lines = suppression._list_lines(cube)
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
    assert all(key in hidden for key, number in cube.items() if 0 < number < 5)
    assert solve(cube, hidden) == {}


# Of these, each line alone gives nothing away, but all lines together do.
@pytest.mark.parametrize("seed", [2, 4, 10, 76, 101, 279])
def test_all_lines_together_determine_no_small_number(seed):
    cube = suppression.build_cube(make_leaves(seed))
    hidden = suppression.find_hidden(cube)
    unknowns = {key: number for number, key in enumerate(sorted(hidden, key=str))}
    basis = {}
    for total, members in suppression._list_lines(cube):
        row = {unknowns[key]: 1 for key in members if key in hidden}
        reduce_row(row | ({unknowns[total]: -1} if total in hidden else {}), basis, keep=True)
    small = [key for key in hidden if cube[key] < 5]
    assert small and all(reduce_row({unknowns[key]: 1}, basis) for key in small)


def test_thousand_narrowing_questions_single_out_no_one():
    """Each question narrows the one before: the country, a province, a month, a group. No difference is from 1 to 4."""
    cube = suppression.build_cube(make_leaves(1, most=60))
    hidden, chance = suppression.find_hidden(cube), random.Random(2)
    axes = [sorted({key[axis] for key in cube if key[axis] != ALL}, key=str) for axis in range(3)]
    shown = 0
    for _question in range(1000):
        key, axis = [ALL, ALL, ALL], chance.sample(range(3), 3)
        answers = [cube[tuple(key)]] if tuple(key) not in hidden else [None]
        for one in axis:
            key[one] = chance.choice(axes[one])
            answers.append(None if tuple(key) in hidden else cube.get(tuple(key), 0))
        for answer in answers:
            assert answer is None or answer == 0 or answer >= 5
            shown += answer is not None
    assert shown > 1000


def test_small_number_alone_hides_its_neighbour():
    cube = suppression.build_cube({("a", "01", 1): 2, ("a", "02", 1): 9, ("a", "03", 1): 30})
    hidden = suppression.find_hidden(cube)
    assert ("a", "01", 1) in hidden and ("a", "02", 1) in hidden and ("a", "03", 1) not in hidden


def test_sum_of_ones_does_not_give_them_away():
    cube = suppression.build_cube({("a", f"{n:02}", 1): 1 for n in range(6)} | {("a", "99", 1): 40})
    assert ("a", ALL, 1) in suppression.find_hidden(cube) or ("a", "99", 1) in suppression.find_hidden(cube)
