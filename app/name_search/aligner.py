"""How likely somebody writes a Khmer name with these Latin letters.

The model (`data/model.json`, learned by `training`) says of each Khmer unit what it costs to write it with a chunk of
Latin letters; a cost is the negative logarithm of a likelihood. The cheapest way to divide the letters among the units
is the cost of the whole. A letter too many, one too few and a wrong one have their price as well, for typing errors.
"""

import json
from collections import defaultdict
from functools import cache, lru_cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from app.name_search.khmer_phonetics import SOUND
from app.name_search.khmer_units import is_a_vowel, units_of
from app.name_search.latin_phonetics import sound_of

MODEL = Path(__file__).parent / "data" / "model.json"
TOO_MANY, TOO_FEW, WRONG = 4.8, 5.2, 5.0
VOWEL = 2.5  # at most, for any vowel in the place of a vowel
CONSONANT = 1.5  # at most, for a consonant of the same sound
NEVER = 99.0
LONGEST = 4  # Latin letters of one unit
VOWELS = frozenset("aeiouy")

_file = MODEL


def use(file):
    """Score by the model in this file from now on."""
    global _file
    _file = file
    for kept in (_model, _chunks, _likeliest, romanised, least_cost, _costs):
        kept.cache_clear()


@cache
def _model():
    """unit → chunk → cost."""
    told = json.loads(_file.read_text("utf8"))
    return {unit: {chunk: cost / 100 for chunk, cost in chunks.items()} for unit, chunks in told.items()}


@cache
def _chunks(unit):
    """What a unit costs; of one that no pair had, what the same letter costs where it stands elsewhere."""
    model = _model()
    for known in (unit, unit.rstrip("$~.!"), unit.rstrip("$~.!").lstrip("\u17d2"), unit.rstrip("$~.!\u17cb")):
        if known in model:
            return model[known]
    return {}


@cache
def _likeliest(unit):
    """The chunk with which a unit is likeliest written, and what that costs; nothing where none is known."""
    chunks = _chunks(unit)
    return min(chunks.items(), key=itemgetter(1)) if chunks else ("", 0)


@lru_cache(50_000)
def romanised(part):
    """The likeliest spelling of one part of a name in Latin letters."""
    return "".join(_likeliest(unit)[0] for unit in units_of(part))


@lru_cache(50_000)
def least_cost(part):
    """What the likeliest spelling of this part costs."""
    return sum(_likeliest(unit)[1] for unit in units_of(part))


class _Unit(NamedTuple):
    """What a unit costs: each chunk that was learned; to leave it out; any other chunk of its kind."""

    learned: dict
    silent: float
    kind: object
    other: float


@cache
def _costs(unit):
    learned = _chunks(unit)
    vowel = is_a_vowel(unit)
    kind = VOWELS if vowel else SOUND.get(unit.lstrip("\u17d2")[0], "")
    silent = min(learned.get("", NEVER), VOWEL if vowel else TOO_FEW)
    return _Unit(learned, silent, kind, VOWEL if vowel else CONSONANT)


def _kind(chunk):
    return VOWELS if VOWELS.issuperset(chunk) else sound_of(chunk)


class Asked:
    """Latin letters, to which parts of Khmer names are held.

    Many names begin or end alike: what the first or the last units of a part cost is worked out once. `usual` has how
    those who bear it write a part: part → its spelling in Latin letters → the cost.
    """

    def __init__(self, latin, usual):
        self.latin, self.usual = latin, usual
        self.chunks = [
            (start, end, latin[start:end])
            for start in range(len(latin))
            for end in range(start + 1, min(len(latin), start + LONGEST) + 1)
        ]
        self.of_kind = defaultdict(list)
        for start, end, chunk in self.chunks:
            self.of_kind[_kind(chunk)].append((start, end, chunk))
        self.steps, self.beginnings, self.ends = {}, {}, {}
        untouched = [TOO_MANY * length for length in range(len(latin) + 1)]
        self.first_units, self.last_units = {(): untouched}, {(): untouched[::-1]}
        self.least_begun = {(): NEVER}

    def from_the_beginning(self, part):
        """The cost of writing `part` with the first 0, 1, 2 … of the letters."""
        if part not in self.beginnings:
            row = self._with_the_first(units_of(part))
            for spelling, cost in self.usual.get(part, {}).items():
                if self.latin.startswith(spelling):
                    row = _at_most(cost, row, len(spelling))
            self.beginnings[part] = row
        return self.beginnings[part]

    def to_the_end(self, part):
        """The cost of writing `part` with the letters from the 0th, 1st, 2nd … on."""
        if part not in self.ends:
            row = self._with_the_last(units_of(part))
            for spelling, cost in self.usual.get(part, {}).items():
                if self.latin.endswith(spelling):
                    row = _at_most(cost, row, len(self.latin) - len(spelling))
            self.ends[part] = row
        return self.ends[part]

    def _with_the_first(self, units):
        if units not in self.first_units:
            self.first_units[units] = self._step(self._with_the_first(units[:-1]), self._arcs(units[-1]))
        return self.first_units[units]

    def _with_the_last(self, units):
        if units not in self.last_units:
            self.last_units[units] = self._step_back(self._with_the_last(units[1:]), self._arcs(units[0]))
        return self.last_units[units]

    def only_begun(self, part):
        """The cost of all the letters where they are the beginning of `part`."""
        return self._begun(units_of(part))

    def _begun(self, units):
        if units not in self.least_begun:
            self.least_begun[units] = min(self._begun(units[:-1]), self._with_the_first(units)[-1])
        return self.least_begun[units]

    def _arcs(self, unit):
        """(start, end, cost) of the chunks of the letters that the unit may stand for, and what it costs to omit it."""
        if unit not in self.steps:
            learned, silent, kind, other = _costs(unit)
            arcs = [(start, end, learned[chunk]) for start, end, chunk in self.chunks if chunk in learned]
            if kind:
                arcs += [
                    (start, end, other)
                    for start, end, chunk in self.of_kind.get(kind, ())
                    if learned.get(chunk, NEVER) > other
                ]
            self.steps[unit] = arcs, silent
        return self.steps[unit]

    def _step(self, before, step):
        arcs, silent = step
        row = [cost + silent for cost in before]
        for at, cost in enumerate(before[:-1], start=1):
            if cost + WRONG < row[at]:
                row[at] = cost + WRONG
        for start, end, cost in arcs:
            if before[start] + cost < row[end]:
                row[end] = before[start] + cost
        for at in range(1, len(row)):
            if row[at - 1] + TOO_MANY < row[at]:
                row[at] = row[at - 1] + TOO_MANY
        return row

    def _step_back(self, after, step):
        arcs, silent = step
        row = [cost + silent for cost in after]
        for at, cost in enumerate(after[1:]):
            if cost + WRONG < row[at]:
                row[at] = cost + WRONG
        for start, end, cost in arcs:
            if after[end] + cost < row[start]:
                row[start] = after[end] + cost
        for at in range(len(row) - 2, -1, -1):
            if row[at + 1] + TOO_MANY < row[at]:
                row[at] = row[at + 1] + TOO_MANY
        return row


def _at_most(cost, row, at):
    return [*row[:at], min(cost, row[at]), *row[at + 1 :]]
