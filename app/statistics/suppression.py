"""Complementary suppression: hides small numbers, and the numbers from which they could be computed or estimated.

A cube has a number for each group, province and month, and sums along each axis under the key "" (all). A number of one group,
province and month is never shown. The others may be, so no number from 1 to 4 may follow from the lines of the cube: the
members of one axis and their sum. The same cube answers every question about protected cases, therefore no two answers differ in
what they hide.

A reader has two ways. The lines are equations, which may determine a number together. And a hidden number is at least 1, because 0
is shown: so a line limits its hidden numbers, and these limits narrow the next line. `RANGE` is what must remain.
"""

from collections import defaultdict
from itertools import product
from math import inf

SMALLEST_SHOWN = 5
RANGE = 3  # between the smallest and the largest possible value of a hidden number from 1 to 4
ALL = ""
_PRIME = 1_000_003  # the equations are solved modulo this number, so that no fraction arises


def build_cube(leaves):
    """Return the leaves {(group, province, month): number} with the sums along each axis."""
    cube = defaultdict(int)
    for key, number in leaves.items():
        for sums in product((False, True), repeat=len(key)):
            cube[tuple(ALL if is_sum else part for part, is_sum in zip(key, sums, strict=True))] += number
    return dict(cube)


def show(cube, hidden, key):
    """Return the number of a key, or None if it must not be shown. That of a leaf is never shown, not even a 0."""
    return cube.get(key, 0) if ALL in key and key not in hidden else None


def find_hidden(cube):
    """Return the keys of sums whose numbers must not be shown."""
    lines = list_lines(cube)
    hidden = {key for key, number in cube.items() if ALL in key and 0 < number < SMALLEST_SHOWN}
    while unsafe := _find_unsafe(cube, lines, hidden):
        treated = set()  # of a line, one number at a time: it may protect the others too
        for key in unsafe:
            if key in treated or (chosen := _find_next(cube, lines, key, hidden)) is None:
                continue
            hidden.add(chosen)
            treated |= {
                one
                for line in lines
                if key in (keys := {line[0], *line[1]}) and chosen in keys
                for one in keys
            }
    return hidden


def _find_unsafe(cube, lines, hidden):
    """Return the hidden numbers from 1 to 4 that a reader can compute or estimate. Nothing remains to be hidden: none."""
    unsafe = find_determined(lines, hidden) | find_narrow(cube, lines, hidden)
    is_complete = all(key in hidden for total, members in lines for key in (total, *members))
    return [] if is_complete else sorted((key for key in unsafe if cube[key] < SMALLEST_SHOWN), key=str)


def find_narrow(cube, lines, hidden):
    """Return the hidden keys whose numbers the lines limit to a range below `RANGE`, one line after the other."""
    low, high = dict.fromkeys(hidden, 1), dict.fromkeys(hidden, inf)
    equations = [(rest, signs) for rest, signs in _list_equations(cube, lines, hidden) if signs]
    changed = True
    while changed:
        changed = False
        for (rest, signs), turn in product(equations, (1, -1)):
            # The sum of turn × sign × number is turn × rest; the least of the others limits each number.
            least = {key: (low[key] if sign == turn else -high[key]) for key, sign in signs.items()}
            unlimited = [key for key, value in least.items() if value == -inf]
            if len(unlimited) > 1:
                continue
            total = sum(value for value in least.values() if value != -inf)
            for key in unlimited or signs:
                limit = turn * rest - (total if unlimited else total - least[key])
                if signs[key] == turn and limit < high[key]:
                    high[key], changed = limit, True
                elif signs[key] != turn and -limit > low[key]:
                    low[key], changed = -limit, True
    return {key for key in hidden if high[key] - low[key] < RANGE}


def _list_equations(cube, lines, hidden):
    """Yield (what the shown numbers leave, {hidden key: 1, or −1 of the sum}) of each line."""
    for total, members in lines:
        signs = {key: 1 for key in members if key in hidden} | ({total: -1} if total in hidden else {})
        shown = sum(cube[key] for key in members if key not in hidden)
        yield (0 if total in hidden else cube[total]) - shown, signs


def find_determined(lines, hidden):
    """Return the hidden keys whose numbers follow from all lines together: the unknowns that the equations determine."""
    solved = {}  # key → its equation, in which the key has the coefficient 1
    equations = [
        {key: 1 for key in members if key in hidden} | ({total: -1} if total in hidden else {})
        for total, members in lines
    ]
    for equation in sorted(equations, key=len):  # short ones first: then few change again
        for key in list(equation):
            if key in solved:
                _subtract(equation, solved[key], equation.get(key, 0))
        if not equation:
            continue
        first, factor = next(iter(equation.items()))
        inverse = pow(factor, -1, _PRIME)
        equation = {key: number * inverse % _PRIME for key, number in equation.items()}
        for other in solved.values():
            if first in other:
                _subtract(other, equation, other[first])
        solved[first] = equation
    return {key for key, equation in solved.items() if len(equation) == 1}


def _subtract(equation, other, factor):
    """Subtract `factor` times the other equation from an equation."""
    for key, number in other.items():
        rest = (equation.get(key, 0) - factor * number) % _PRIME
        if rest:
            equation[key] = rest
        else:
            equation.pop(key, None)


def _find_next(cube, lines, key, hidden):
    """Return the smallest shown number of the lines of a key; of any line with a hidden number if these have none left."""
    members = [{total, *others} for total, others in lines]
    shown = set().union(*(line for line in members if key in line)) - hidden
    shown = shown or set().union(*(line for line in members if line & hidden)) - hidden
    return min(shown, key=lambda one: (cube[one], str(one)), default=None)


def list_lines(cube):
    """Return (key of the sum, keys of its members) of every line of sums, without members that are zero."""
    lines = defaultdict(list)
    for key, number in cube.items():
        for axis, part in enumerate(key):
            total = (*key[:axis], ALL, *key[axis + 1 :])
            if part != ALL and number and ALL in key:
                lines[total, axis].append(key)
    return [(total, members) for (total, _axis), members in lines.items()]
