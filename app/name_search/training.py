"""Learns from pairs of names how Khmer is written in Latin letters: `python3 run.py search train`.

Nobody has marked which letters of a pair belong together. So every division of the Latin letters among the Khmer units
counts as much as it is likely, and what is likely is learned from these counts (expectation and maximisation), again
and again. The same pairs give the same model.
"""

import csv
import json
import math
from collections import defaultdict
from pathlib import Path

from app.kernel.text import khmer
from app.name_search.khmer_clusters import NIKAHIT, REAHMUK, YUUKALEAPINTU
from app.name_search.khmer_phonetics import SOUND
from app.name_search.khmer_units import is_a_vowel, units_of
from app.name_search.latin_phonetics import SOUND as LATIN_SOUND
from app.name_search.latin_phonetics import plain

DATA = Path(__file__).parent / "data"
MODEL = DATA / "model.json"
ROUNDS = 6
WEIGHTS = {"place": 1.0, "name": 100.0, "person": 100.0}  # what a pair of each source counts
LONGEST = 4  # Latin letters of one unit
RAREST = 0.0015  # a likelihood below is left to the aligner's allowance for errors

_IN_VOWELS = frozenset("aeiouywrh")
_IN_CONSONANTS = frozenset("bcdfghjklmnpqrstvwxyz")
_ALSO = {"យ": "i", "វ": "ou", NIKAHIT: "mng", REAHMUK: "sk", YUUKALEAPINTU: "k", "\u17c5": "v"}


def train(say, to=MODEL, without=()):
    """Write the model. What is measured on the parts of real names may not be learned from them: those `without`."""
    examples = list(_examples(without))
    say(f"{len(examples):,} pairs")
    likely = _first_guess
    for number in range(1, ROUNDS + 1):
        counts, total = defaultdict(lambda: defaultdict(float)), 0.0
        for units, latin, weight in examples:
            total += weight * _count(units, latin, weight, likely, counts)
        model = {unit: _shares(found) for unit, found in counts.items()}
        likely = _learned(model)
        say(f"Round {number} of {ROUNDS}: {total:,.0f}")
    to.write_text(_told(model), "utf8")
    say(f"{len(model)} units, {to.stat().st_size:,} bytes")


def _examples(without):
    with open(DATA / "pairs.tsv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            part, latin = khmer.normal(row["khmer"]), plain(row["latin"]).replace(" ", "")
            units = units_of(part)
            if units and latin and not (row["source"] == "person" and part in without):
                yield units, latin, WEIGHTS[row["source"]]


def _first_guess(unit, chunk):
    """Before anything is learned: letters that sound like the unit."""
    if is_a_vowel(unit):
        return 1.0 if chunk else 0.5
    if not chunk:
        return 0.3
    sound = SOUND.get(unit.lstrip("\u17d2")[0])
    return (20.0 if LATIN_SOUND.get(chunk[0]) == sound else 1.0) / len(chunk)


def _learned(model):
    def likely(unit, chunk):
        return model.get(unit, {}).get(chunk, 0.0)

    return likely


def _allowed(unit):
    letters = _IN_VOWELS if is_a_vowel(unit) else _IN_CONSONANTS
    return letters.union(*(extra for sign, extra in _ALSO.items() if sign in unit))


def _count(units, latin, weight, likely, counts):
    """Add what this pair tells of each unit; gives the log likelihood of the pair."""
    size = len(latin)
    steps = [_steps(unit, latin, likely) for unit in units]
    forward = [[1.0] + [0.0] * size]
    for arcs in steps:
        row, before = [0.0] * (size + 1), forward[-1]
        for start, end, share in arcs:
            row[end] += before[start] * share
        forward.append(row)
    whole = forward[-1][size]
    if not whole:
        return 0.0
    after = [0.0] * size + [1.0]
    for unit, arcs, before in zip(reversed(units), reversed(steps), reversed(forward[:-1]), strict=True):
        row, found = [0.0] * (size + 1), counts[unit]
        for start, end, share in arcs:
            row[start] += share * after[end]
            part = before[start] * share * after[end] / whole
            if part:
                found[latin[start:end]] += weight * part
        after = row
    return math.log(whole)


def _steps(unit, latin, likely):
    """(start, end, likelihood) of every chunk of the Latin letters that the unit may stand for."""
    allowed, arcs, size = _allowed(unit), [], len(latin)
    for start in range(size + 1):
        for end in range(start, min(size, start + LONGEST) + 1):
            if end > start and latin[end - 1] not in allowed:
                break
            share = likely(unit, latin[start:end])
            if share:
                arcs.append((start, end, share))
    return arcs


def _shares(found):
    """The counts of a unit's chunks as shares."""
    whole = sum(found.values())
    return {chunk: count / whole for chunk, count in found.items()}


def _told(model):
    """As JSON, one unit a line: the chunk, and how unlikely it is, in hundredths of a nat."""
    lines = []
    for unit in sorted(model):
        kept = {
            c: round(-100 * math.log(share)) for c, share in sorted(model[unit].items()) if share > RAREST
        }
        lines.append(f'"{unit}":{json.dumps(kept, separators=(",", ":"))}')
    return "{\n" + ",\n".join(lines) + "\n}\n"
