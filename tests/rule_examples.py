"""One example of a broken rule: a record, the facts about it, and the problem with its declared level."""

from dataclasses import dataclass
from typing import Any

from app.kernel.schema.rules import check_rules


@dataclass(frozen=True)
class Example:
    """A record that breaks `rule` at `field`. Level is "error", "warning" or "notice"."""

    rule: str
    field: str
    level: str
    record: Any
    facts: Any

    def find_problems(self):
        """Return the problems of this rule and field in the record."""
        problems = check_rules(self.record.__rules__, self.record, self.facts)
        return [one for one in problems if (one.rule, one.field) == (self.rule, self.field)]

    def __str__(self):
        return f"{self.rule or 'no number'} at {type(self.record).__tablename__}.{self.field} ({self.level})"
