"""Alternate measurements of two processes."""

from statistics import median


def in_turn(times, **asked):
    """Return name → medians of `asked[name]()`, each called `times` times in the order A B A B …

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
    """Return the medians of the measurements; other values are those of the last answer."""
    bad = {one.get("status") for one in answers} - {200, None}
    assert not bad, f"A page answered with {bad}"
    times = {name: median(one[name] for one in answers) for name in ("cpu", "wall")}
    return {**answers[-1], **times}


def share(sorted_values, part):
    """Return the value below which `part` (0 to 1) of the values are."""
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * part))]


def cycling(worker, addresses):
    """Return a function that requests the addresses in turn, so that no single record is measured."""
    turn = iter(range(10**9))
    return lambda: worker.answer(addresses[next(turn) % len(addresses)])
