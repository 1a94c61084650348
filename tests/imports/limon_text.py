"""How a typist writes Khmer in Limon S1: the way back, for tests and sample files."""

import re

from app.imports.limon import BEFORE, COENG, HALVES, WHOLE, E, table
from app.kernel.text import khmer

CLUSTER = re.compile("([\u1780-\u17b3])((?:\u17d2[\u1780-\u17b3])*)([\u17b6-\u17d1\u17dd]*)")
RO = "\u17d2\u179a"


def typed(text):
    """The text as the letters that a typist strikes."""
    glyphs = {}
    for key, value in table().items():
        glyphs.setdefault(value, key.decode("latin-1"))
    text = khmer.normal(text)
    return "".join(_typed(part, glyphs) for part in re.findall(f"{CLUSTER.pattern}|(.)", text))


def _typed(part, glyphs):
    base, below, marks, other = part
    if other:
        return glyphs.get(other, other)
    before = ""
    for half, whole in HALVES.items():
        if whole in marks:
            before, marks = E, marks.replace(whole, half)
    if any(one in marks for one in WHOLE):
        before = E
    for one in BEFORE:
        if one in marks:
            before, marks = one, marks.replace(one, "")
    ro = RO in below
    feet = [f"{COENG}{one}" for one in below.replace(RO, "").split(COENG) if one]
    signs = [before, RO if ro else "", base, *feet, *marks]
    return "".join(glyphs[sign] for sign in signs if sign)
