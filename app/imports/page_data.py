"""Data of the import pages: first rows, result of the trial run, and rejected entries."""

from dataclasses import dataclass, replace

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select

from app.extensions import db
from app.imports import (
    actions,
    code_mapping,
    profiles,
    proposals,
    readers,
    rejection_reasons,
    saved_profiles,
    survey,
    target_fields,
    uploads,
    value_matches,
)
from app.imports.entries import Entry, parse_entries
from app.imports.models import FIXED, ImportEntry
from app.jobs.models import OPEN_STATES, Job
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value, reader_language
from app.kernel.schema.fields import fields_of
from app.kernel.schema.rules import ERROR
from app.kernel.screens.dashboard import paginate
from app.kernel.text import dates

MAX_NAMED_ROWS = 3  # rows listed one by one
PAGE_SIZE, MAX_WAITING = 25, 20_000  # entries per page, and entries that can be paged through
FIXED_PAGE_SIZE = 100  # fixed entries that an officer approves at once


def list_profile_choices():
    """Return (key, label) of every profile that a file may use."""
    shipped_choices = [
        (profile.key, profile.title, profile.kind) for profile in profiles.load_shipped().values()
    ]
    own_choices = [(f"own-{profile.id}", profile.name, profile.kind) for profile in saved_profiles.list_all()]
    new_choices = [
        (f"new-{kind}", gettext("Choose the columns manually"), kind) for kind in target_fields.KINDS
    ]
    return [
        (key, f"{code_lists.label('import_kind', kind)} · {word}")
        for key, word, kind in (*shipped_choices, *own_choices, *new_choices)
    ]


def get_field_label(run, key):
    """Return the label of a target as in the forms, or of a field that only rules report."""
    target = target_fields.get_targets(run.kind).get(key)
    if target is not None:
        return str(target.label)
    part, _dot, name = key.partition(".")  # a field that rules report and no column fills
    meaning = fields_of(target_fields.MODELS[part]).get(name) if part in target_fields.MODELS else None
    return str(meaning.label) if meaning is not None else ""


class MappingTable:
    """The columns of a file for the mapping page; `fault` says why they cannot be read."""

    def __init__(self, run):
        self.run, self.fault, self.surveys, self.rows, self.sheets = run, "", [], 0, []
        try:
            self.sheets = readers.list_sheets(uploads.get_path(run.sha256))
            self.surveys, self.rows = survey.survey_file(run.sha256, run.profile)
        except readers.UnreadableFile as fault:
            self.fault = str(fault)

    @property
    def is_partial(self):
        """Whether only the first rows are counted."""
        return self.rows >= survey.SURVEY_ROWS

    @property
    def dates(self):
        """Return the counts of the ways in which the dates are written."""
        profile = self.run.profile
        keys = [
            key
            for key in profile.columns
            if profile.targets[key].type in (target_fields.DATE, target_fields.MOMENT)
        ]
        names = {profile.columns[key] for key in keys}
        return proposals.count_dates([one for one in self.surveys if one.heading in names])


class ValueTable:
    """The values of a file that the system does not know, each with its proposal."""

    def __init__(self, run):
        self.run, self.profile = run, run.profile
        self.table = MappingTable(run)
        self.fault, self.is_partial = self.table.fault, self.table.is_partial
        matches = value_matches.find_unknown(self.profile, self.table.surveys)
        self.total, self.matches = len(matches), matches[: value_matches.MAX_VALUES]

    @property
    def rows(self):
        """Yield (number, match, field label, list of choices or lookup name)."""
        for number, match in enumerate(self.matches):
            target = self.profile.targets[match.target]
            choices = code_lists.choices(target.codes) if target.codes else ()
            yield number, match, get_field_label(self.run, match.target), choices, target.lookup

    def apply_form(self, form):
        """Return the profile with the meanings that the officer confirmed; an empty one stays unknown."""
        codes = {key: dict(meanings) for key, meanings in self.profile.codes.items()}
        known = {(match.target, match.value) for match in self.matches}
        for number in range(value_matches.MAX_VALUES):
            target, value, key = (form.get(f"{name}-{number}", "") for name in ("target", "value", "key"))
            if (target, value) in known and key and code_mapping.is_known(self.profile.targets[target], key):
                codes.setdefault(target, {})[value] = key
        return replace(self.profile, codes=codes)


def has_unknown_values(run, profile):
    """Return whether a value of the first rows has no meaning in the system."""
    surveys, _rows = survey.survey_file(run.sha256, profile)
    return bool(value_matches.find_unknown(profile, surveys))


