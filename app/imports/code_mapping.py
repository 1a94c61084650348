"""Formats targets and codes for the import pages, and parses what users type there."""

from collections import Counter

from app.corrections.template_globals import get_record_type_label
from app.imports import target_fields
from app.kernel.schema import code_lists, lookups


def find_keys(target, text):
    """Return the matching keys of the code list: the text itself, or all keys with that name."""
    rows = code_lists.all_lists().get(target.codes, {})
    if text in rows:
        return [text]
    return [row.key for row in rows.values() if text in (row.name_km, row.name_en)]


def find_key(target, text):
    """Return the only key that matches the text, or None."""
    keys = find_keys(target, text)
    return keys[0] if len(keys) == 1 else None


def format_key(target, key):
    """Return the label of a code, or the key if its label would not be parsed as it."""
    label = code_lists.label(target.codes, key) if target.codes else key
    return label if target.codes and find_key(target, label) == key else key


def resolve_key(profile, target, text):
    """Return the key for a text of the file, or an empty string if the system knows none."""
    return _find_known_key(target, profile.codes.get(target.key, {}).get(text, text))


def _find_known_key(target, text):
    if target.codes:
        return find_key(target, text) or ""
    return text if target.lookup and text and lookups.get_lookup(target.lookup).get(text) is not None else ""


def is_known(target, text):
    """Return whether the system knows the code or record; targets without a list accept any text."""
    return bool(_find_known_key(target, text)) if target.codes or target.lookup else True


def format_text(profile, target, text):
    """Return the label for a text of the file, or the text if the system does not know it."""
    key = resolve_key(profile, target, text)
    if not key:
        return text
    return (
        code_lists.label(target.codes, key)
        if target.codes
        else str(lookups.get_lookup(target.lookup).get(key))
    )


def parse_word(target, text):
    """Return the stored value of a typed word: the key of a code, else the text."""
    return (find_key(target, text) if target.codes else None) or text


def get_part_name(target):
    """Return the label of the record kind that a target belongs to."""
    return get_record_type_label(target_fields.MODELS[target.part].__tablename__)


def group_by_part(targets):
    """Return (label of the record kind, [(target key, label)]) of the targets for a list of choices."""
    parts = {}
    for target in targets:
        parts.setdefault(get_part_name(target), []).append((target.key, target.label))
    return parts.items()


def name_targets(targets):
    """Return key → label of each target, with its record kind if two targets have the same label."""
    counts = Counter(str(target.label) for target in targets.values())
    return {
        key: f"{target.label} · {get_part_name(target)}"
        if counts[str(target.label)] > 1
        else str(target.label)
        for key, target in targets.items()
    }
