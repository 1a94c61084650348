"""How like a name is to what was asked, in one order of its words: told as a cost.

It is 0 for the name as it is usually written, and more for each letter that is unusual or wrong.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from app.name_search import phonetic_keys
from app.name_search.aligner import NEVER, Asked, least_cost, romanised
from app.name_search.latin_phonetics import folded

LETTER = 6.0  # the cost of another letter in the same script, and again where it sounds otherwise
SWAPPED, ELSEWHERE = 0.4, 1.4  # given name first; the blank at another place
LATIN_ALONE = 0.7  # nothing in Khmer can speak for such a name
RESPELT = 1.0  # held to the usual spelling, letter by letter: two exchanged are one error there
USUAL = 0.7  # how much of what even the likeliest spelling costs is forgiven
BESIDE = (
    0.05  # of what the worse of its two scripts costs: it parts names that are the same in the better one
)

_VOWELS = re.compile("[aeiouy]+")


class Likeness(NamedTuple):
    cost: float
    matched: str  # the name in the script in which it is like the question
    same_letters: bool = False


class _Letters(NamedTuple):
    """Latin letters, coarser and coarser: as they are, without what sounds alike, without which vowel it is."""

    plain: str
    sound: str
    frame: str

    @classmethod
    @lru_cache(50_000)
    def of(cls, plain):
        sound = folded(plain)
        return cls(plain, sound, _VOWELS.sub("a", sound))


def _unlike(one, other):
    return LETTER * sum(map(OSA.distance, one, other)) / len(one)


class InLatin:
    """The words in Latin letters, held to names in either script. `usual`: see `Asked`."""

    def __init__(self, words, swapped, usual):
        self.latin = "".join(words)
        self.letters, self.toll = _Letters.of(self.latin), SWAPPED * swapped
        self.asked, self.ends = Asked(self.latin, usual), _boundaries(words)
        self.unspaced = len(words) == 1
        self.in_khmer = {}  # many names are one in Khmer and several in Latin letters

    def to(self, name):
        if not name.khmer:
            return self._to_latin(name, LATIN_ALONE)
        if not name.latin:
            return self._to_khmer(name)
        best, other = self._to_latin(name), self._to_khmer(name)
        if other < best:
            best, other = other, best
        return Likeness(best.cost + BESIDE * other.cost, best.matched, best.same_letters)

    def to_beginning(self, name):
        """The cost where only the beginning of the name was typed."""
        text, costs = name.plain_latin, [NEVER]
        if text:
            costs.append(LETTER * OSA.distance(text[: len(self.latin)], self.latin))
        if name.khmer:
            costs.append(self.asked.only_begun(name.khmer))
        return min(costs) + self.toll

    def _to_latin(self, name, weight=1.0):
        cost = _unlike(_Letters.of(name.plain_latin), self.letters) + self.toll
        return Likeness(weight * cost, name.latin, cost <= SWAPPED)

    def _to_khmer(self, name):
        spelt = name.surname_km, name.given_km
        if spelt not in self.in_khmer:
            self.in_khmer[spelt] = Likeness(self._cost_in_khmer(*spelt), name.khmer)
        return self.in_khmer[spelt]

    def _cost_in_khmer(self, surname, given):
        if not surname or not given:
            cost = self.asked.from_the_beginning(surname or given)[-1]
        else:
            cost = self._divided(surname, given)
            if self.unspaced:
                cost = min(cost, self._divided(given, surname) + SWAPPED)
        respelt = RESPELT + _unlike(_Letters.of(romanised(surname) + romanised(given)), self.letters)
        cost = min(cost - USUAL * (least_cost(surname) + least_cost(given)), respelt) + self.toll
        return max(0.01, cost)

    def _divided(self, first, second):
        """The cost of two parts of a name that follow each other, wherever the first one ends."""
        costs = zip(
            self.asked.from_the_beginning(first), self.asked.to_the_end(second), self.ends, strict=True
        )
        return min(map(sum, costs))


def _boundaries(words):
    """What it costs to end the first part of a name after 0, 1, 2 … letters."""
    size = sum(map(len, words))
    if len(words) == 1:
        return [0.0] * (size + 1)
    costs, at = [ELSEWHERE] * (size + 1), 0
    for word in words[:-1]:
        at += len(word)
        costs[at] = 0.0
    return costs


class InKhmer:
    """The words in Khmer, held to names in either script."""

    def __init__(self, words, swapped, _usual):
        self.words, self.text, self.toll = " ".join(words), "".join(words), SWAPPED * swapped
        self.sound, self.latin = phonetic_keys.alike(self.text), "".join(map(romanised, words))
        self.least = sum(map(least_cost, words))

    def to(self, name):
        if not name.khmer:
            cost = Asked(name.plain_latin, {}).from_the_beginning(self.words)[-1] + self.toll
            return Likeness(max(0.01, cost - USUAL * self.least), name.latin)
        text = name.khmer.replace(" ", "")
        unlike = OSA.distance(text, self.text) + 3 * OSA.distance(phonetic_keys.alike(text), self.sound)
        cost = LETTER * unlike / 4 + self.toll
        return Likeness(cost, name.khmer, cost <= SWAPPED)

    def to_beginning(self, name):
        """The cost where only the beginning of the name was typed."""
        sound = phonetic_keys.alike(name.khmer.replace(" ", ""))
        return LETTER * OSA.distance(sound[: len(self.sound)], self.sound) + self.toll
