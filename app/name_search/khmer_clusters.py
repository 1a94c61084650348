"""Khmer words split into clusters: a letter with its subscript letters and signs, and its position in the syllable."""

import re
from typing import NamedTuple

INHERENT = frozenset("ឥឦឧឨឩឪឫឬឭឮឯឰឱឲឳ")  # letters that are a vowel, or carry one
NIKAHIT, REAHMUK, YUUKALEAPINTU = "\u17c6\u17c7\u17c8"
SHORT, SILENT, ROBAT = "\u17cb\u17cd\u17cc"
_VOWELS = frozenset(map(chr, range(0x17B6, 0x17C9))) | {"\u17d0"}
_SILENT_VOWELS = (frozenset("\u17b7"), frozenset("\u17bb"))  # a final ិ or ុ is often silent, with its letter
_CLUSTER = re.compile("([\u1780-\u17b3])(\u17cc?)((?:\u17d2[\u1780-\u17b3])*)([\u17b6-\u17d1\u17dd]*)")

ONSET, CODA, EITHER = "onset", "coda", "either"


class Cluster(NamedTuple):
    """A letter, its subscript letters, its signs, and its position: before its vowel, after a vowel, or either."""

    base: str
    below: str
    marks: frozenset
    position: str
    last: bool

    @property
    def has_vowel(self):
        return _has_vowel(self.base, self.marks)

    @property
    def is_silent_end(self):
        """Return whether it ends the word with a silent vowel, as in ជាតិ."""
        return self.last and self.marks in _SILENT_VOWELS


def split_clusters(word):
    """Return the clusters of a normalized word in order."""
    word = word.replace("ទ្ប", "ឡ")  # often typed instead of the similar letter ឡ
    parts = [
        (base, below.replace("\u17d2", ""), frozenset(robat + marks))
        for base, robat, below, marks in _CLUSTER.findall(word)
    ]
    last = len(parts) - 1
    return [Cluster(*part, _find_position(parts, at), at == last) for at, part in enumerate(parts)]


def _find_position(parts, at):
    base, _below, marks = parts[at]
    following = parts[at + 1] if at + 1 < len(parts) else None
    if at == 0 or _has_vowel(base, marks) or (following and SHORT in following[2]):
        return ONSET
    return CODA if following is None or SHORT in marks else EITHER


def _has_vowel(base, marks):
    return not marks.isdisjoint(_VOWELS) or base in INHERENT
