"""A Khmer word as the units that the aligner knows: each is one thing that a clerk writes in Latin letters.

A consonant is another unit behind its vowel than before it. A vowel is another under letters of the first series than
under those of the second, and at the end of a word.
"""

from functools import lru_cache

from app.name_search.khmer_clusters import CODA, EITHER, INHERENT, SHORT, SILENT, clusters_of

SECOND_SERIES = frozenset("គឃងជឈញឌឍទធនពភមយរលវ")
YIELDS = frozenset("ងញនមយរលវណ")  # below another letter these leave it its series
_SHIFTERS = {"\u17c9": "1", "\u17ca": "2"}
_NO_VOWEL = frozenset("\u17c9\u17ca\u17cb\u17cc\u17cd")


@lru_cache(50_000)
def units_of(part):
    """The units of one part of a name, blanks left out."""
    return tuple(unit for word in part.split() for unit in _units_of_word(word))


@lru_cache(50_000)
def _units_of_word(word):
    return tuple(_each_of_word(word))


def _each_of_word(word):
    clusters = clusters_of(word)
    for cluster, following in zip(clusters, [*clusters[1:], None], strict=False):  # a word may hold no letter
        if SILENT in cluster.marks or cluster.stands == CODA:
            mark = "!" if SILENT in cluster.marks else "."
            yield cluster.base + mark
            yield from (f"\u17d2{letter}{mark}" for letter in cluster.below)
            continue
        either = "~" if cluster.stands == EITHER else ""
        shifted = "\u17c9" if cluster.base == "ប" and "\u17c9" in cluster.marks else ""
        yield cluster.base + shifted + either
        yield from (f"\u17d2{letter}{either}" for letter in cluster.below)
        if cluster.base not in INHERENT:
            yield _vowel(cluster, following) + either


def _vowel(cluster, following):
    signs = "".join(sorted(cluster.marks - _NO_VOWEL))
    shortened = "\u17cb" if following and SHORT in following.marks else ""
    return _series(cluster) + signs + shortened + ("$" if following is None else "")


def _series(cluster):
    for mark, series in _SHIFTERS.items():
        if mark in cluster.marks:
            return series
    strong = [letter for letter in cluster.base + cluster.below if letter not in YIELDS]
    return "2" if (strong or [cluster.base])[-1] in SECOND_SERIES else "1"


def is_a_vowel(unit):
    return unit[0] in "12" or unit[0] in INHERENT
