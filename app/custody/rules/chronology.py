"""What every record of somebody who is held must keep: nothing in the future, and no step before its beginning."""

from datetime import datetime, timedelta

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

CLOCKS_DIFFER = timedelta(minutes=5)


def not_in_the_future(*fields):
    """A rule (V004) for these fields."""

    def is_past(record, facts):
        limit = record.recorded_at or facts.now
        for name in fields:
            moment = getattr(record, name)
            if limit is None or moment is None:
                continue
            latest = limit + CLOCKS_DIFFER if isinstance(moment, datetime) else limit.date()
            if moment > latest:
                text = _("This is later than the entry, %(entered)s. Enter a time before it.", entered=limit)
                yield Problem(name, text, "V004")

    return is_past


def follows(name, rule, begins, of):
    """A rule: the field `name` is not before `begins` of the record that is found by `of`."""

    def comes_after(record, facts):
        parent, moment = getattr(record, of), getattr(record, name)
        begun = getattr(parent, begins) if parent is not None else None
        if moment is not None and begun is not None and moment < begun:
            text = _("This lies before the beginning, %(begun)s. Correct one of the two.", begun=begun)
            yield Problem(name, text, rule)

    return comes_after


def is_before(first, second, case):
    """Whether `first` lies before `second`; by the day alone where the time of the case is not known."""
    if first is None or second is None:
        return False
    return first.date() < second.date() if case.time_unknown else first < second
