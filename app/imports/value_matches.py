"""Finds the values of a file that no code or record has, and proposes a match for each by likeness."""

from dataclasses import dataclass

from rapidfuzz import fuzz, process
from sqlalchemy import select

from app.extensions import db
from app.imports import code_mapping, limon, place_words
from app.imports.entries import REFERENCE_MODELS
from app.kernel.database import versioned_cache
from app.kernel.schema import code_lists, lookups
from app.kernel.text import khmer
from app.reference import name_folding

MAX_VALUES = 200  # values of one page, the most frequent first
MIN_LIKENESS = 80  # below it nothing is proposed: a wrong court would be confirmed by mistake
SURE_LIKENESS = 90
SPLIT_SYNONYMS = ","


@dataclass(frozen=True)
class ValueMatch:
    """A value of the file that the system does not know. `likeness` is 0 to 100, `key` may be empty."""

    target: str
    value: str
    count: int
    key: str
    label: str
    likeness: int


def find_unknown(profile, surveys):
    """Return the ValueMatch of each value that has no meaning yet, the most frequent first."""
    by_heading, found = {one.heading: one for one in surveys}, []
    for key, heading in profile.columns.items():
        target = profile.targets[key]
        if not (target.codes or target.lookup) or heading not in by_heading:
            continue
        forms, meant = _load_forms(target), profile.codes.get(key, {})
        counts = {}
        for value, count in by_heading[heading].values.items():
            text = _normalize(profile, key, value)
            if text and text not in meant:
                counts[text] = counts.get(text, 0) + count
        for text, count in counts.items():
            if not _is_known(target, text, forms):
                code, likeness = _find_best(target, text, forms)
                found.append(ValueMatch(key, text, count, code, format_label(target, code), likeness))
    found.sort(key=lambda one: (-one.count, one.target, one.value))
    return found


def _normalize(profile, key, value):
    """Return the value as the import reads it, or an empty string for text that it refuses."""
    try:
        return khmer.normalize(limon.to_unicode(value).text if key in profile.limon else value)
    except khmer.InvalidText:
        return ""


def _is_known(target, text, forms):
    if target.codes:
        return bool(code_mapping.find_keys(target, text))
    text = khmer.to_latin_digits(text)
    return text in forms.codes or len(forms.exact.get(text, ())) == 1


def _find_best(target, text, forms):
    """Return (key, likeness) of the most similar name, or ("", 0)."""
    if target.lookup == "place":
        code = place_words.find_place([text])
        return (code, SURE_LIKENESS) if code != text else ("", 0)
    form = name_folding.compact(text)
    if target.name == "sex" and form in SEX_FORMS:
        return SEX_FORMS[form], 100
    if not form:
        return "", 0
    best = process.extractOne(form, forms.names, scorer=_score, score_cutoff=MIN_LIKENESS)
    return (forms.keys[best[2]], round(best[1])) if best else ("", 0)


SEX_FORMS = {
    "ប": "M",
    "ប្រុស": "M",
    "m": "M",
    "male": "M",
    "1": "M",
    "ស": "F",
    "ស្រី": "F",
    "f": "F",
    "female": "F",
    "2": "F",
}


def _score(one, other, score_cutoff=0, **_options):
    """Return the likeness of two compact names; a name that contains the other counts a little less than an equal one."""
    whole = fuzz.ratio(one, other)
    if min(len(one), len(other)) >= 4:
        whole = max(whole, 0.9 * fuzz.partial_ratio(one, other))
    return whole if whole >= score_cutoff else 0


@dataclass
class _Forms:
    names: list  # compact names
    keys: list  # the key of each
    codes: frozenset
    exact: dict  # name → keys


def _load_forms(target):
    if target.codes:
        rows = code_lists.all_lists().get(target.codes, {}).values()
        return _build_forms((row.key, (row.name_km, row.name_en, *_split(row.synonyms))) for row in rows)
    return _caches[target.lookup].get()


def _load_records(model):
    columns = [model.code, model.name_km, model.name_en]
    columns += [model.synonyms] if hasattr(model, "synonyms") else []
    rows = db.session.execute(select(*columns)).all()
    return _build_forms((code, (km, en, *_split(rest[0] if rest else None))) for code, km, en, *rest in rows)


def _split(synonyms):
    return [word.strip() for word in (synonyms or "").split(SPLIT_SYNONYMS) if word.strip()]


def _build_forms(rows):
    forms = _Forms([], [], frozenset(), {})
    codes = set()
    for key, names in rows:
        codes.add(key)
        for name in filter(None, names):
            forms.exact.setdefault(name, set()).add(key)
        for form in {name_folding.compact(name) for name in (key, *names) if name}:
            if form:
                forms.names.append(form)
                forms.keys.append(key)
    forms.codes = frozenset(codes)
    return forms


_caches = {
    name: versioned_cache.VersionedCache("reference", lambda model=model: _load_records(model))
    for name, model in REFERENCE_MODELS.items()
}


def format_label(target, key):
    """Return the label of a code or record."""
    if not key:
        return ""
    if target.codes:
        return code_lists.label(target.codes, key)
    return lookups.get_lookup(target.lookup).words(key) if lookups.get_lookup(target.lookup).words else key
