"""The possible sounds of the consonants of a Khmer word: the spoken letters, and letters that only some people speak."""

from itertools import product

from app.name_search.khmer_clusters import (
    CODA,
    INHERENT,
    NIKAHIT,
    ONSET,
    REAHMUK,
    ROBAT,
    SILENT,
    YUUKALEAPINTU,
    split_clusters,
)

MAX_SKELETONS = 6  # skeletons of one word
_CLASSES = {
    "K": "កខគឃ", "C": "ចឆជឈ", "T": "ដឋឌឍតថទធ", "P": "បផពភ", "N": "ងញណន", "M": "ម", "Y": "យ", "R": "រឫឬ",
    "L": "លឡឭឮ", "V": "វ", "S": "សឝឞ", "H": "ហ",
}  # fmt: skip
SOUND = {letter: sound for sound, letters in _CLASSES.items() for letter in letters}
SEMIVOWELS = ("R", "V", "Y", "H")  # part of the vowel unless a vowel follows


def build_skeletons(word):
    """Return the skeletons of a Khmer word, likeliest first. An H at the beginning is kept."""
    clusters = split_clusters(word)
    options = []
    for cluster, following in zip(clusters, [*clusters[1:], None], strict=True):
        options += _letter_sounds(cluster, following) + _sign_sounds(cluster, following)
    found = ("".join(one) for one in product(*options))
    return tuple(dict.fromkeys(found))[:MAX_SKELETONS]


def _letter_sounds(cluster, following):
    """Return the possible sounds of each letter of a cluster."""
    sound = SOUND.get(cluster.base, "")
    if SILENT in cluster.marks:
        return [("", sound)]
    if cluster.base == "រ" and following and (following.base, following.below) == ("ស", "ម"):
        return [("R",), ("K", "")]  # រស្មី is Reaksmey
    below = [SOUND[letter] for letter in cluster.below if letter in SOUND]
    if cluster.base in INHERENT and cluster.last:  # ឱ្យ is អោយ
        below = [one for one in below if one not in SEMIVOWELS]
    if cluster.position == ONSET and not cluster.is_silent_end:
        return _onset_sounds(cluster, sound, below)
    if sound in SEMIVOWELS:
        options = [("",)] if cluster.position == CODA else [(sound, "")]
    else:
        options = [(sound, "") if ROBAT in cluster.marks else (sound,)]
    return options + [("", one) for one in below if one != sound]  # a subscript letter is often silent


def _onset_sounds(cluster, sound, below):
    """Return the sounds of all letters. ហ only adds breath to the letter below it: ហ្វ is f."""
    if cluster.base == "ហ" and below:
        return [("P", "V") if one == "V" else (one,) for one in below]
    return [(sound,), *((one,) for one in below)]


def _sign_sounds(cluster, following):
    if NIKAHIT in cluster.marks:
        is_ang = following and following.base == "ង" and not following.has_vowel
        return [] if is_ang else [("M",)]
    if REAHMUK in cluster.marks:
        return [("", "S")]
    return [("", "K")] if YUUKALEAPINTU in cluster.marks else []  # វីរៈ is Vireak
