"""How like two names are: the order of the answers, and their band.

A likeness is told as a cost: 0 for the name as it is usually written, more for each letter that is unusual or wrong.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from app.names import keys
from app.names.aligner import Asked, least_cost, romanised
from app.names.latin_sounds import folded

SAME, SOUNDS, POSSIBLE = "same", "sounds", "possible"
CLOSELY = 75  # spellings in each order that are compared closely, where there are more; the likeliest by their letters
LETTER = 6.0  # the cost of another letter in the same script, and again where it sounds otherwise
SWAPPED, ELSEWHERE = 0.4, 1.4  # given name first; the blank at another place
BEGUN = 1.0  # only the beginning of a name was typed
LATIN_ALONE = 0.7  # nothing in Khmer can speak for such a name
RESPELT = 1.0  # held to the usual spelling, letter by letter: two exchanged are one error there
USUAL = 0.7  # how much of what even the likeliest spelling costs is forgiven
GOOD = 2.2  # at most, for an answer that needs no other beside it
POOR = 0.75  # nats a letter, beyond which a name is no good answer

_VOWELS = re.compile("[aeiouy]+")


class Ranked(NamedTuple):
    """A name among the answers; the best costs least."""

    cost: float
    band: str
    name_id: int
    matched: str  # in the script in which it is like the question
    called: str  # in Khmer, where it is known


def judge_of(question):
    """Who holds names to this question."""
    return _InKhmer(question) if question.is_khmer else _InLatin(question)


def ranked(judge, names, unfinished=False):
    """The names (id → name), best first; of an `unfinished` question the end may be missing."""
    question = judge.question
    if len(names) > CLOSELY:
        names = _likeliest(question, names)
    found = []
    for name_id, name in names.items():
        cost, matched, written_alike = judge.cost(name)
        if unfinished:
            cost = min(cost, BEGUN + judge.cost_of_beginning(name))
        band = _band(cost, written_alike, question)
        found.append(Ranked(cost, band, name_id, matched, name.khmer or name.latin))
    return sorted(found)


def _band(cost, written_alike, question):
    if written_alike:
        return SAME
    return SOUNDS if cost <= POOR * question.letters / 2 else POSSIBLE


def _likeliest(question, names):
    """Those whose usual spelling is nearest by its letters; names spelled alike are one."""
    spelled = {}
    for name_id, name in names.items():
        spelled.setdefault(_in_latin(name), []).append(name_id)
    kept = set()
    for order in question.orders:
        asked = question.latin_of(order)
        nearest = process.extract(asked, spelled.keys(), scorer=fuzz.ratio, limit=CLOSELY)
        kept.update(text for text, _score, _place in nearest)
    return {name_id: names[name_id] for text in kept for name_id in spelled[text]}


def _in_latin(name):
    if name.surname_km or name.given_km:
        return romanised(name.surname_km) + romanised(name.given_km)
    return name.plain_latin


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


class _InLatin:
    """A question in Latin letters, held to names in either script."""

    def __init__(self, question):
        self.question = question
        tolls = [SWAPPED * (number > 0) for number in range(len(question.orders))]
        self.orders = [
            (_Letters.of("".join(order)), toll) for order, toll in zip(question.orders, tolls, strict=True)
        ]
        self.asked = [
            (Asked("".join(order)), _boundaries(order), toll)
            for order, toll in zip(question.orders, tolls, strict=True)
        ]
        self.unspaced = len(question.words) == 1

    def cost(self, name):
        if not name.khmer:
            return self._to_latin(name)
        khmer = self._to_khmer(name)
        return min(self._to_latin(name), khmer) if name.latin else khmer

    def cost_of_beginning(self, name):
        text = name.plain_latin
        costs = [
            LETTER * OSA.distance(text[: len(asked.plain)], asked.plain) + toll
            for asked, toll in self.orders
            if text
        ]
        if name.khmer:
            costs += [asked.only_begun(name.khmer) + toll for asked, _ends, toll in self.asked]
        return min(costs)

    def _to_latin(self, name):
        written = _Letters.of(name.plain_latin)
        cost = min(_unlike(written, asked) + toll for asked, toll in self.orders)
        return (cost if name.khmer else LATIN_ALONE * cost), name.latin, cost <= SWAPPED

    def _to_khmer(self, name):
        surname, given = name.surname_km, name.given_km
        least = least_cost(surname) + least_cost(given)
        if not surname or not given:
            cost = min(
                asked.from_the_beginning(surname or given)[-1] + toll for asked, _ends, toll in self.asked
            )
        else:
            cost = min(_divided(*one, surname, given) for one in self.asked)
            if self.unspaced:
                cost = min(cost, _divided(*self.asked[0], given, surname) + SWAPPED)
        respelt = _Letters.of(romanised(surname) + romanised(given))
        cost = min(
            cost - USUAL * least, *(RESPELT + _unlike(respelt, asked) + toll for asked, toll in self.orders)
        )
        return max(0.01, cost), name.khmer, False


def _divided(asked, ends, toll, first, second):
    """The cost of two parts of a name that follow each other, wherever the first one ends."""
    costs = zip(asked.from_the_beginning(first), asked.to_the_end(second), ends, strict=True)
    return min(map(sum, costs)) + toll


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


class _InKhmer:
    """A question in Khmer, held to names in either script."""

    def __init__(self, question):
        self.orders = [
            ("".join(order), SWAPPED * (number > 0)) for number, order in enumerate(question.orders)
        ]
        self.sounds = [(keys.alike(text), toll) for text, toll in self.orders]
        self.least = sum(map(least_cost, question.words))
        self.question = question
        self.spelt = {}

    def cost(self, name):
        if not name.surname_km and not name.given_km:
            return self._to_latin(name)
        text = name.khmer.replace(" ", "")
        sound = keys.alike(text)
        cost = min(
            LETTER * (OSA.distance(text, written) + 3 * OSA.distance(sound, spoken)) / 4 + toll
            for (written, toll), (spoken, _toll) in zip(self.orders, self.sounds, strict=True)
        )
        return cost, name.khmer, cost <= SWAPPED

    def cost_of_beginning(self, name):
        sound = keys.alike(name.khmer.replace(" ", ""))
        return min(LETTER * OSA.distance(sound[: len(spoken)], spoken) + toll for spoken, toll in self.sounds)

    def _to_latin(self, name):
        asked = Asked(name.plain_latin)
        cost = min(
            asked.from_the_beginning(" ".join(order))[-1] + SWAPPED * (number > 0)
            for number, order in enumerate(self.question.orders)
        )
        return max(0.01, cost - USUAL * self.least), name.latin, False


def are_poor(best):
    """Whether these answers are no good: it is worth asking for names that sound one letter different."""
    return not best or best[0].cost > GOOD
