"""Converts Khmer text to Limon S1, for tests and sample files."""

import re

from app.imports.limon import COENG, PREFIX_VOWELS, VOWEL_HALVES, WHOLE_VOWELS, E, load_table
from app.kernel.text import khmer

CLUSTER = re.compile("([\u1780-\u17b3])((?:\u17d2[\u1780-\u17b3])*)([\u17b6-\u17d1\u17dd]*)")
RO = "\u17d2\u179a"


def to_limon(text):
    """Return the text as the letters that a typist types."""
    glyphs = {}
    for key, value in load_table().items():
        glyphs.setdefault(value, key.decode("latin-1"))
    text = khmer.normalize(text)
    return "".join(_cluster_to_limon(part, glyphs) for part in re.findall(f"{CLUSTER.pattern}|(.)", text))


def _cluster_to_limon(cluster, glyphs):
    base, below, marks, other = cluster
    if other:
        return glyphs.get(other, other)
    before = ""
    for half, whole in VOWEL_HALVES.items():
        if whole in marks:
            before, marks = E, marks.replace(whole, half)
    if any(vowel in marks for vowel in WHOLE_VOWELS):
        before = E
    for vowel in PREFIX_VOWELS:
        if vowel in marks:
            before, marks = vowel, marks.replace(vowel, "")
    ro = RO in below
    feet = [f"{COENG}{vowel}" for vowel in below.replace(RO, "").split(COENG) if vowel]
    signs = [before, RO if ro else "", base, *feet, *marks]
    return "".join(glyphs[sign] for sign in signs if sign)
