"""The cost of writing a Khmer name with given Latin letters.

The model (`data/model.json`, learned by `training`) has the cost of writing each Khmer unit with a chunk of Latin letters.
A cost is the negative logarithm of a likelihood. The cost of a name is that of the cheapest division of the letters
among the units. An extra, a missing and a wrong letter have costs too, for typing errors.
"""

import json
from collections import defaultdict
from functools import cache, lru_cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from app.name_search.khmer_phonetics import SOUND
from app.name_search.khmer_units import is_vowel, split_units
from app.name_search.latin_phonetics import find_chunk_sound

MODEL_FILE = Path(__file__).parent / "data" / "model.json"
EXTRA_LETTER_COST, MISSING_LETTER_COST, WRONG_LETTER_COST = 4.8, 5.2, 5.0
MAX_VOWEL_COST = 2.5  # at most, for any vowel in the place of a vowel
MAX_CONSONANT_COST = 1.5  # at most, for a consonant of the same sound
INFINITE_COST = 99.0
MAX_CHUNK_LENGTH = 4  # Latin letters of one unit
VOWELS = frozenset("aeiouy")

# Rare letters, and a letter with the same vowel.
_SAME_VOWELS = {"ឦ": "ឥ", "ឨ": "ឧ", "ឩ": "ឧ", "ឭ": "ឮ", "ឲ": "ឱ", "ឳ": "ឪ"}

_model_file = MODEL_FILE


def set_model_file(file):
    """Use the model in this file from now on."""
    global _file
    _model_file = file
    for cached in (_load_model, _get_chunks, _get_likeliest_chunk, romanize, get_min_cost, _get_unit_costs):
        cached.cache_clear()


@cache
def _load_model():
    """Return {unit: {chunk: cost}}."""
    model = json.loads(_model_file.read_text("utf8"))
    return {unit: {chunk: cost / 100 for chunk, cost in chunks.items()} for unit, chunks in model.items()}


@cache
def _get_chunks(unit):
    """Return {chunk: cost} of a unit. A unit that no pair had has the costs of the same letter in another position."""
    model = _load_model()
    for known in (unit, unit.rstrip("$~.!"), unit.rstrip("$~.!").lstrip("\u17d2"), unit.rstrip("$~.!\u17cb")):
        if known in model:
            return model[known]
    return model.get(_SAME_VOWELS.get(unit[:1]), {})


@cache
def _get_likeliest_chunk(unit):
    """Return the likeliest chunk of a unit and its cost, or ("", 0) for an unknown unit."""
    chunks = _get_chunks(unit)
    return min(chunks.items(), key=itemgetter(1)) if chunks else ("", 0)


@lru_cache(50_000)
def romanize(part):
    """Return the likeliest spelling of one part of a name in Latin letters."""
    return "".join(_get_likeliest_chunk(unit)[0] for unit in split_units(part))


@lru_cache(50_000)
def get_min_cost(part):
    """Return the cost of the likeliest spelling of this part."""
    return sum(_get_likeliest_chunk(unit)[1] for unit in split_units(part))


class _UnitCosts(NamedTuple):
    """The costs of a unit: each learned chunk, no letter at all (`silent`), any other chunk of its kind (`other`)."""

    learned: dict
    silent: float
    kind: object
    other: float


@cache
def _get_unit_costs(unit):
    learned = _get_chunks(unit)
    vowel = is_vowel(unit)
    kind = VOWELS if vowel else SOUND.get(unit.lstrip("\u17d2")[0], "")
    silent = min(learned.get("", INFINITE_COST), MAX_VOWEL_COST if vowel else MISSING_LETTER_COST)
    return _UnitCosts(learned, silent, kind, MAX_VOWEL_COST if vowel else MAX_CONSONANT_COST)


def _classify_chunk(chunk):
    return VOWELS if VOWELS.issuperset(chunk) else find_chunk_sound(chunk)


