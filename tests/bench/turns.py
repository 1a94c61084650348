"""Asking two processes the same thing in turn, and what comes of it."""

from statistics import median


def in_turn(times, **asked):
    """name → medians of what `asked[name]()` measured, each asked `times` times in the order A B A B …

    The first answers fill caches and are not counted.
    """
    for _ in range(WARM):
        for ask in asked.values():
            ask()
    found = {name: [] for name in asked}
    for _ in range(times):
        for name, ask in asked.items():
            found[name].append(ask())
    return {name: medians(answers) for name, answers in found.items()}


WARM = 8


def medians(answers):
    """The middle of what was measured; the rest is that of the last answer."""
    bad = {one.get("status") for one in answers} - {200, None}
    assert not bad, f"A page answered with {bad}"
    times = {name: median(one[name] for one in answers) for name in ("cpu", "wall")}
    return {**answers[-1], **times}


def share(sorted_values, part):
    """The value below which `part` (0 to 1) of the values lie."""
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * part))]


def cycling(worker, addresses):
    """A question that asks the addresses one after the other, so that no single record is measured."""
    turn = iter(range(10**9))
    return lambda: worker.answer(addresses[next(turn) % len(addresses)])
