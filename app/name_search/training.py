"""Learns from pairs of names how Khmer is written in Latin letters: `python3 run.py search train`.

The pairs do not mark which letters belong together. So every division of the Latin letters among the Khmer units is
counted with its likelihood, and the likelihoods are computed from these counts (expectation maximization), several
times. The same pairs give the same model.
"""

import csv
import json
import math
from collections import defaultdict
from pathlib import Path

from app.kernel.text import khmer
from app.name_search.khmer_clusters import NIKAHIT, REAHMUK, YUUKALEAPINTU
from app.name_search.khmer_phonetics import SOUND
from app.name_search.khmer_units import is_vowel, split_units
from app.name_search.latin_phonetics import SOUND as LATIN_SOUND
from app.name_search.latin_phonetics import to_plain_latin

DATA = Path(__file__).parent / "data"
MODEL_FILE = DATA / "model.json"
ROUNDS = 6
WEIGHTS = {"place": 1.0, "name": 100.0, "person": 100.0}  # weight of a pair of each source
MAX_CHUNK_LENGTH = 4  # Latin letters of one unit
MIN_LIKELIHOOD = 0.0015  # a lower likelihood is left to the error costs of the aligner

_IN_VOWELS = frozenset("aeiouywrh")
_IN_CONSONANTS = frozenset("bcdfghjklmnpqrstvwxyz")
_ALSO = {"យ": "i", "វ": "ou", NIKAHIT: "mng", REAHMUK: "sk", YUUKALEAPINTU: "k", "\u17c5": "v"}


def train_model(report, to=MODEL_FILE, without=()):
    """Write the model to the file `to`.

    `without` are parts of real names that are left out, because the model is measured on them.
    """
    examples = list(_read_examples(without))
    report(f"{len(examples):,} pairs")
    likelihood = _first_guess
    for number in range(1, ROUNDS + 1):
        counts, total = defaultdict(lambda: defaultdict(float)), 0.0
        for units, latin, weight in examples:
            total += weight * _count_chunks(units, latin, weight, likelihood, counts)
        model = {unit: _to_shares(found) for unit, found in counts.items()}
        likelihood = _likelihood_from(model)
        report(f"Round {number} of {ROUNDS}: {total:,.0f}")
    to.write_text(_to_json(model), "utf8")
    report(f"{len(model)} units, {to.stat().st_size:,} bytes")


def _read_examples(without):
    with open(DATA / "pairs.tsv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            part, latin = khmer.normalize(row["khmer"]), to_plain_latin(row["latin"]).replace(" ", "")
            units = split_units(part)
            if units and latin and not (row["source"] == "person" and part in without):
                yield units, latin, WEIGHTS[row["source"]]


def _first_guess(unit, chunk):
    """Return the likelihood before the first round: higher for letters that sound like the unit."""
    if is_vowel(unit):
        return 1.0 if chunk else 0.5
    if not chunk:
        return 0.3
    sound = SOUND.get(unit.lstrip("\u17d2")[0])
    return (20.0 if LATIN_SOUND.get(chunk[0]) == sound else 1.0) / len(chunk)


def _likelihood_from(model):
    def likelihood(unit, chunk):
        return model.get(unit, {}).get(chunk, 0.0)

    return likelihood


def _allowed_letters(unit):
    letters = _IN_VOWELS if is_vowel(unit) else _IN_CONSONANTS
    return letters.union(*(extra for sign, extra in _ALSO.items() if sign in unit))


def _count_chunks(units, latin, weight, likelihood, counts):
    """Add the counts of this pair to `counts`. Return the log likelihood of the pair."""
    size = len(latin)
    steps = [_list_arcs(unit, latin, likelihood) for unit in units]
    forward = [[1.0] + [0.0] * size]
    for arcs in steps:
        row, before = [0.0] * (size + 1), forward[-1]
        for start, end, share in arcs:
            row[end] += before[start] * share
        forward.append(row)
    total = forward[-1][size]
    if not total:
        return 0.0
    after = [0.0] * size + [1.0]
    for unit, arcs, before in zip(reversed(units), reversed(steps), reversed(forward[:-1]), strict=True):
        row, found = [0.0] * (size + 1), counts[unit]
        for start, end, share in arcs:
            row[start] += share * after[end]
            expected = before[start] * share * after[end] / total
            if expected:
                found[latin[start:end]] += weight * expected
        after = row
    return math.log(total)


def _list_arcs(unit, latin, likelihood):
    """Return [(start, end, likelihood)] of every chunk of the Latin letters that may represent the unit."""
    allowed, arcs, size = _allowed_letters(unit), [], len(latin)
    for start in range(size + 1):
        for end in range(start, min(size, start + MAX_CHUNK_LENGTH) + 1):
            if end > start and latin[end - 1] not in allowed:
                break
            share = likelihood(unit, latin[start:end])
            if share:
                arcs.append((start, end, share))
    return arcs


def _to_shares(found):
    """Return the counts of a unit's chunks as shares of 1."""
    total = sum(found.values())
    return {chunk: count / total for chunk, count in found.items()}


def _to_json(model):
    """Return the model as JSON, one unit per line: {chunk: cost in hundredths of a nat}."""
    lines = []
    for unit in sorted(model):
        costs = {
            chunk: round(-100 * math.log(share))
            for chunk, share in sorted(model[unit].items())
            if share > MIN_LIKELIHOOD
        }
        lines.append(f'"{unit}":{json.dumps(costs, separators=(",", ":"))}')
    return "{\n" + ",\n".join(lines) + "\n}\n"
