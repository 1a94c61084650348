"""The kinds of jobs. Each feature registers its own; a row of the table names one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

_kinds = {}


@dataclass(frozen=True)
class Kind:
    """`act(work, **arguments)` does it, `label` says what it is, a result is kept for `keeps`."""

    act: Callable
    label: Any
    keeps: timedelta


def kind(name, *, label, keeps=timedelta(days=7)):
    """Decorates the function that does a kind of job."""

    def keep(act):
        _kinds[name] = Kind(act, label, keeps)
        return act

    return keep


def named(name):
    """The Kind of that name; None where no feature of this version knows it."""
    return _kinds.get(name)


def label_of(name):
    known = named(name)
    return known.label if known is not None else name
