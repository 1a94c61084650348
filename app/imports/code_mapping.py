"""Targets and codes in the words of the reader: what the page of the columns shows, and what is typed into it."""

from collections import Counter

from app.corrections.template_globals import kind_of_record
from app.imports import target_fields
from app.kernel.schema import code_lists, lookups


def keys_of(target, text):
    """The keys of a code list that a text may stand for: itself, or all whose very word it is in one of the languages."""
    rows = code_lists.held().get(target.codes, {})
    if text in rows:
        return [text]
    return [row.key for row in rows.values() if text in (row.name_km, row.name_en)]


def key_of(target, text):
    """The one key that a text stands for; None for no one key."""
    keys = keys_of(target, text)
    return keys[0] if len(keys) == 1 else None


def said(target, key):
    """The word of a code, or what was kept where there is no word that would be read as it."""
    word = code_lists.label(target.codes, key) if target.codes else key
    return word if target.codes and key_of(target, word) == key else key


def kept(profile, target, text):
    """The key that a text of the file stands for; empty where it stands for none that the register knows."""
    return _found(target, profile.codes.get(target.key, {}).get(text, text))


def _found(target, text):
    if target.codes:
        return key_of(target, text) or ""
    return text if target.lookup and text and lookups.named(target.lookup).get(text) is not None else ""


def is_known(target, text):
    """Whether the register knows the code or record that a text stands for; other targets take any text."""
    return bool(_found(target, text)) if target.codes or target.lookup else True


def shown(profile, target, text):
    """What a text of the file says, in words; itself where the register does not know it."""
    key = kept(profile, target, text)
    if not key:
        return text
    return code_lists.label(target.codes, key) if target.codes else str(lookups.named(target.lookup).get(key))


def read(target, text):
    """What is kept of a typed word: the key of a code, else the text."""
    return (key_of(target, text) if target.codes else None) or text


def part_of(target):
    """What a target belongs to, in words."""
    return kind_of_record(target_fields.MODELS[target.part].__tablename__)


def by_part(found):
    """(what it belongs to, [(target, its name)]) of these targets, as a list to choose from shows them."""
    parts = {}
    for one in found:
        parts.setdefault(part_of(one), []).append((one.key, one.label))
    return parts.items()


def names(found):
    """key → the name of a target; where two have the same name, what it belongs to as well."""
    often = Counter(str(one.label) for one in found.values())
    return {
        key: f"{one.label} · {part_of(one)}" if often[str(one.label)] > 1 else str(one.label)
        for key, one in found.items()
    }
