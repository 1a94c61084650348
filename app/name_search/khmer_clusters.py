"""A Khmer word as it is built: letters with what hangs on them, and where each stands in its syllable."""

import re
from typing import NamedTuple

INHERENT = frozenset("ឥឦឧឨឩឪឫឬឭឮឯឰឱឲឳ")  # letters that are a vowel, or carry one
NIKAHIT, REAHMUK, YUUKALEAPINTU = "\u17c6\u17c7\u17c8"
SHORT, SILENT, ROBAT = "\u17cb\u17cd\u17cc"
_VOWELS = frozenset(map(chr, range(0x17B6, 0x17C9))) | {"\u17d0"}
_FADING = (frozenset("\u17b7"), frozenset("\u17bb"))  # a last ិ or ុ is often not spoken, nor what it stands on
_CLUSTER = re.compile("([\u1780-\u17b3])(\u17cc?)((?:\u17d2[\u1780-\u17b3])*)([\u17b6-\u17d1\u17dd]*)")

ONSET, CODA, EITHER = "onset", "coda", "either"


class Cluster(NamedTuple):
    """A letter, the letters below it, the signs on it, and where it stands: before its vowel, behind one, or either."""

    base: str
    below: str
    marks: frozenset
    stands: str
    last: bool

    @property
    def has_a_vowel(self):
        return _has_a_vowel(self.base, self.marks)

    @property
    def fades(self):
        """Whether it is the end of a word as in ជាតិ, whose last vowel nobody speaks."""
        return self.last and self.marks in _FADING


def clusters_of(word):
    """The clusters of a word in normal form, in their order."""
    word = word.replace("ទ្ប", "ឡ")  # typed for the letter that it looks like
    parts = [
        (base, below.replace("\u17d2", ""), frozenset(robat + marks))
        for base, robat, below, marks in _CLUSTER.findall(word)
    ]
    last = len(parts) - 1
    return [Cluster(*part, _place(parts, at), at == last) for at, part in enumerate(parts)]


def _place(parts, at):
    base, _below, marks = parts[at]
    following = parts[at + 1] if at + 1 < len(parts) else None
    if at == 0 or _has_a_vowel(base, marks) or (following and SHORT in following[2]):
        return ONSET
    return CODA if following is None or SHORT in marks else EITHER


def _has_a_vowel(base, marks):
    return not marks.isdisjoint(_VOWELS) or base in INHERENT
