"""Form that fixes one rejected entry: its fields, and the values sent back."""

from dataclasses import dataclass
from typing import Any

from app.imports import code_mapping, page_data, target_fields

MAX_TEXT_LENGTH = 10_000


def list_field_keys(entry, more=()):
    """Return the targets with a value or a problem, and `more` that the user added."""
    reported = {problem["field"] for problem in entry.problems or ()}
    filled = {key for _row, values in entry.values or () for key in values}
    profile = entry.run.profile
    return [
        key
        for key in target_fields.get_targets(entry.run.kind)
        if key in reported.union(filled, profile.columns, more)
    ]


def list_other_targets(entry, more=()):
    """Return the targets without a field yet, grouped by record kind, as choices."""
    shown_keys = set(list_field_keys(entry, more))
    return code_mapping.group_by_part(
        [target for key, target in target_fields.get_targets(entry.run.kind).items() if key not in shown_keys]
    )


@dataclass(frozen=True)
class FormField:
    """A field of the form: its text, and for a code or a record the key that its lookup finds."""

    name: str
    label: Any
    text: str
    error: str
    long: bool
    lookup: str
    key: str


def _build_field(entry, name, target, text, error):
    profile = entry.run.profile
    lookup = f"code.{target.codes}" if target.codes else target.lookup
    long = target.type == target_fields.LINES
    text_shown, key = (
        code_mapping.format_text(profile, target, text),
        code_mapping.resolve_key(profile, target, text),
    )
    return FormField(name, target.label, text_shown, error, long, lookup, key)


def build_rows(entry, rows=None, more=()):
    """Return [(row number, [fields])]; `rows` are values typed but not tried yet."""
    errors = {}
    for problem in entry.problems or ():
        if problem["severity"] == "error":
            messages = errors.setdefault((problem["field"], problem.get("row")), {})
            messages[page_data.format_problems(entry.run, [problem])[0].text] = True
    known = target_fields.get_targets(entry.run.kind)
    return [
        (
            number,
            [
                _build_field(
                    entry,
                    f"{place}-{key}",
                    known[key],
                    values.get(key, ""),
                    _format_field_error(errors, key, number, place == 0 or values.get(key)),
                )
                for key in list_field_keys(entry, more)
            ],
        )
        for place, (number, values) in enumerate(rows or entry.values or ())
    ]


def _format_field_error(errors, key, number, applies):
    """Return the errors of a field: those of its row, and those without a row that may concern it."""
    return " ".join([*errors.get((key, number), ()), *(errors.get((key, None), ()) if applies else ())])


def parse_form(entry, form, more=()):
    """Return the values of an entry as sent by the form."""
    return [
        [
            number,
            {
                key: _parse_field(entry, form, f"{place}-{key}", key, values)[:MAX_TEXT_LENGTH]
                for key in list_field_keys(entry, more)
            },
        ]
        for place, (number, values) in enumerate(entry.values or ())
    ]


def _parse_field(entry, form, name, key, values):
    """Return the key chosen in a lookup or the typed text; an unchanged field keeps its stored value."""
    stored, typed = values.get(key, ""), form.get(f"{name}__text")
    if typed is None:
        return form.get(name, stored)
    field = _build_field(entry, name, target_fields.get_targets(entry.run.kind)[key], stored, "")
    chosen = form.get(name, "")
    if chosen and chosen != field.key:
        return chosen
    return stored if typed == field.text else typed


def summarize_entry(entry, limit=4):
    """Return the first values of an entry as (label, text), which identify it in the list."""
    values, known, profile = (
        entry.values[0][1] if entry.values else {},
        target_fields.get_targets(entry.run.kind),
        entry.run.profile,
    )
    return [
        (
            page_data.get_field_label(entry.run, key),
            code_mapping.format_text(profile, known[key], text) if key in known else text,
        )
        for key, text in list(values.items())[:limit]
    ]


def compare_values(entry):
    """Return [(row number, [(label, text, text of the file or None if unchanged)])] of a fixed entry."""
    return [
        (number, _compare_row(entry, values, dict(entry.file_values).get(number, {})))
        for number, values in entry.values
    ]


def _compare_row(entry, values, of_file):
    known, profile = target_fields.get_targets(entry.run.kind), entry.run.profile
    compared = []
    for key in (key for key in known if values.get(key) or of_file.get(key)):
        text, text_of_file = (
            code_mapping.format_text(profile, known[key], one.get(key, "")) for one in (values, of_file)
        )
        compared.append((known[key].label, text, text_of_file if text != text_of_file else None))
    return compared
