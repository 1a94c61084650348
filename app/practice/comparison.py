"""The comparison of an entered case with the model answer of an exercise. Pure: no database, no request.

An answer is section → rows → field → text, as `answers.read_answer` makes it. A field of a model is a text, or a dictionary:
`any`: one of these texts; `begins`: the text begins so; `words`: the text contains each word, or one of `a|b`; `may`: a missing
field is no mistake. `answer` is what the author entered, for the page of the teacher.
"""
# chosen fields: those that a rule explains, and those that a model need not have

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

RIGHT, DIFFERENT, MISSING, EXTRA = "right", "different", "missing", "extra"
ENTERED = ("case", "offences", "people", "exhibits")
# What an officer does about a case later. Their forms have more fields than a model asks for.
ACTS = ("arrests", "custodies", "custody_steps", "releases", "match_answers", "corrections")
SECTIONS = (*ENTERED, *ACTS)
# A field that says what the row is about counts more when rows are paired.
KEY_FIELDS = {"offence", "role", "given_km", "given_latin", "kind", "plate", "substance", "outcome"}
KEY_WEIGHT = 3
# Rule that explains a field, docs/rules.md.
RULES = {
    ("case", "occurred_from"): "V001", ("case", "occurred_to"): "V002", ("case", "reported_at"): "V003",
    ("case", "place"): "V007", ("case", "late_reason"): "V005", ("case", "summary"): "V025", ("case", "sensitivity"): "V016",
    ("case", "abroad_country"): "V007",
    ("offences", "offence"): "V011", ("offences", "offence_class"): "V012", ("offences", "attempt"): "V024",
    ("people", "role"): "V049", ("people", "surname_km"): "V030", ("people", "given_km"): "V030",
    ("people", "surname_latin"): "V030", ("people", "given_latin"): "V030", ("people", "sex"): "V041",
    ("people", "nationality"): "V042", ("people", "born_on"): "V032", ("people", "age_stated"): "V033",
    ("people", "birth_precision"): "V034", ("people", "age_from"): "V034", ("people", "age_to"): "V034",
    ("people", "photo_missing"): "V039", ("people", "injury"): "V015", ("people", "document_number"): "V035",
    ("exhibits", "property_role"): "V019", ("exhibits", "plate"): "V022", ("exhibits", "substance"): "V017",
    ("custody_steps", "at"): "V060", ("releases", "released_on"): "V090", ("releases", "kind"): "V087",
    ("exhibits", "quantity"): "V017", ("exhibits", "measure"): "V017", ("exhibits", "value_khr"): "V021",
}  # fmt: skip
# Filled in by the page, or a matter of style: an answer may have them although the model does not.
FREE = {
    "case": {"reported_at", "sensitivity", "report_kind", "modus_operandi_text", "place_text", "time_unknown", "report_time_unknown", "photo_missing"},
    "offences": {"offence_class", "class_reason"},
    "people": {"birth_precision", "photo_missing", "nationality", "participation", "note", "surname_latin", "given_latin"},
    "exhibits": {"description", "currency"},
}  # fmt: skip


@dataclass(frozen=True)
class FieldResult:
    """One field: the verdict, what the model and the answer have, and the number of the rule that explains it."""

    name: str
    verdict: str
    expected: Any
    given: str
    rule: str


@dataclass
class RowResult:
    """One row of the model, of the answer, or of both. `verdict` is about the row as a whole."""

    section: str
    verdict: str
    fields: list = field(default_factory=list)


@dataclass
class Comparison:
    """All rows, and the score in percent of what the model asks for."""

    rows: list
    score: int


def compare(model, answer):
    """Return the comparison of an answer with a model."""
    rows = []
    for section in SECTIONS:
        rows += _compare_section(section, model.get(section, []), answer.get(section, []))
    asked = [(row, one) for row in rows for one in row.fields if one.verdict != EXTRA]
    right = sum(one.verdict == RIGHT for _row, one in asked)
    extra_rows = sum(row.verdict == EXTRA for row in rows)
    total = len(asked) + extra_rows
    return Comparison(rows, round(100 * right / total) if total else 0)


def is_met(expected, given):
    """Return whether a text is what the model asks for."""
    if isinstance(expected, str):
        return given == expected
    if "words" in expected:
        return all(any(word in given for word in words.split("|")) for words in expected["words"])
    if "begins" in expected:
        return given.startswith(expected["begins"])
    return given in expected["any"]


def _compare_section(section, expected_rows, given_rows):
    pairs = (
        zip_longest(expected_rows, given_rows) if section == "case" else _pair_rows(expected_rows, given_rows)
    )
    return [_compare_row(section, one, other) for one, other in pairs]


def _pair_rows(expected_rows, given_rows):
    """Yield (row of the model, row of the answer): the pairs that fit best first, then the rows without a partner."""
    fits = sorted(
        (
            (-_rate_fit(one, other), i, j)
            for i, one in enumerate(expected_rows)
            for j, other in enumerate(given_rows)
        ),
    )
    partner, taken = {}, set()
    for fit, i, j in fits:
        if fit < 0 and i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    for i, one in enumerate(expected_rows):
        yield one, given_rows[partner[i]] if i in partner else None
    yield from ((None, other) for j, other in enumerate(given_rows) if j not in taken)


def _rate_fit(expected, given):
    """Return the number of fields that agree; fields that say what the row is about count more."""
    return sum(
        KEY_WEIGHT if name in KEY_FIELDS else 1
        for name, one in expected.items()
        if name in given and is_met(one, given[name])
    )


def _compare_row(section, expected, given):
    if expected is None:
        return RowResult(section, EXTRA, [_extra(section, name, text) for name, text in given.items()])
    if given is None:
        fields = [
            FieldResult(name, MISSING, one, "", _find_rule(section, name))
            for name, one in expected.items()
            if not _is_optional(one)
        ]
        return RowResult(section, MISSING, fields)
    fields = []
    for name, one in expected.items():
        text = given.get(name, "")
        if not text and _is_optional(one):
            continue
        verdict = MISSING if not text else RIGHT if is_met(one, text) else DIFFERENT
        fields.append(FieldResult(name, verdict, one, text, _find_rule(section, name)))
    fields += [
        _extra(section, name, text)
        for name, text in given.items()
        if name not in expected and section in FREE and name not in FREE[section]
    ]
    verdict = RIGHT if all(one.verdict in (RIGHT, EXTRA) for one in fields) else DIFFERENT
    return RowResult(section, verdict, fields)


def _extra(section, name, text):
    return FieldResult(name, EXTRA, "", text, _find_rule(section, name))


def _is_optional(expected):
    return isinstance(expected, dict) and expected.get("may", False)


def _find_rule(section, name):
    return RULES.get((section, name), "")
