"""The similarity of a name to a query in one order of its words, as a cost.

The cost is 0 for the usual spelling of the name, and higher for each unusual or wrong letter.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from app.name_search import phonetic_keys
from app.name_search.aligner import INFINITE_COST, LatinAligner, get_min_cost, romanize
from app.name_search.latin_phonetics import fold_letters

LETTER_COST = 6.0  # of another letter in the same script, and again if its sound differs
SWAPPED_COST, OTHER_SPACE_COST = 0.4, 1.4  # given name first; the space in another position
LATIN_ONLY_WEIGHT = 0.7  # a name without Khmer letters cannot match by them
RESPELLED_COST = (
    1.0  # of a comparison with the usual spelling by letters, where two exchanged letters are one error
)
FORGIVEN_SHARE = 0.7  # share of the cost of the likeliest spelling that is subtracted
OTHER_SCRIPT_WEIGHT = (
    0.05  # of the cost in the worse script: it separates names that are equal in the better one
)

_VOWELS = re.compile("[aeiouy]+")


class Similarity(NamedTuple):
    cost: float
    matched: str  # the name in the script of the best match
    same_letters: bool = False


class _FoldedLetters(NamedTuple):
    """Latin letters in three forms: plain, with equal sounds folded, and with all vowels folded."""

    plain: str
    sound: str
    frame: str

    @classmethod
    @lru_cache(50_000)
    def from_plain(cls, plain):
        sound = fold_letters(plain)
        return cls(plain, sound, _VOWELS.sub("a", sound))


def _letter_cost(one, other):
    return LETTER_COST * sum(map(OSA.distance, one, other)) / len(one)


class LatinQuery:
    """A query in Latin letters, compared with names in either script. `usual_spellings`: see `LatinAligner`."""

    def __init__(self, words, swapped, usual_spellings):
        self.latin = "".join(words)
        self.letters, self.order_cost = _FoldedLetters.from_plain(self.latin), SWAPPED_COST * swapped
        self.aligner, self.boundary_costs = LatinAligner(self.latin, usual_spellings), _boundary_costs(words)
        self.unspaced = len(words) == 1
        self.khmer_costs = {}  # many names are equal in Khmer and differ in Latin letters

    def compare(self, name):
        if not name.khmer:
            return self._compare_latin(name, LATIN_ONLY_WEIGHT)
        if not name.latin:
            return self._compare_khmer(name)
        best, other = self._compare_latin(name), self._compare_khmer(name)
        if other < best:
            best, other = other, best
        return Similarity(best.cost + OTHER_SCRIPT_WEIGHT * other.cost, best.matched, best.same_letters)

    def compare_prefix(self, name):
        """Return the cost if only the beginning of the name was typed."""
        text, costs = name.plain_latin, [INFINITE_COST]
        if text:
            costs.append(LETTER_COST * OSA.distance(text[: len(self.latin)], self.latin))
        if name.khmer:
            costs.append(self.aligner.cost_as_prefix(name.khmer))
        return min(costs) + self.order_cost

    def _compare_latin(self, name, weight=1.0):
        cost = _letter_cost(_FoldedLetters.from_plain(name.plain_latin), self.letters) + self.order_cost
        return Similarity(weight * cost, name.latin, cost <= SWAPPED_COST)

    def _compare_khmer(self, name):
        parts = name.surname_km, name.given_km
        if parts not in self.khmer_costs:
            self.khmer_costs[parts] = Similarity(self._khmer_cost(*parts), name.khmer)
        return self.khmer_costs[parts]

    def _khmer_cost(self, surname, given):
        if not surname or not given:
            cost = self.aligner.prefix_costs(surname or given)[-1]
        else:
            cost = self._cost_of_parts(surname, given)
            if self.unspaced:
                cost = min(cost, self._cost_of_parts(given, surname) + SWAPPED_COST)
        respelled = RESPELLED_COST + _letter_cost(
            _FoldedLetters.from_plain(romanize(surname) + romanize(given)), self.letters
        )
        cost = (
            min(cost - FORGIVEN_SHARE * (get_min_cost(surname) + get_min_cost(given)), respelled)
            + self.order_cost
        )
        return max(0.01, cost)

    def _cost_of_parts(self, first, second):
        """Return the cost of two parts in sequence, with the best boundary between them."""
        costs = zip(
            self.aligner.prefix_costs(first),
            self.aligner.suffix_costs(second),
            self.boundary_costs,
            strict=True,
        )
        return min(map(sum, costs))


def _boundary_costs(words):
    """Return the costs of a boundary between the two parts after 0, 1, 2 … letters."""
    size = sum(map(len, words))
    if len(words) == 1:
        return [0.0] * (size + 1)
    costs, at = [OTHER_SPACE_COST] * (size + 1), 0
    for word in words[:-1]:
        at += len(word)
        costs[at] = 0.0
    return costs


class KhmerQuery:
    """A query in Khmer, compared with names in either script."""

    def __init__(self, words, swapped, _usual_spellings):
        self.words, self.text, self.order_cost = " ".join(words), "".join(words), SWAPPED_COST * swapped
        self.sound, self.latin = phonetic_keys.fold_khmer(self.text), "".join(map(romanize, words))
        self.min_cost = sum(map(get_min_cost, words))

    def compare(self, name):
        if not name.khmer:
            cost = LatinAligner(name.plain_latin, {}).prefix_costs(self.words)[-1] + self.order_cost
            return Similarity(max(0.01, cost - FORGIVEN_SHARE * self.min_cost), name.latin)
        text = name.khmer.replace(" ", "")
        difference = OSA.distance(text, self.text) + 3 * OSA.distance(
            phonetic_keys.fold_khmer(text), self.sound
        )
        cost = LETTER_COST * difference / 4 + self.order_cost
        return Similarity(cost, name.khmer, cost <= SWAPPED_COST)

    def compare_prefix(self, name):
        """Return the cost if only the beginning of the name was typed."""
        sound = phonetic_keys.fold_khmer(name.khmer.replace(" ", ""))
        return LETTER_COST * OSA.distance(sound[: len(self.sound)], self.sound) + self.order_cost
