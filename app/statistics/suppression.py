"""Complementary suppression: hides small numbers, and the numbers from which they could be computed.

A cube has a number for each group, province and month, and sums along each axis under the key "" (all). All of them may be
published, so no number from 1 to 4 may follow from the lines of the cube: the members of one axis and their sum, one line
alone or all of them as equations. The same cube answers every question about protected cases, therefore no two answers
differ in what they hide.
"""

from collections import defaultdict
from itertools import product

SMALLEST_SHOWN = 5
ALL = ""
_PRIME = 1_000_003  # the equations are solved modulo this number, so that no fraction arises


def build_cube(leaves):
    """Return the leaves {(group, province, month): number} with the sums along each axis."""
    cube = defaultdict(int)
    for key, number in leaves.items():
        for sums in product((False, True), repeat=len(key)):
            cube[tuple(ALL if is_sum else part for part, is_sum in zip(key, sums, strict=True))] += number
    return dict(cube)


def find_hidden(cube):
    """Return the keys of the cube whose numbers must not be shown."""
    hidden = {key for key, number in cube.items() if 0 < number < SMALLEST_SHOWN}
    lines, is_safe = _list_lines(cube), not hidden
    while not is_safe:
        changed = True
        while changed:
            changed = False
            for total, members in lines:
                if (chosen := _find_complement(cube, total, members, hidden)) is not None:
                    hidden.add(chosen)
                    changed = True
        found = [key for key in find_determined(lines, hidden) if cube[key] < SMALLEST_SHOWN]
        for key in found:
            hidden.add(_find_next(cube, lines, key, hidden))
        is_safe = not found
    return hidden


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
    return min(shown, key=lambda one: (cube[one], str(one)))


def _list_lines(cube):
    """Return (key of the sum, keys of its members) of every line, without members that are zero."""
    lines = defaultdict(list)
    for key, number in cube.items():
        for axis, part in enumerate(key):
            if part != ALL and number:
                lines[(*key[:axis], ALL, *key[axis + 1 :]), axis].append(key)
    return [(total, members) for (total, _axis), members in lines.items()]


def _find_complement(cube, total, members, hidden):
    """Return the smallest shown number of a line that would give a hidden one away, or None."""
    inside = [key for key in members if key in hidden]
    is_total_hidden = total in hidden
    if not inside and not is_total_hidden:
        return None
    # A sum that equals the number of its hidden members says that each of them is 1.
    are_ones = not is_total_hidden and sum(cube[key] for key in inside) == len(inside)
    if len(inside) + is_total_hidden > 1 and not are_ones:
        return None
    shown = [key for key in (*members, total) if key not in hidden]
    return min(shown, key=lambda key: (key == total, cube[key], key), default=None)
