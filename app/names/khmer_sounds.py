"""What the consonants of a Khmer word may sound like: the letters that are spoken, and those that some speak."""

import re
from itertools import product
from typing import NamedTuple

MOST = 6  # skeletons of one word
_CLASSES = {
    "K": "កខគឃ", "C": "ចឆជឈ", "T": "ដឋឌឍតថទធ", "P": "បផពភ", "N": "ងញណន", "M": "ម", "Y": "យ", "R": "រឫឬ",
    "L": "លឡឭឮ", "V": "វ", "S": "សឝឞ", "H": "ហ",
}  # fmt: skip
_SOUND = {letter: sound for sound, letters in _CLASSES.items() for letter in letters}
_CARRIES_A_VOWEL = frozenset("ឥឦឧឨឩឪឫឬឭឮឯឰឱឲឳ")
_VOWELS = frozenset(map(chr, range(0x17B6, 0x17C9))) | {"\u17d0"}
_SHORT_ENDINGS = (
    frozenset("\u17b7"),
    frozenset("\u17bb"),
)  # a last ិ or ុ is often not spoken, nor what it stands on
_NIKAHIT, _REAHMUK, _YUUKALEAPINTU = "\u17c6\u17c7\u17c8"
_SHORT, _SILENT, _ROBAT = "\u17cb\u17cd\u17cc"
_CLUSTER = re.compile("([\u1780-\u17b3])(\u17cc?)((?:\u17d2[\u1780-\u17b3])*)([\u17b6-\u17d1\u17dd]*)")


class Cluster(NamedTuple):
    """A letter, the letters below it, and the signs on it."""

    base: str
    below: str
    marks: frozenset

    @property
    def speaks_a_vowel(self):
        return not self.marks.isdisjoint(_VOWELS) or self.base in _CARRIES_A_VOWEL

    @property
    def sound(self):
        return _SOUND.get(self.base, "")

    @property
    def sounds_below(self):
        return [_SOUND[letter] for letter in self.below if letter in _SOUND]


def skeletons(word):
    """The skeletons of a Khmer word, the likeliest first; an H at its beginning is kept."""
    clusters = [
        Cluster(base, below.replace("\u17d2", ""), frozenset(robat + marks))
        for base, robat, below, marks in _CLUSTER.findall(word.replace("ទ្ប", "ឡ"))  # one looks like the other
    ]
    options = []
    for at, cluster in enumerate(clusters):
        following = clusters[at + 1] if at + 1 < len(clusters) else None
        options += _letters(cluster, at == 0, following) + _signs(cluster, following)
    found = ("".join(one) for one in product(*options))
    return tuple(dict.fromkeys(found))[:MOST]


def _letters(cluster, first, following):
    """The choices for the sound of each letter of a cluster."""
    if _SILENT in cluster.marks:
        return [("", cluster.sound)]
    if cluster.base == "រ" and following and following[:2] == ("ស", "ម"):
        return [("R",), ("K", "")]  # រស្មី is Reaksmey
    fades = following is None and cluster.marks in _SHORT_ENDINGS
    if first or (cluster.speaks_a_vowel and not fades) or (following and _is_a_coda(following)):
        return _spoken(cluster)
    return _perhaps_a_coda(cluster, last=following is None)


def _is_a_coda(cluster):
    return _SHORT in cluster.marks


def _spoken(cluster):
    """At the beginning of a syllable all is spoken, but ហ only lends its breath to the letter below it."""
    below = [(sound,) for sound in cluster.sounds_below]
    if cluster.base == "ហ" and below:
        return [("P", "V"), *below[1:]] if cluster.below[0] == "វ" else below  # ហ្វ is f
    return [(cluster.sound,), *below]


def _perhaps_a_coda(cluster, last):
    """Behind a vowel: what is below is often silent; r, v, y and h are heard only where a vowel follows unwritten."""
    sound = cluster.sound
    if sound in ("R", "V", "Y", "H"):
        ends = (last and not cluster.speaks_a_vowel) or _SHORT in cluster.marks
        options = [("",)] if ends else [(sound, "")]
    else:
        options = [(sound, "") if _ROBAT in cluster.marks else (sound,)]
    return options + [("", below) for below in cluster.sounds_below if below != sound]


def _signs(cluster, following):
    if _NIKAHIT in cluster.marks:
        return [] if following and following.base == "ង" and not following.speaks_a_vowel else [("M",)]
    if _REAHMUK in cluster.marks:
        return [("", "S")]
    return [("", "K")] if _YUUKALEAPINTU in cluster.marks else []  # វីរៈ is Vireak
