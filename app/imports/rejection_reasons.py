"""Why entries of an import wait: each reason with how many it holds back, so that those of one reason are mended together."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import JSON, column, func, literal_column, select, true

from app.extensions import db
from app.imports.models import WAITS, ImportEntry
from app.kernel.database.engine import dialect_of
from app.kernel.schema.rules import ERROR

LOOKED_THROUGH = 2_000  # of the entries that wait, the first: why they do is taken apart for each page
SHOWN = 12  # the most frequent reasons
PARTS = "rule", "field", "severity"  # of what `waiting.told` keeps


@dataclass(frozen=True)
class Reason:
    """A rule (empty where a cell alone is unclear) that spoke of one field (empty where it spoke of the whole row)."""

    rule: str
    field: str

    def __str__(self):
        return f"{self.rule}~{self.field}"

    @classmethod
    def asked(cls, text):
        """The one that an address names; None where it names none."""
        rule, parted, field = (text or "").partition("~")
        return cls(rule, field) if parted and "\0" not in text else None


def entries(run, reason=None):
    """The statement for the entries that wait, in the order of the file; with `reason` those alone that it holds back."""
    found = _waiting(run, ImportEntry)
    if reason is not None:
        each, rule, field, is_error = _problem(dialect_of(db.session))
        told = select(1).select_from(each).where(rule == reason.rule, field == reason.field, is_error)
        first = _first(run)
        found = found.join(first, first.c.id == ImportEntry.id).where(told.correlate(ImportEntry).exists())
    return found


def of_run(run):
    """(reason, how many of the first entries it holds back), the most frequent first."""
    each, rule, field, is_error = _problem(dialect_of(db.session))
    first, many = _first(run), func.count(ImportEntry.id.distinct())
    found = select(rule, field, many).select_from(ImportEntry).join(first, first.c.id == ImportEntry.id)
    found = found.join(each, true()).where(is_error).group_by(rule, field)
    ordered = found.order_by(many.desc(), rule, field).limit(SHOWN)
    return [(Reason(rule, field), count) for rule, field, count in db.session.execute(ordered)]


def _waiting(run, *what):
    waits = select(*what).where(ImportEntry.run_id == run.id, ImportEntry.state == WAITS)
    return waits.order_by(ImportEntry.row, ImportEntry.id)


def _first(run):
    return _waiting(run, ImportEntry.id).limit(LOOKED_THROUGH).subquery()


@cache
def _problem(dialect):
    """(rows of what is said of an entry, their rule, their field, whether it is an error)."""
    if dialect == "sqlite":
        each = func.json_each(ImportEntry.problems).table_valued("value", name="problem")
        parts = (func.json_extract(each.c.value, literal_column(f"'$.{name}'")) for name in PARTS)
    else:
        each = func.json_array_elements(ImportEntry.problems).table_valued(
            column("value", JSON), name="problem"
        )
        parts = (each.c.value.op("->>")(literal_column(f"'{name}'")) for name in PARTS)
    rule, field, severity = parts
    return each, rule, field, severity == ERROR
