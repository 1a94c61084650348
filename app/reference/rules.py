"""What must be true of units, courts, laws and time limits, and of the days on which a value is in force."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem


def ends_after_it_begins(record, facts):
    if record.valid_from and record.valid_to and record.valid_to < record.valid_from:
        text = _("The last day in force cannot lie before the first, %(first)s.", first=record.valid_from)
        yield Problem("valid_to", text)


def hangs_on_another(name, text):
    """The rule that what a record hangs on by its field `name` is neither the record itself nor hangs on it."""

    def rule(record, facts):
        above, seen = getattr(record, name), set()
        while above is not None and above.code not in seen:
            if above.code == record.code:
                yield Problem(name, text)
                return
            seen.add(above.code)
            above = getattr(above, name)

    return rule


unit_is_not_below_itself = hangs_on_another(
    "parent", _("A unit cannot belong to itself, nor to a unit below it.")
)
court_is_not_its_own_appeal = hangs_on_another(
    "appeal", _("The appeal cannot go to this court itself, nor to one whose appeals come here.")
)


def is_some_time(limit, facts):
    if limit.amount is not None and limit.amount < 1:
        yield Problem("amount", _("A time limit is at least 1."))
