"""How likely somebody writes a Khmer name with these Latin letters.

The model (`data/model.json`, learned by `training`) says of each Khmer unit what it costs to write it with a chunk of
Latin letters; a cost is the negative logarithm of a likelihood. The cheapest way to divide the letters among the units
is the cost of the whole. A letter too many, one too few and a wrong one have their price as well, for typing errors.
"""

import json
from functools import cache, lru_cache
from pathlib import Path

from app.names.khmer_sounds import SOUND
from app.names.latin_sounds import sound_of
from app.names.units import is_a_vowel, units_of

MODEL = Path(__file__).parent / "data" / "model.json"
TOO_MANY, TOO_FEW, WRONG = 4.8, 5.2, 5.0
VOWEL, CONSONANT = (
    2.5,
    2.0,
)  # at most, for any vowel in the place of a vowel, and a consonant of the same sound
NEVER = 99.0
LONGEST = 4  # Latin letters of one unit


_VOWELS = frozenset("aeiouy")


@cache
def _model():
    """unit → chunk → cost."""
    told = json.loads(MODEL.read_text("utf8"))
    return {unit: {chunk: cost / 100 for chunk, cost in chunks.items()} for unit, chunks in told.items()}


def _chunks(unit):
    """What a unit costs; of one that no pair had, what the same letter costs where it stands elsewhere."""
    model = _model()
    for known in (unit, unit.rstrip("$~.!"), unit.rstrip("$~.!").lstrip("\u17d2"), unit.rstrip("$~.!\u17cb")):
        if known in model:
            return model[known]
    return {}


@lru_cache(50_000)
def romanised(part):
    """The likeliest spelling of one part of a name in Latin letters."""
    return "".join(min(chunks, key=chunks.get) for unit in units_of(part) if (chunks := _chunks(unit)))


@lru_cache(50_000)
def least_cost(part):
    """What the likeliest spelling of this part costs."""
    return sum(min(chunks.values()) for unit in units_of(part) if (chunks := _chunks(unit)))


@lru_cache(100_000)
def _cost(unit, chunk):
    """What it costs to write the unit with this chunk: as was learned, or at most what its sound alone allows."""
    learned = _chunks(unit).get(chunk, NEVER)
    if is_a_vowel(unit):
        return min(learned, VOWEL) if _VOWELS.issuperset(chunk) else learned
    sound = SOUND.get(unit.lstrip("\u17d2")[0])
    return min(learned, CONSONANT) if sound and sound_of(chunk) == sound else learned


class Asked:
    """Latin letters, to which parts of Khmer names are held."""

    def __init__(self, latin):
        self.latin = latin
        self.chunks = [
            (start, end, latin[start:end])
            for start in range(len(latin))
            for end in range(start + 1, min(len(latin), start + LONGEST) + 1)
        ]
        self.steps, self.beginnings, self.ends = {}, {}, {}

    def from_the_beginning(self, part):
        """The cost of writing `part` with the first 0, 1, 2 … of the letters."""
        if part not in self.beginnings:
            row = [TOO_MANY * length for length in range(len(self.latin) + 1)]
            for unit in units_of(part):
                row = self._step(row, self._arcs(unit))
            self.beginnings[part] = row
        return self.beginnings[part]

    def to_the_end(self, part):
        """The cost of writing `part` with the letters from the 0th, 1st, 2nd … on."""
        if part not in self.ends:
            size = len(self.latin)
            row = [TOO_MANY * (size - start) for start in range(size + 1)]
            for unit in reversed(units_of(part)):
                row = self._step_back(row, self._arcs(unit))
            self.ends[part] = row
        return self.ends[part]

    def only_begun(self, part):
        """The cost of all the letters where they are the beginning of `part`."""
        row, least = [TOO_MANY * length for length in range(len(self.latin) + 1)], NEVER
        for unit in units_of(part):
            row = self._step(row, self._arcs(unit))
            least = min(least, row[-1])
        return least

    def _arcs(self, unit):
        """(start, end, cost) of the chunks of the letters that the unit may stand for, and what it costs to omit it."""
        if unit not in self.steps:
            arcs = [(start, end, _cost(unit, chunk)) for start, end, chunk in self.chunks]
            silent = min(_chunks(unit).get("", NEVER), VOWEL if is_a_vowel(unit) else TOO_FEW)
            self.steps[unit] = [arc for arc in arcs if arc[2] < NEVER], silent
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
