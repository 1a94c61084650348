"""Records built from an entry, their legacy numbers, and the problems that the rules report."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from app.imports import target_fields
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import ERROR, INFO, WARNING

# Rules of completeness. An old file lacks what no earlier system recorded: then a record is imported with a warning.
# Rules of truth stay errors.
COMPLETENESS = frozenset(("V012", "V014", "V017", "V019", "V027", "V042", "V075"))
NO_OFFENCE = "V011"  # reported for every entry whose offence could not be read
EMPTY = _("Enter a value.")
PART_OF_MODEL = {cls: part for part, cls in target_fields.MODELS.items()}


@dataclass
class BuiltEntry:
    """`lead` is the main record of the entry and `records` are added to the session.

    `numbers` are (record, legacy number). `rows` map some records (by Python id) to their row in the file.
    """

    lead: Any
    records: list = field(default_factory=list)
    numbers: list = field(default_factory=list)
    rows: dict = field(default_factory=dict)


def collect_problems(entry, problems, lead):
    """Add the problems to the entry under the target of their field, with the row number if it is known.

    Problems of severity INFO are left out; they are computed when the record is read.
    """
    unread = {one.field for one in entry.problems if one.severity == ERROR}
    for problem in problems:
        if problem.severity != INFO and not (problem.rule == NO_OFFENCE and "offence.offence" in unread):
            subject = problem.row if problem.row is not None else lead
            part = PART_OF_MODEL.get(type(subject), "case")
            row = entry.built.rows.get(id(subject)) if entry.built is not None else None
            field_key = f"{part}.{problem.field}"
            if field_key not in unread:  # the cell has its own error
                severity = WARNING if problem.rule in COMPLETENESS else problem.severity
                entry.problems.append(replace(problem, field=field_key, row=row, severity=severity))


def values_for(values, part, *excluded):
    """Return name → value of the columns of one part of a row."""
    return {
        name: value
        for key, value in values.items()
        if (name := _get_field_name(part, key)) is not None and name not in excluded
    }


@cache
def _get_field_name(part, key):
    """Return the field name of the key if it belongs to that part, or None."""
    prefix, _dot, name = key.partition(".")
    return name if prefix == part else None


def require_fields(entry, kind, records):
    """Add a problem for each empty required field, unless a rule has reported it already."""
    reported = {problem.field for problem in entry.problems}
    for record in records:
        for target in _list_required(kind, PART_OF_MODEL[type(record)]):
            if target.key not in reported and getattr(record, target.name) in (None, ""):
                entry.add_problem(target.key, EMPTY)


@cache
def _list_required(kind, part):
    return tuple(
        target
        for target in target_fields.get_targets(kind).values()
        if target.part == part and target.required
    )