class Preview:
    """First rows of a file as parsed with its profile; `fault` says why they cannot be read."""

    def __init__(self, run):
        self.run, self.fault, self.headings, self.rows = run, "", [], []
        try:
            self.headings, rows = actions.read_preview(run)
            self.raw = [[_format_cell(cell) for cell in cells] for _number, cells in rows[:3]]
            self.rows = self._read(rows)
        except readers.UnreadableFile as fault:
            self.fault = str(fault)

    def _read(self, rows):
        profile = self.run.profile
        missing_names = [name for name in profile.columns.values() if name not in self.headings]
        if missing_names or not profile.columns:
            self.fault = gettext(
                "The file has no column «%(name)s», which the profile uses.",
                name=missing_names[0] if missing_names else "",
            )
            return []
        places = {key: self.headings.index(name) for key, name in profile.columns.items()}
        entries = [
            Entry(
                [(number, {key: row[place] if place < len(row) else None for key, place in places.items()})]
            )
            for number, row in rows
        ]
        parse_entries(profile, entries)
        return [(entry.row, [self._cell(entry, key) for key in places]) for entry in entries]

    def _cell(self, entry, key):
        """Return (formatted value, error) of a cell."""
        error = next((str(one.text) for one in entry.problems if one.field == key), "")
        value, target = entry.first.get(key), self.run.profile.targets[key]
        if target.type == target_fields.CODE and value:
            return code_lists.label(target.codes, value), error
        return (
            _format_cell(entry.rows[0][1].get(key))
            if error
            else format_value(value)
            if value is not None
            else ""
        ), error

    @property
    def numbers(self):
        return [number for number, _cells in self.rows]

    @property
    def target_rows(self):
        """Yield (label, heading, [(value, error) per row]) of every target."""
        for place, (key, heading) in enumerate(self.run.profile.columns.items()):
            yield get_field_label(self.run, key), heading, [cells[place] for _number, cells in self.rows]


def _format_cell(cell):
    return "" if cell is None else str(cell)[:80]


@dataclass(frozen=True)
class ProblemText:
    """A problem for display: where, what, and by which rule."""

    label: str
    text: str
    rule: str
    is_error: bool


def format_problems(run, problems, first=None):
    """Return the problems of an entry from row `first`; a problem of several rows is listed once."""
    language, rows = "en" if reader_language() == "en" else "km", {}
    for problem in problems or ():
        key = problem["field"], problem[language], problem["rule"], problem["severity"] == ERROR
        rows.setdefault(key, {})[problem.get("row")] = None
    return [
        ProblemText(_format_location(run, field, list(row_numbers), first), text, rule, is_error)
        for (field, text, rule, is_error), row_numbers in rows.items()
    ]


def _format_location(run, field, rows, first):
    """Return the field label with its rows; without rows if only the first or too many are concerned."""
    label = get_field_label(run, field)
    if rows in ([None], [first]) or len(rows) > MAX_NAMED_ROWS:
        return label
    numbers = [
        gettext("Row %(row)s", row=dates.format_number(row, reader_language()))
        for row in rows
        if row is not None
    ]
    return " · ".join([label, *numbers])


class TrialSummary:
    """Result of the last trial run, formatted for the page."""

    def __init__(self, run):
        self.run, self.data = run, run.report or {}

    def __bool__(self):
        return "entries" in self.data

    @property
    def refused(self):
        messages = self.data.get("refused")
        return messages["km" if reader_language() == "km" else "en"] if messages else ""

    def count(self, name):
        return self.data.get(name, 0)

    @property
    def is_withheld(self):
        """True if the invalid rows are not shown: they name more registered people than the officer may see in a day."""
        return self.data.get("is_withheld", False)

    @property
    def rules(self):
        """Return (rule, field label, is error, count)."""
        return [
            (rule, get_field_label(self.run, field), severity == ERROR, n)
            for rule, severity, field, n in self.data.get("rules", ())
        ]

    @property
    def examples(self):
        return [
            (one["row"], format_problems(self.run, one["problems"], one["row"]))
            for one in self.data.get("examples", ())
        ]


def find_running_job(run, *kinds):
    """Return the latest open job of these kinds for this import, or None."""
    query = select(Job).where(Job.kind.in_(kinds), Job.state.in_(OPEN_STATES)).order_by(Job.id.desc())
    return next(
        (job for job in db.session.scalars(query.limit(50)) if job.arguments.get("run") == run.id), None
    )


def paginate_waiting(run, reason=None):
    """Return a page of rejected entries. Its links are explicit, because an error page has another URL."""

    def url(number):
        return url_for("RejectedEntryView.list", pk=run.id, page=number, reason=reason)

    return paginate(rejection_reasons.select_entries(run, reason), PAGE_SIZE, MAX_WAITING, url=url)


def paginate_fixed(run):
    """Return a page of fixed entries in file order."""

    def url(number):
        return url_for("RejectedEntryView.fixed", pk=run.id, page=number)

    query = select(ImportEntry).where(ImportEntry.run_id == run.id, ImportEntry.state == FIXED)
    return paginate(query.order_by(ImportEntry.row, ImportEntry.id), FIXED_PAGE_SIZE, MAX_WAITING, url=url)


def list_reasons(run):
    """Return (reason, field label, entry count) of the rejected entries."""
    return [
        (reason, get_field_label(run, reason.field), count)
        for reason, count in rejection_reasons.count_reasons(run)
    ]
