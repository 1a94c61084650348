"""Mending what waits on screen: the boxes of one entry."""

from dataclasses import dataclass
from typing import Any

from app.imports import code_mapping, page_data, target_fields

LONGEST = 10_000


def keys_of(entry, more=()):
    """The targets that the file fills, those that are asked for, and `more` that somebody wants boxes of."""
    asked = {one["field"] for one in entry.problems or ()}
    filled = {key for _row, values in entry.values or () for key in values}
    profile = entry.run.profile
    return [
        key
        for key in target_fields.of_kind(entry.run.kind)
        if key in asked.union(filled, profile.columns, more)
    ]


def others_of(entry, more=()):
    """(what it belongs to, [(target, its name)]) of everything that has no box yet."""
    shown = set(keys_of(entry, more))
    return code_mapping.by_part(
        [one for key, one in target_fields.of_kind(entry.run.kind).items() if key not in shown]
    )


@dataclass(frozen=True)
class Box:
    """One box of an entry: what it shows in words, and for a code or a record its key, which its lookup finds."""

    name: str
    label: Any
    text: str
    bad: str
    long: bool
    lookup: str
    key: str


def _box(entry, name, target, text, bad):
    profile = entry.run.profile
    lookup = f"code.{target.codes}" if target.codes else target.lookup
    long = target.type == target_fields.LINES
    shown, key = code_mapping.shown(profile, target, text), code_mapping.kept(profile, target, text)
    return Box(name, target.label, shown, bad, long, lookup, key)


def boxes_of(entry, rows=None, more=()):
    """[(row, [its boxes])]; `rows` is what was typed so far, where that was not tried yet."""
    wrong = {}
    for one in entry.problems or ():
        if one["severity"] == "error":
            found = wrong.setdefault((one["field"], one.get("row")), {})
            found[page_data.problems_of(entry.run, [one])[0].text] = True
    known = target_fields.of_kind(entry.run.kind)
    return [
        (
            number,
            [
                _box(
                    entry,
                    f"{place}-{key}",
                    known[key],
                    values.get(key, ""),
                    _told(wrong, key, number, place == 0 or values.get(key)),
                )
                for key in keys_of(entry, more)
            ],
        )
        for place, (number, values) in enumerate(rows or entry.values or ())
    ]


def _told(wrong, key, number, is_meant):
    """What is wrong in a box: that of its own row, and what was said of no row in particular where that may be meant."""
    return " ".join([*wrong.get((key, number), ()), *(wrong.get((key, None), ()) if is_meant else ())])


def cells_typed(entry, form, more=()):
    """The values of an entry as somebody has mended them on its page."""
    return [
        [
            number,
            {
                key: _typed(entry, form, f"{place}-{key}", key, values)[:LONGEST]
                for key in keys_of(entry, more)
            },
        ]
        for place, (number, values) in enumerate(entry.values or ())
    ]


def _typed(entry, form, name, key, values):
    """The key that a lookup found, or the text that was typed in its place; what nobody touched stays as it was."""
    before, words = values.get(key, ""), form.get(f"{name}__text")
    if words is None:
        return form.get(name, before)
    shown = _box(entry, name, target_fields.of_kind(entry.run.kind)[key], before, "")
    chosen = form.get(name, "")
    if chosen and chosen != shown.key:
        return chosen
    return before if words == shown.text else words


def lines_of(entry, most=4):
    """The first values of an entry, by which somebody knows it again."""
    values, known, profile = (
        entry.values[0][1] if entry.values else {},
        target_fields.of_kind(entry.run.kind),
        entry.run.profile,
    )
    return [
        (
            page_data.label_of(entry.run, key),
            code_mapping.shown(profile, known[key], text) if key in known else text,
        )
        for key, text in list(values.items())[:most]
    ]
