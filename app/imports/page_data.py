"""What the pages of an import show: the first rows, what a trial run found, what waits."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select

from app.extensions import db
from app.imports import actions, profiles, readers, rejection_reasons, target_fields
from app.imports.entries import Entry
from app.imports.entries import read as read_entries
from app.jobs.models import OPEN, Job
from app.kernel.schema import code_lists
from app.kernel.schema.display import language, said
from app.kernel.schema.fields import declared
from app.kernel.schema.rules import ERROR
from app.kernel.screens.dashboard import leaf
from app.kernel.text import dates

FEW = 3  # rows that are named one by one
WAITING, MOST_WAITING = 25, 20_000  # entries of a page, and of all that can be turned over


def choices():
    """(key, word, kind) of every profile that can be chosen for a file."""
    shipped = [(one.key, one.title, one.kind) for one in profiles.shipped().values()]
    own = [(f"own-{one.id}", one.name, one.kind) for one in actions.own_profiles()]
    fresh = [(f"new-{kind}", gettext("I choose the columns myself"), kind) for kind in target_fields.KINDS]
    return [
        (key, f"{code_lists.label('import_kind', kind)} · {word}")
        for key, word, kind in (*shipped, *own, *fresh)
    ]


def label_of(run, key):
    """The word of a target, as the forms have it, with the old name of what it belongs to."""
    target = target_fields.of_kind(run.kind).get(key)
    if target is not None:
        return str(target.label)
    part, _dot, name = key.partition(".")  # what a rule speaks of and no column fills
    meaning = declared(target_fields.MODELS[part]).get(name) if part in target_fields.MODELS else None
    return str(meaning.label) if meaning is not None else ""


class Preview:
    """The first rows of a file as its profile reads them; `fault` says why they cannot be read."""

    def __init__(self, run):
        self.run, self.fault, self.headings, self.rows = run, "", [], []
        try:
            self.headings, rows = actions.head_of(run)
            self.raw = [[_plain(cell) for cell in cells] for _number, cells in rows[:3]]
            self.rows = self._read(rows)
        except (readers.Unusable, FileNotFoundError) as fault:
            self.fault = (
                str(fault) if isinstance(fault, readers.Unusable) else gettext("The file is no longer kept.")
            )

    def _read(self, rows):
        profile = self.run.profile
        missing = [name for name in profile.columns.values() if name not in self.headings]
        if missing or not profile.columns:
            self.fault = gettext(
                "The file has no column «%(name)s», which the profile names.",
                name=missing[0] if missing else "",
            )
            return []
        places = {key: self.headings.index(name) for key, name in profile.columns.items()}
        entries = [
            Entry(
                [(number, {key: row[place] if place < len(row) else None for key, place in places.items()})]
            )
            for number, row in rows
        ]
        read_entries(profile, entries)
        return [(entry.row, [self._cell(entry, key) for key in places]) for entry in entries]

    def _cell(self, entry, key):
        """(what it means, what is wrong with it) of one cell."""
        wrong = next((str(one.text) for one in entry.problems if one.field == key), "")
        value, target = entry.first.get(key), self.run.profile.targets[key]
        if target.type == target_fields.CODE and value:
            return code_lists.label(target.codes, value), wrong
        return (
            _plain(entry.rows[0][1].get(key)) if wrong else said(value) if value is not None else ""
        ), wrong

    @property
    def numbers(self):
        return [number for number, _cells in self.rows]

    @property
    def lines(self):
        """(what it is, its column, [(what it means, what is wrong) in each of the rows]) of every target."""
        for place, (key, heading) in enumerate(self.run.profile.columns.items()):
            yield label_of(self.run, key), heading, [cells[place] for _number, cells in self.rows]


def _plain(cell):
    return "" if cell is None else str(cell)[:80]


@dataclass(frozen=True)
class Said:
    """One thing that is wrong: where, what, and by which rule."""

    label: str
    text: str
    rule: str
    is_error: bool


def problems_of(run, problems, first=None):
    """What is wrong with an entry that begins with the row `first`; what several of its rows have in common is said once."""
    words, rows = "en" if language() == "en" else "km", {}
    for one in problems or ():
        said = one["field"], one[words], one["rule"], one["severity"] == ERROR
        rows.setdefault(said, {})[one.get("row")] = None
    return [
        Said(_where(run, field, list(those), first), text, rule, is_error)
        for (field, text, rule, is_error), those in rows.items()
    ]


def _where(run, field, rows, first):
    """The box, and a few rows, unless the first alone or very many are meant."""
    label = label_of(run, field)
    if rows in ([None], [first]) or len(rows) > FEW:
        return label
    numbers = [
        gettext("Row %(row)s", row=dates.say_number(row, language())) for row in rows if row is not None
    ]
    return " · ".join([label, *numbers])


class Report:
    """What the last trial run found, in words."""

    def __init__(self, run):
        self.run, self.told = run, run.report or {}

    def __bool__(self):
        return "entries" in self.told

    @property
    def refused(self):
        words = self.told.get("refused")
        return words["km" if language() == "km" else "en"] if words else ""

    def count(self, name):
        return self.told.get(name, 0)

    @property
    def rules(self):
        """(rule, where, whether it is an error, how often)."""
        return [
            (rule, label_of(self.run, field), severity == ERROR, n)
            for rule, severity, field, n in self.told.get("rules", ())
        ]

    @property
    def examples(self):
        return [
            (one["row"], problems_of(self.run, one["problems"], one["row"]))
            for one in self.told.get("examples", ())
        ]


def job_of(run, *kinds):
    """The latest work of these kinds on this import that is under way."""
    found = select(Job).where(Job.kind.in_(kinds), Job.state.in_(OPEN)).order_by(Job.id.desc())
    return next(
        (one for one in db.session.scalars(found.limit(50)) if one.arguments.get("run") == run.id), None
    )


def waiting(run, reason=None):
    """The leaf of entries that wait, also where it stands under a refusal, whose address is another."""

    def url(number):
        return url_for("WaitingView.list", pk=run.id, page=number, reason=reason)

    return leaf(rejection_reasons.entries(run, reason), WAITING, MOST_WAITING, url=url)


def reasons_of(run):
    """(reason, where it lies, how many of the first entries it holds back) of what waits."""
    return [(one, label_of(run, one.field), many) for one, many in rejection_reasons.of_run(run)]
