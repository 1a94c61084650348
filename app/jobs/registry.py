"""The registry of job kinds. Each feature registers its own; a job row names one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, url_for

_kinds = {}


@dataclass(frozen=True)
class JobKind:
    """A kind of job: `act(work, **arguments)` does the work, `label` is its name.

    The result is available for `result_lifetime`. `permission` (permission, resource) is required of the owner when the
    job runs and when they download the result. `record_page` (endpoint, argument) is the page of the job's record.
    """

    act: Callable
    label: Any
    result_lifetime: timedelta
    permission: tuple | None
    record_page: tuple | None

    @property
    def is_allowed(self):
        """Return whether the reader has the permission."""
        return self.permission is None or current_app.appbuilder.sm.has_access(*self.permission)


def register_kind(name, *, label, result_lifetime=timedelta(days=7), permission=None, record_page=None):
    """Decorate the function that does a kind of job."""

    def decorate(act):
        _kinds[name] = JobKind(act, label, result_lifetime, permission, record_page)
        return act

    return decorate


def get_kind(name):
    """Return the JobKind of that name, or None if this version does not have it."""
    return _kinds.get(name)


def get_label(name):
    known = get_kind(name)
    return known.label if known is not None else name


def get_record_url(job):
    """Return the URL of the record that the job works on, or None."""
    known = get_kind(job.kind)
    endpoint, argument = known.record_page if known is not None and known.record_page else (None, None)
    number = job.arguments.get(argument)
    return url_for(endpoint, pk=number) if number else None
