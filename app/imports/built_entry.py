"""What an entry became: the records that are to be written, their old numbers, and what the rules said of them."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from app.imports import target_fields
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import NOTICE

EMPTY = _("Fill in this box.")
PARTS = {cls: part for part, cls in target_fields.MODELS.items()}


@dataclass
class Made:
    """`lead` is the record that the entry is; `records` are added to the session, `numbers` are (record, old number), and
    `rows` tell of some records (their Python's id) from which row of the file they came.
    """

    lead: Any
    records: list = field(default_factory=list)
    numbers: list = field(default_factory=list)
    rows: dict = field(default_factory=dict)


def hear(entry, problems, lead):
    """Keep what rules said, each under the target of its field and, where it is known, with its row in place of the record;
    what only informs is said when the record is read.
    """
    for problem in problems:
        if problem.severity != NOTICE:
            subject = problem.row if problem.row is not None else lead
            part = PARTS.get(type(subject), "case")
            row = entry.made.rows.get(id(subject)) if entry.made is not None else None
            entry.problems.append(replace(problem, field=f"{part}.{problem.field}", row=row))


def given(values, part, *left_out):
    """name → value of the columns of one part of a row."""
    return {
        name: value
        for key, value in values.items()
        if (name := _name_in(part, key)) is not None and name not in left_out
    }


@cache
def _name_in(part, key):
    """The name of a column, where it is of that part."""
    whose, _dot, name = key.partition(".")
    return name if whose == part else None


def ask_for_all(entry, kind, records):
    """What no record is without is asked for, where no rule has spoken of it already."""
    said = {problem.field for problem in entry.problems}
    for record in records:
        for target in _forced(kind, PARTS[type(record)]):
            if target.key not in said and getattr(record, target.name) in (None, ""):
                entry.say(target.key, EMPTY)


@cache
def _forced(kind, part):
    return tuple(one for one in target_fields.of_kind(kind).values() if one.part == part and one.forced)
