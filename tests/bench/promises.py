"""The cost of scope, audit log and record lock: the system with and without them, in two processes,
requested in turn.

Without them no session hook enforces one of the three (`answering.PROMISES`), every user sees all records, and no
access is logged. Its database, a copy, has no triggers of lock and audit log. The product cannot run like
that.
"""

from tests.bench.saves import Saving
from tests.bench.turns import in_turn

SAVE, LIST = 1.25, 1.0  # largest ratio of a save; largest milliseconds of a list
LISTS = {"list of people, with its access log": "/person/list/", "list of cases": "/case/list/"}


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
