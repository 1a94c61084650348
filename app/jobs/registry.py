"""The kinds of jobs. Each feature registers its own; a row of the table names one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, url_for

_kinds = {}


@dataclass(frozen=True)
class Kind:
    """`act(work, **arguments)` does it, `label` says what it is, a result is kept for `keeps`.

    `right`, (permission, resource), is what its owner must hold when it runs and when he fetches the result. `of`,
    (endpoint, argument), is the page of the record that it works on.
    """

    act: Callable
    label: Any
    keeps: timedelta
    right: tuple | None
    of: tuple | None

    @property
    def is_allowed(self):
        """Whether the reader holds the right."""
        return self.right is None or current_app.appbuilder.sm.has_access(*self.right)


def kind(name, *, label, keeps=timedelta(days=7), right=None, of=None):
    """Decorates the function that does a kind of job."""

    def keep(act):
        _kinds[name] = Kind(act, label, keeps, right, of)
        return act

    return keep


def named(name):
    """The Kind of that name; None where no feature of this version knows it."""
    return _kinds.get(name)


def label_of(name):
    known = named(name)
    return known.label if known is not None else name


def page_of(job):
    """The page of the record that it works on, which tells more; None where it has none."""
    known = named(job.kind)
    endpoint, argument = known.of if known is not None and known.of else (None, None)
    number = job.arguments.get(argument)
    return url_for(endpoint, pk=number) if number else None
