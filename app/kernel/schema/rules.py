"""Validation rules and their problems, the same in a form, the API, an import and a correction.

A rule is a function of the entered record and `facts` (data from elsewhere) that yields `Problem`s. It uses neither the web
framework nor the database. The record may be incomplete: any value may be missing, and a rule that needs it then yields
nothing.
"""

from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from app.kernel.i18n.lazy_message import _

ERROR, WARNING, INFO = "error", "warning", "notice"
WHOLE_RECORD = "record"  # the field of a problem that concerns no particular field
CLOCK_TOLERANCE = timedelta(minutes=5)  # between the clocks of computers


@dataclass(frozen=True)
class Facts:
    """The facts of a record, if its rules need no other records. `now` is the time of entry."""

    now: datetime | None = None


class FormLink(NamedTuple):
    """The form that solves a problem: its view, and the values that it starts with. Its title is the text of the link."""

    view: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """One problem at one field.

    `rule` is the number in docs/rules.md (V001…). `severity` is "error" (prevents the save), "warning" (can be overridden
    with a reason from the code list `reasons`) or "notice" (informs only). `row` is the record of the field if it is not
    the record that was checked. `named` are the records whose names the text contains, which the page links. `form` is the
    form that solves the problem, which the page links too.
    """

    field: str
    text: Any
    rule: str = ""
    severity: str = ERROR
    reasons: str = "override_reason"
    row: Any = dataclass_field(default=None, compare=False)
    named: tuple[Any, ...] = dataclass_field(default=(), compare=False)
    form: FormLink | None = dataclass_field(default=None, compare=False)


class RuleViolation(Exception):
    """Raised below the forms for a save that a rule forbids. Has the `problems`."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__(" ".join(str(problem.text) for problem in self.problems))


def check_rules(rules, subject, facts):
    """Return all problems that the rules find in `subject`."""
    return [problem for rule in rules for problem in rule(subject, facts)]


def check_each(rows, rules, facts):
    """Yield the problems that `rules` find in each of `rows`; every problem carries its row."""
    for row in rows:
        for problem in check_rules(rules, row, facts):
            yield problem if problem.row is not None else replace(problem, row=row)


def check_rows(record, facts):
    """Rule: every row of the record that is not void keeps the rules of its own model."""
    for row in record.checked_rows:
        if row.voided_at is None:
            yield from check_each([row], row.__rules__, facts)


def not_in_the_future(*fields, rule="V004"):
    """Return a rule: none of these dates or times is after the registration of the record."""

    def is_past(record, facts):
        limit = record.recorded_at or facts.now
        for name in fields:
            moment = getattr(record, name)
            if limit is None or moment is None:
                continue
            latest = limit + CLOCK_TOLERANCE if isinstance(moment, datetime) else limit.date()
            if moment > latest:
                text = _("This is later than the entry, %(entered)s. Enter a time before it.", entered=limit)
                yield Problem(name, text, rule)

    return is_past
