"""How a rule speaks: the same in a form, the API, an import and a correction.

A rule is a function that takes what was entered and `facts` (what it must know from elsewhere) and yields
`Problem`s. It knows no web and no database. What was entered may be unfinished: any value may be missing, and a rule
that needs it says nothing then.
"""

from dataclasses import dataclass, field
from typing import Any

ERROR, WARNING, NOTICE = "error", "warning", "notice"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, at one field.

    `rule` is the number in docs/rules.md (V001…), `severity` says whether it stops the save (error), may be
    passed with a reason from the code list `reasons` (warning), or only informs (notice). `row` is the record
    the field belongs to where that is not the record the rule was asked about.
    """

    field: str
    text: Any
    rule: str = ""
    severity: str = ERROR
    reasons: str = "pass_reason"
    row: Any = field(default=None, compare=False)


class RuleBroken(Exception):
    """The last line of defence below the forms: a save that a rule forbids. Carries the problems."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__(" ".join(str(problem.text) for problem in self.problems))


def ask(rules, subject, facts):
    """Every problem that the rules find in `subject`."""
    return [problem for rule in rules for problem in rule(subject, facts)]
