"""What the consonants of a Khmer word may sound like: the letters that are spoken, and those that some speak."""

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
    clusters_of,
)

MOST = 6  # skeletons of one word
_CLASSES = {
    "K": "កខគឃ", "C": "ចឆជឈ", "T": "ដឋឌឍតថទធ", "P": "បផពភ", "N": "ងញណន", "M": "ម", "Y": "យ", "R": "រឫឬ",
    "L": "លឡឭឮ", "V": "វ", "S": "សឝឞ", "H": "ហ",
}  # fmt: skip
SOUND = {letter: sound for sound, letters in _CLASSES.items() for letter in letters}
PARTS_OF_VOWELS = ("R", "V", "Y", "H")  # unless a vowel follows


def skeletons(word):
    """The skeletons of a Khmer word, the likeliest first; an H at its beginning is kept."""
    clusters = clusters_of(word)
    options = []
    for cluster, following in zip(clusters, [*clusters[1:], None], strict=True):
        options += _letters(cluster, following) + _signs(cluster, following)
    found = ("".join(one) for one in product(*options))
    return tuple(dict.fromkeys(found))[:MOST]


def _letters(cluster, following):
    """The choices for the sound of each letter of a cluster."""
    sound = SOUND.get(cluster.base, "")
    if SILENT in cluster.marks:
        return [("", sound)]
    if cluster.base == "រ" and following and (following.base, following.below) == ("ស", "ម"):
        return [("R",), ("K", "")]  # រស្មី is Reaksmey
    below = [SOUND[letter] for letter in cluster.below if letter in SOUND]
    if cluster.base in INHERENT and cluster.last:  # ឱ្យ is អោយ
        below = [one for one in below if one not in PARTS_OF_VOWELS]
    if cluster.stands == ONSET and not cluster.fades:
        return _spoken(cluster, sound, below)
    if sound in PARTS_OF_VOWELS:
        options = [("",)] if cluster.stands == CODA else [(sound, "")]
    else:
        options = [(sound, "") if ROBAT in cluster.marks else (sound,)]
    return options + [("", one) for one in below if one != sound]  # what is below is often silent


def _spoken(cluster, sound, below):
    """All is spoken, but ហ only lends its breath to the letter below it: ហ្វ is f."""
    if cluster.base == "ហ" and below:
        return [("P", "V") if one == "V" else (one,) for one in below]
    return [(sound,), *((one,) for one in below)]


def _signs(cluster, following):
    if NIKAHIT in cluster.marks:
        of_ang = following and following.base == "ង" and not following.has_a_vowel
        return [] if of_ang else [("M",)]
    if REAHMUK in cluster.marks:
        return [("", "S")]
    return [("", "K")] if YUUKALEAPINTU in cluster.marks else []  # វីរៈ is Vireak
