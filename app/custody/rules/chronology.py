"""Rules on the order of times: no step before the start of its record."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem


def not_before(name, rule, begins, of):
    """Return a rule: the field `name` is not before the field `begins` of the record linked by `of`."""

    def comes_after(record, facts):
        parent, moment = getattr(record, of), getattr(record, name)
        begun = getattr(parent, begins) if parent is not None else None
        if moment is not None and begun is not None and moment < begun:
            text = _("This is before the beginning, %(begun)s. Correct one of the two.", begun=begun)
            yield Problem(name, text, rule)

    return comes_after


def is_before(first, second, case):
    """Return True if `first` is before `second`. Compares only dates if the time of the case is unknown."""
    if first is None or second is None:
        return False
    return first.date() < second.date() if case.time_unknown else first < second
