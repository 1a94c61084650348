"""Khmer words split into the units of the aligner. Each unit is written as one chunk of Latin letters.

A consonant after its vowel and one before it are different units. A vowel depends on the series of its letter (first or
second) and on whether it ends the word.
"""

from functools import lru_cache

from app.name_search.khmer_clusters import CODA, EITHER, INHERENT, SHORT, SILENT, split_clusters

SECOND_SERIES = frozenset("គឃងជឈញឌឍទធនពភមយរលវ")
NEUTRAL_LETTERS = frozenset("ងញនមយរលវណ")  # as subscript letters they do not change the series
_SHIFTERS = {"\u17c9": "1", "\u17ca": "2"}
_NO_VOWEL = frozenset("\u17c9\u17ca\u17cb\u17cc\u17cd")


@lru_cache(50_000)
def split_units(part):
    """Return the units of one part of a name, without spaces."""
    return tuple(unit for word in part.split() for unit in _split_word(word))


@lru_cache(50_000)
def _split_word(word):
    return tuple(_iterate_units(word))


def _iterate_units(word):
    clusters = split_clusters(word)
    for cluster, following in zip(clusters, [*clusters[1:], None], strict=False):  # a word may have no letter
        if SILENT in cluster.marks or cluster.position == CODA:
            mark = "!" if SILENT in cluster.marks else "."
            yield cluster.base + mark
            yield from (f"\u17d2{letter}{mark}" for letter in cluster.below)
            continue
        either = "~" if cluster.position == EITHER else ""
        shifted = "\u17c9" if cluster.base == "ប" and "\u17c9" in cluster.marks else ""
        yield cluster.base + shifted + either
        yield from (f"\u17d2{letter}{either}" for letter in cluster.below)
        if cluster.base not in INHERENT:
            yield _make_vowel_unit(cluster, following) + either


def _make_vowel_unit(cluster, following):
    signs = "".join(sorted(cluster.marks - _NO_VOWEL))
    shortened = "\u17cb" if following and SHORT in following.marks else ""
    return _find_series(cluster) + signs + shortened + ("$" if following is None else "")


def _find_series(cluster):
    for mark, series in _SHIFTERS.items():
        if mark in cluster.marks:
            return series
    strong = [letter for letter in cluster.base + cluster.below if letter not in NEUTRAL_LETTERS]
    return "2" if (strong or [cluster.base])[-1] in SECOND_SERIES else "1"


def is_vowel(unit):
    return unit[0] in "12" or unit[0] in INHERENT
