"""Complementary suppression: hides small numbers, and the numbers from which they could be computed.

A cube has a number for each group, province and month, and sums along each axis under the key "" (all). All of them may be
published, so a hidden number must not follow from any line of the cube: the members of one axis and their sum. The same cube
answers every question about protected cases, therefore no two answers differ in what they hide.
"""

from collections import defaultdict
from itertools import product

SMALLEST_SHOWN = 5
ALL = ""


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
    lines = _list_lines(cube)
    changed = bool(hidden)
    while changed:
        changed = False
        for total, members in lines:
            if (chosen := _find_complement(cube, total, members, hidden)) is not None:
                hidden.add(chosen)
                changed = True
    return hidden


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
