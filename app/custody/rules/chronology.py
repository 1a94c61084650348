"""Rules on the order of times: no step before the start of its record."""

from app.cases.rules.times import is_before
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.display import is_day_only
from app.kernel.schema.rules import Problem


def not_before(name, rule, begins, of):
    """Return a rule: the field `name` is not before the field `begins` of the record linked by `of`.

    If one of them has no time, the days are compared.
    """

    def comes_after(record, facts):
        parent, moment = getattr(record, of), getattr(record, name)
        begun = getattr(parent, begins) if parent is not None else None
        if moment is None or begun is None:
            return
        day_only = is_day_only(record, name) or is_day_only(parent, begins)
        if is_before(moment, begun, day_only):
            begun = begun.date() if is_day_only(parent, begins) else begun
            text = _("This is before the beginning, %(begun)s. Correct one of the two.", begun=begun)
            yield Problem(name, text, rule)

    return comes_after


def not_after_rows(name, rule, *links):
    """Return a rule: the field `name` is not after a valid row of the relationships `links`, which follows it."""

    def comes_before(record, facts):
        begun = getattr(record, name)
        rows = [one for link in links for one in getattr(record, link) if one.voided_at is None]
        for one in rows if begun is not None else ():
            moment, day_only = getattr(one, one.__when__), is_day_only(record, name)
            if is_before(moment, begun, day_only or is_day_only(one, one.__when__)):
                text = _(
                    "A later row of this record has an earlier time, %(when)s. Correct that row first.",
                    when=moment,
                )
                yield Problem(name, text, rule)
                return

    return comes_before
