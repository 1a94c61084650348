"""How like two names are: the order of the answers, and their band."""

from typing import NamedTuple

from rapidfuzz import fuzz

from app.names import keys


class Ranked(NamedTuple):
    """A name among the answers, the best of which has the highest score."""

    score: float
    band: str
    name_id: int
    matched: str


def ranked(question, names):
    """The names (id → name), best first."""
    asked = ["".join(order) for order in question.orders]
    found = [_judged(asked, question, name_id, name) for name_id, name in names.items()]
    return sorted(found, key=lambda one: (-one.score, one.name_id))


def _judged(asked, question, name_id, name):
    best = 0, ""
    for parts in (name[:2], name[2:]):
        shown = " ".join(filter(None, parts))
        plain = "".join(filter(None, map(keys.readable, shown.split())))
        if plain:
            best = max(best, (max(fuzz.ratio(one, plain) for one in asked) / 100, shown))
    score, matched = best
    sounds = not set(question.skeletons).isdisjoint((*keys.of_name(*name[:2]), *keys.of_name(*name[2:])))
    band = "same" if score == 1 else "sounds" if sounds else "possible"
    return Ranked(score, band, name_id, matched or " ".join(filter(None, name[:2])))