class LatinAligner:
    """Latin letters that are aligned with parts of Khmer names.

    Many names have the same first or last units, so their costs are cached. `usual_spellings` has the spellings that the
    bearers of a part use: {part: {spelling in Latin letters: cost}}.
    """

    def __init__(self, latin, usual_spellings):
        self.latin, self.usual_spellings = latin, usual_spellings
        self.chunks = [
            (start, end, latin[start:end])
            for start in range(len(latin))
            for end in range(start + 1, min(len(latin), start + MAX_CHUNK_LENGTH) + 1)
        ]
        self.chunks_by_kind = defaultdict(list)
        for start, end, chunk in self.chunks:
            self.chunks_by_kind[_classify_chunk(chunk)].append((start, end, chunk))
        self.arcs_by_unit, self.prefix_costs_by_part, self.suffix_costs_by_part = {}, {}, {}
        untouched = [EXTRA_LETTER_COST * length for length in range(len(latin) + 1)]
        self.first_unit_costs, self.last_unit_costs = {(): untouched}, {(): untouched[::-1]}
        self.min_prefix_costs = {(): INFINITE_COST}

    def prefix_costs(self, part):
        """Return the costs of writing `part` with the first 0, 1, 2 … letters."""
        if part not in self.prefix_costs_by_part:
            row = self._align_first_units(split_units(part))
            for spelling, cost in self.usual_spellings.get(part, {}).items():
                if self.latin.startswith(spelling):
                    row = _limit_cost(cost, row, len(spelling))
            self.prefix_costs_by_part[part] = row
        return self.prefix_costs_by_part[part]

    def suffix_costs(self, part):
        """Return the costs of writing `part` with the letters from the 0th, 1st, 2nd … to the end."""
        if part not in self.suffix_costs_by_part:
            row = self._align_last_units(split_units(part))
            for spelling, cost in self.usual_spellings.get(part, {}).items():
                if self.latin.endswith(spelling):
                    row = _limit_cost(cost, row, len(self.latin) - len(spelling))
            self.suffix_costs_by_part[part] = row
        return self.suffix_costs_by_part[part]

    def _align_first_units(self, units):
        if units not in self.first_unit_costs:
            self.first_unit_costs[units] = self._advance(
                self._align_first_units(units[:-1]), self._get_arcs(units[-1])
            )
        return self.first_unit_costs[units]

    def _align_last_units(self, units):
        if units not in self.last_unit_costs:
            self.last_unit_costs[units] = self._advance_backward(
                self._align_last_units(units[1:]), self._get_arcs(units[0])
            )
        return self.last_unit_costs[units]

    def cost_as_prefix(self, part):
        """Return the cost of all letters as the beginning of `part`."""
        return self._cost_as_prefix(split_units(part))

    def _cost_as_prefix(self, units):
        if units not in self.min_prefix_costs:
            self.min_prefix_costs[units] = min(
                self._cost_as_prefix(units[:-1]), self._align_first_units(units)[-1]
            )
        return self.min_prefix_costs[units]

    def _get_arcs(self, unit):
        """Return ([(start, end, cost)] of the chunks that may represent the unit, cost of omitting the unit)."""
        if unit not in self.arcs_by_unit:
            learned, silent, kind, other = _get_unit_costs(unit)
            arcs = [(start, end, learned[chunk]) for start, end, chunk in self.chunks if chunk in learned]
            if kind:
                arcs += [
                    (start, end, other)
                    for start, end, chunk in self.chunks_by_kind.get(kind, ())
                    if learned.get(chunk, INFINITE_COST) > other
                ]
            self.arcs_by_unit[unit] = arcs, silent
        return self.arcs_by_unit[unit]

    def _advance(self, before, step):
        arcs, silent = step
        row = [cost + silent for cost in before]
        for at, cost in enumerate(before[:-1], start=1):
            if cost + WRONG_LETTER_COST < row[at]:
                row[at] = cost + WRONG_LETTER_COST
        for start, end, cost in arcs:
            if before[start] + cost < row[end]:
                row[end] = before[start] + cost
        for at in range(1, len(row)):
            if row[at - 1] + EXTRA_LETTER_COST < row[at]:
                row[at] = row[at - 1] + EXTRA_LETTER_COST
        return row

    def _advance_backward(self, after, step):
        arcs, silent = step
        row = [cost + silent for cost in after]
        for at, cost in enumerate(after[1:]):
            if cost + WRONG_LETTER_COST < row[at]:
                row[at] = cost + WRONG_LETTER_COST
        for start, end, cost in arcs:
            if after[end] + cost < row[start]:
                row[start] = after[end] + cost
        for at in range(len(row) - 2, -1, -1):
            if row[at + 1] + EXTRA_LETTER_COST < row[at]:
                row[at] = row[at + 1] + EXTRA_LETTER_COST
        return row


def _limit_cost(cost, row, at):
    return [*row[:at], min(cost, row[at]), *row[at + 1 :]]
