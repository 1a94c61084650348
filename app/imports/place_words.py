"""Finds the official code of a place that a file names in words or in several columns."""

import re
from functools import lru_cache

from sqlalchemy import select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.text import khmer
from app.reference import name_folding
from app.reference.models import Place

# Words of a level in front of a name → number of digits of its code.
LEVEL_WORDS = {
    "ភូមិ": 8, "ឃុំ": 6, "សង្កាត់": 6, "ស្រុក": 4, "ខណ្ឌ": 4, "ក្រុង": 4, "ខេត្ត": 2, "រាជធានី": 2,
    "village": 8, "phum": 8, "commune": 6, "sangkat": 6, "khum": 6, "district": 4, "srok": 4, "khan": 4,
    "krong": 4, "province": 2, "khet": 2,
}  # fmt: skip
_KHMER_WORDS = "|".join(f"(?={word})" for word in LEVEL_WORDS if not word.isascii())
SPLIT = re.compile(rf"{_KHMER_WORDS}|[,;/។]|\s-\s")
LEVEL = re.compile(rf"({'|'.join(LEVEL_WORDS)})\s*(.*)", re.IGNORECASE | re.DOTALL)
CODE = re.compile("[0-9]{2}(?:[0-9]{2}){0,3}")


def _load_names():
    """Return compact name → codes, also of its folded form."""
    names = {}
    for code, *own in db.session.execute(select(Place.code, Place.name_km, Place.name_en)):
        forms = {name_folding.compact(name) for name in own if name}
        for form in forms | {name_folding.fold(form) for form in forms}:
            names.setdefault(form, []).append(code)
    return names


_names = versioned_cache.VersionedCache("reference", _load_names)


def find_place(texts):
    """Return the code of the place that the texts name, smallest or largest first, or the texts joined."""
    text = ", ".join(part for part in texts if part)
    try:
        return _find(khmer.to_latin_digits(khmer.normalize(text)), id(_names.get())) or text
    except khmer.InvalidText:
        return text


@lru_cache(20_000)
def _find(text, _version):
    if CODE.fullmatch(text):
        return text
    parts = [_split_level(part.strip(" .,:។")) for part in SPLIT.split(text)]
    parts = [(level, name) for level, name in parts if name]
    return _narrow(parts[::-1]) or _narrow(parts)


def _split_level(part):
    match = LEVEL.fullmatch(part)
    level, name = (LEVEL_WORDS[match[1].lower()], match[2]) if match and match[2] else (0, part)
    return level, name_folding.compact(name)


def _narrow(parts):
    """Return the only code that the names give from the largest place to the smallest, or an empty string."""
    names, candidates = _names.get(), None
    for level, name in parts:
        found = names.get(name) or names.get(name_folding.fold(name)) or ()
        found = {code for code in found if not level or len(code) == level}
        if not found:
            return ""  # a name that no place has: the officer decides
        if candidates is not None:
            found = {
                code
                for code in found
                if any(code != above and code.startswith(above) for above in candidates)
            }
        candidates = found
        if not candidates:
            return ""
    if not candidates:
        return ""
    shortest = min(map(len, candidates))
    top = [code for code in candidates if len(code) == shortest]
    return top[0] if len(top) == 1 else ""
