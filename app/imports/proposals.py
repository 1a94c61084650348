"""Proposes the meaning of each column by its heading and its values, and the format of the dates.

The officer sees and changes every proposal before anything is read.
"""

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from importlib.resources import files

from flask_babel import force_locale
from rapidfuzz import fuzz

from app.imports import code_mapping, date_words, limon, profiles, target_fields
from app.imports.rejected_entries import LANGUAGES
from app.kernel.text import dates, khmer
from app.reference import name_folding

ALIKE, CONTAINED, SURE = 82, 75, 100  # scores of a heading
MIN_SCORE = 60
SAMPLE = 300  # values of a column that are looked at
SERIAL_DAYS = range(7_000, 60_000)  # days of a spreadsheet, of 1919 to 2064
FULL_NAMES = {"name.km": ("surname_km", "given_km"), "name.latin": ("surname_latin", "given_latin")}
PHONE = re.compile(r"0[0-9]{1,2}[ .-]?[0-9]{3}[ .-]?[0-9]{3,4}")
LIMON_SIGNS = re.compile(r"[a-zA-Z][;:\[\]{}<>@&'`+=|\\]|[\x80-\xff]")
KHMER = re.compile("[\u1780-\u17d3]")
DEFAULTS = {
    target_fields.CASES: {"involvement.photo_missing": "not_available"},
    target_fields.PEOPLE: {"involvement.photo_missing": "not_available"},
    target_fields.ORDERS: {},
}


def propose(profile, surveys):
    """Return the profile with a proposal for every column that it does not map yet."""
    chosen = _choose_targets(profile, surveys)
    columns, computed, limon_targets = {}, list(profile.computed), []
    by_heading = {one.heading: one for one in surveys}
    part = "order" if profile.kind == target_fields.ORDERS else "person"
    for key, heading in chosen.items():
        if key in FULL_NAMES:
            added = split_name(part, key, heading)
            computed += added.values()
            found = {target: one["name"] for target, one in added.items()}
        else:
            found = {key: heading}
        columns = found | columns
        if is_limon(by_heading[heading]):
            limon_targets += [target for target in found if profile.targets[target].type in ("text", "lines")]
    if (
        profile.kind == target_fields.CASES
        and "case.occurred_from" in columns
        and "case.reported_at" not in columns
    ):
        copied = {"name": f"{columns['case.occurred_from']}: =", "how": "copy", "argument": ""}
        computed.append(copied | {"of": [columns["case.occurred_from"]]})
        columns["case.reported_at"] = copied["name"]
    fixed = DEFAULTS[profile.kind] | profile.fixed
    return replace(
        profile,
        columns=columns,
        computed=tuple(computed),
        limon=tuple(limon_targets),
        fixed={key: value for key, value in fixed.items() if key not in columns},
        **propose_dates(profile, [by_heading[chosen[key]] for key in chosen if _is_date(profile, key)]),
    )


def split_name(part, key, heading):
    """Return target → computed column for the surname and the given name of a column with full names."""
    surname, given = (f"{part}.{name}" for name in FULL_NAMES[key])
    return {
        surname: {"name": f"{heading}: 1", "how": "first", "of": [heading], "argument": ""},
        given: {"name": f"{heading}: 2", "how": "rest", "of": [heading], "argument": ""},
    }


def _choose_targets(profile, surveys):
    """Return target → heading of the best pairs; each target and each heading is used once."""
    scores = []
    words = _load_words(profile.kind)
    for place, column in enumerate(surveys):
        if column.filled == 0 or column.heading in {one["name"] for one in profile.computed}:
            continue
        for key, names in words.items():
            score = _score_heading(column.heading, names)
            score = _weigh_values(profile, key, column, score)
            if score >= MIN_SCORE:
                scores.append((-score, place, key, column.heading))
    chosen, used = {}, set()
    for _score, _place, key, heading in sorted(scores):
        taken = {part for name in (key, *chosen) if name in FULL_NAMES for part in FULL_NAMES[name]}
        if key not in chosen and heading not in used and key.partition(".")[2] not in taken - {key}:
            chosen[key] = heading
            used.add(heading)
    order = [column.heading for column in surveys]
    return dict(sorted(chosen.items(), key=lambda pair: order.index(pair[1])))


@cache
def _load_words(kind):
    """Return target → compact headings that mean it, from the data file and the labels of the form."""
    lines = files(__package__).joinpath("data/headings.tsv").read_text("utf-8").splitlines()[1:]
    targets = target_fields.get_targets(kind)
    found = {}
    for line in lines:
        key, words = line.split("\t")
        if key in targets or key in FULL_NAMES:
            found.setdefault(key, set()).update(map(name_folding.compact, words.split(";")))
    for key, target in targets.items():
        for language in LANGUAGES:
            with force_locale(language):
                found.setdefault(key, set()).add(name_folding.compact(str(target.label)))
    return found


