"""Counts rejected entries by reason, so that entries with one reason are fixed together."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import JSON, column, func, literal_column, select, true

from app.extensions import db
from app.imports.models import WAITING, ImportEntry
from app.kernel.database.engine import dialect_name
from app.kernel.schema.rules import ERROR

MAX_SCANNED = 2_000  # only the first rejected entries are analysed, because each page parses their problems
MAX_REASONS = 12  # the most frequent reasons are shown
PROBLEM_KEYS = "rule", "field", "severity"  # keys stored by `rejected_entries.serialize_problems`


@dataclass(frozen=True)
class Reason:
    """A rule (empty for an invalid cell) that reported one field (empty for the whole row)."""

    rule: str
    field: str

    def __str__(self):
        return f"{self.rule}~{self.field}"

    @classmethod
    def parse(cls, text):
        """Return the reason in a query parameter, or None."""
        rule, separator, field = (text or "").partition("~")
        return cls(rule, field) if separator and "\0" not in text else None


def select_entries(run, reason=None):
    """Return the query for the rejected entries in file order, optionally of one reason."""
    query = _select_waiting(run, ImportEntry)
    if reason is not None:
        problems, rule, field, is_error = _build_problem_columns(dialect_name(db.session))
        matches = select(1).select_from(problems).where(rule == reason.rule, field == reason.field, is_error)
        first = _select_first(run)
        query = query.join(first, first.c.id == ImportEntry.id).where(matches.correlate(ImportEntry).exists())
    return query


def count_reasons(run):
    """Return (reason, number of its entries among the first MAX_SCANNED), the most frequent first."""
    problems, rule, field, is_error = _build_problem_columns(dialect_name(db.session))
    first, entry_count = _select_first(run), func.count(ImportEntry.id.distinct())
    query = (
        select(rule, field, entry_count).select_from(ImportEntry).join(first, first.c.id == ImportEntry.id)
    )
    query = query.join(problems, true()).where(is_error).group_by(rule, field)
    query = query.order_by(entry_count.desc(), rule, field).limit(MAX_REASONS)
    return [(Reason(rule, field), count) for rule, field, count in db.session.execute(query)]


def _select_waiting(run, *columns):
    query = select(*columns).where(ImportEntry.run_id == run.id, ImportEntry.state == WAITING)
    return query.order_by(ImportEntry.row, ImportEntry.id)


def _select_first(run):
    return _select_waiting(run, ImportEntry.id).limit(MAX_SCANNED).subquery()


@cache
def _build_problem_columns(dialect):
    """Return (table of the problems of an entry, its rule, its field, whether it is an error)."""
    if dialect == "sqlite":
        problems = func.json_each(ImportEntry.problems).table_valued("value", name="problem")
        values = (func.json_extract(problems.c.value, literal_column(f"'$.{name}'")) for name in PROBLEM_KEYS)
    else:
        problems = func.json_array_elements(ImportEntry.problems).table_valued(
            column("value", JSON), name="problem"
        )
        values = (problems.c.value.op("->>")(literal_column(f"'{name}'")) for name in PROBLEM_KEYS)
    rule, field, severity = values
    return problems, rule, field, severity == ERROR
