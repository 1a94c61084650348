"""What scope, trace and lock cost: the register with them and without them, each in its process, asked in turn.

Without them nobody listens to its sessions who keeps one of the three (`listening`), everybody sees everything, no look
is written down, and its database, a copy, has lost the triggers of lock and log. The product cannot be run like that.
"""

from tests.bench.saves import Saving
from tests.bench.turns import in_turn

SAVE, LIST = 1.25, 1.0  # of a save without them, at most; milliseconds of a list, at most
LISTS = {"list of people, with its look": "/person/list/", "list of cases": "/case/list/"}


def measure(ours, bare, times):
    rows = [_row("saving a case", in_turn(times, ours=Saving(ours).save, bare=Saving(bare).save), SAVE, None)]
    for name, address in LISTS.items():
        found = in_turn(times, ours=lambda a=address: ours.answer(a), bare=lambda a=address: bare.answer(a))
        rows.append(_row(name, found, None, LIST))
    return rows


def _row(name, found, ratio, milliseconds):
    ours, bare = found["ours"], found["bare"]
    return {
        "page": name,
        "cpu": ours["cpu"],
        "wall": ours["wall"],
        "cpu_bare": bare["cpu"],
        "wall_bare": bare["wall"],
        "statements": ours["statements"],
        "statements_bare": bare["statements"],
        "ratio": ours["cpu"] / bare["cpu"],
        "more": ours["cpu"] - bare["cpu"],
        "ratio_target": ratio,
        "more_target": milliseconds,
    }
