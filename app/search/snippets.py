"""Snippets of a text around the found words, in pieces of which some are marked. The template escapes the pieces."""

import re
from typing import NamedTuple

from app.kernel.text.khmer import to_latin_digits

CONTEXT_LENGTH = 90  # characters before the first word; twice as many after it
MAX_SHIFT = 30  # characters that a cut may move to reach a break
_COMBINING = re.compile("[\u17b6-\u17d3\u17dd]")
_COENG = "\u17d2"
_BREAK = re.compile("[\\s។៕៖]+")


class Piece(NamedTuple):
    text: str
    marked: bool


Snippet = list[Piece]


def fold_text(text):
    """Return the text for comparison: lower case and Latin digits, each character in its position."""
    small = text.lower()
    if len(small) != len(text):
        small = "".join(one.lower() if len(one.lower()) == 1 else one for one in text)
    return to_latin_digits(small)


def make_snippet(text, words):
    """Return the pieces of `text` around the words. A snippet starts and ends at a space or sign if one is near.

    Khmer has few spaces, so a cut may be inside a word, but never inside a Khmer cluster.
    """
    found = _find_spans(text, words)
    first = found[0] if found else (0, 0)
    begin, _end = _find_break(text, first[0] - CONTEXT_LENGTH)
    _begin, end = _find_break(text, first[1] + 2 * CONTEXT_LENGTH)
    begin, end = _widen_to_clusters(text, begin, end)
    pieces, at = [], begin
    for start, stop in found:
        if stop > end:
            break
        pieces += [Piece(text[at:start], False), Piece(text[start:stop], True)]
        at = stop
    pieces.append(Piece(text[at:end], False))
    dots = [Piece("… ", False)] if begin else [], [Piece(" …", False)] if end < len(text) else []
    return [one for one in (*dots[0], *pieces, *dots[1]) if one.text]


def _find_spans(text, words):
    """Return the (start, stop) of all words in order. Touching spans are joined."""
    plain, spans = fold_text(text), []
    for word in words:
        at = plain.find(word)
        while at >= 0:
            spans.append(_widen_to_clusters(text, at, at + len(word)))
            at = plain.find(word, at + len(word))
    merged = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _find_break(text, at):
    """Return (end, start) of the break nearest to `at`: where the text continues, and where it stops.

    Both are `at` if no break is near.
    """
    if not 0 < at < len(text):
        at = min(max(at, 0), len(text))
        return at, at
    near = _BREAK.finditer(text, max(0, at - MAX_SHIFT), at + MAX_SHIFT)
    gaps = [(one.end(), one.start() + len(one[0].rstrip())) for one in near]
    return min(gaps, key=lambda gap: abs(gap[0] - at), default=(at, at))


def _widen_to_clusters(text, start, stop):
    """Return the span, widened to whole Khmer clusters."""
    while start and (_COMBINING.match(text[start : start + 1]) or text[start - 1] == _COENG):
        start -= 1
    while stop < len(text) and (_COMBINING.match(text[stop]) or text[stop - 1] == _COENG):
        stop += 1
    return start, stop