def _score_heading(heading, names):
    forms = {name_folding.compact(part) for part in (heading, heading.rpartition(" / ")[2])}
    if not KHMER.search(heading):
        forms.add(name_folding.compact(limon.to_unicode(heading).text))
    best = 0
    for form in filter(None, forms):
        for name in names:
            if form == name:
                return SURE
            ratio = fuzz.ratio(form, name)
            if ratio >= ALIKE:
                best = max(best, ratio - 5)
            elif len(name) >= 4 and name in form:
                best = max(best, CONTAINED * len(name) / len(form) + 25 if len(name) * 2 > len(form) else 0)
    return min(best, SURE - 1)


def _weigh_values(profile, key, column, score):
    """Return the score of the heading, changed by what the values of the column are."""
    values = [value for value, _count in column.values.most_common(SAMPLE)]
    if not values:
        return 0
    if _is_date(profile, key):
        share = column.dates / column.filled or _share(values, _looks_like_date)
        return score if share > 0.5 else score * share
    if key in FULL_NAMES:
        is_khmer = _share(values, KHMER.search) > 0.5 or is_limon(column)
        several = _share(values, lambda value: len(value.split()) > 1)
        fits = several > 0.5 and is_khmer == (key == "name.km") and _share(values, _has_digit) < 0.2
        return score + 1 if score and fits else 0
    target = profile.targets[key]
    if target.name in ("surname_latin", "given_latin") and _share(values, KHMER.search) > 0.5:
        return 0
    if target.type == target_fields.CODE and len(values) <= 40:
        known = _share(values, lambda value: code_mapping.resolve_key(profile, target, value))
        if target.name == "sex" and known == 0:
            known = _share(values, lambda value: value.strip() in SEX_WORDS)
        if known > 0.8 and target.name in ("sex", "role"):
            return max(score, 70)
        return score
    if target.name == "phone" and not score:
        return 65 if _share(values, PHONE.fullmatch) > 0.7 else 0
    if target.name == "birth_year" or target.type == target_fields.WHOLE_NUMBER:
        return (
            score
            if _share(values, lambda value: khmer.to_latin_digits(value).strip().isdecimal()) > 0.5
            else 0
        )
    return score


SEX_WORDS = frozenset(("ប", "ស", "ប្រុស", "ស្រី", "M", "F", "m", "f", "Male", "Female"))


def _share(values, test):
    return sum(bool(test(value)) for value in values) / len(values)


def _has_digit(value):
    return any(letter.isdigit() for letter in value)


def _is_date(profile, key):
    return key in profile.targets and profile.targets[key].type in (target_fields.DATE, target_fields.MOMENT)


def _looks_like_date(value):
    return date_words.split_date(value, "dmy") is not None or _is_serial(value)


def _is_serial(value):
    return value.isdecimal() and len(value) == 5 and int(value) in SERIAL_DAYS


def is_limon(column):
    """Return whether the values look like Khmer typed in the font Limon."""
    values = [value for value in column.values if not value.isdecimal()][:SAMPLE]
    typed = [value for value in values if LIMON_SIGNS.search(value)]
    converted = [value for value in typed if KHMER.search(limon.to_unicode(value).text)]
    return bool(values) and len(converted) * 3 > len(values)


def propose_dates(profile, columns):
    """Return the settings of the dates that fit most values of these columns."""
    found = count_dates(columns)
    if not found:
        return {}
    settings = {"era": profiles.BUDDHIST if found["buddhist"] else profile.era, "dates": profile.dates}
    if found["serial"] > found["total"] / 2:
        settings["dates"] = "serial"
    elif found["mdy"] > found["dmy"]:
        settings["dates"] = "mdy"
    if found["short"]:
        settings["pivot"] = dates.now().year % 100
    return settings


def count_dates(columns):
    """Return how many values of these columns are written in which way, or an empty counter."""
    found = Counter()
    for column in columns:
        for value, count in column.values.items():
            parts = date_words.split_date(value, "dmy")
            found["total"] += count
            found["serial"] += count if _is_serial(value) else 0
            if parts is None:
                found["unread"] += count
            elif parts.day is None:
                found["year"] += count
                found["buddhist"] += count if parts.year >= 2400 else 0
            else:
                found["buddhist"] += count if parts.year >= 2400 or parts.era == date_words.BUDDHIST else 0
                found["short"] += count if not parts.is_long_year else 0
                found["dmy"] += count if parts.day > 12 >= parts.month else 0
                found["mdy"] += count if parts.month > 12 >= parts.day else 0
                both = parts.day <= 12 and parts.month <= 12 and parts.day != parts.month
                found["ambiguous"] += count if both and not re.match("[0-9]{4}", value) else 0
    return found
