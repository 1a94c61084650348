"""The passage of a text in which words stand, in pieces of which some are marked. The page draws them, and escapes all."""

import re
from typing import NamedTuple

from app.kernel.text.khmer import latin_digits

AROUND = 90  # letters shown before the first word; twice as many after it
NEAR = 30  # letters that it may be more or fewer, so that no word is cut
_HANGS = re.compile("[\u17b6-\u17d3\u17dd]")
_COENG = "\u17d2"
_BREAK = re.compile("[\\s។៕៖]+")


class Piece(NamedTuple):
    text: str
    marked: bool


Passage = list[Piece]


def folded(text):
    """Letters as they are compared: capitals are none, digits are Latin, and each stays in its place."""
    small = text.lower()
    if len(small) != len(text):
        small = "".join(one.lower() if len(one.lower()) == 1 else one for one in text)
    return latin_digits(small)


def passage(text, words):
    """The words in `text` with what stands around them, from a space or a sign to another where one is near.

    Khmer has few of them; at least no letter is parted from what hangs on it.
    """
    found = _spans(text, words)
    first = found[0] if found else (0, 0)
    begin, _begun = _gap(text, first[0] - AROUND)
    _ended, end = _gap(text, first[1] + 2 * AROUND)
    begin, end = _whole(text, begin, end)
    pieces, at = [], begin
    for start, stop in found:
        if stop > end:
            break
        pieces += [Piece(text[at:start], False), Piece(text[start:stop], True)]
        at = stop
    pieces.append(Piece(text[at:end], False))
    dots = [Piece("… ", False)] if begin else [], [Piece(" …", False)] if end < len(text) else []
    return [one for one in (*dots[0], *pieces, *dots[1]) if one.text]


def _spans(text, words):
    """(start, stop) of every word, in order; those that touch are one."""
    plain, spans = folded(text), []
    for word in words:
        at = plain.find(word)
        while at >= 0:
            spans.append(_whole(text, at, at + len(word)))
            at = plain.find(word, at + len(word))
    merged = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _gap(text, at):
    """(where one begins again, where one ended) at the break that is nearest to `at`; `at` itself where none is near."""
    if not 0 < at < len(text):
        at = min(max(at, 0), len(text))
        return at, at
    near = _BREAK.finditer(text, max(0, at - NEAR), at + NEAR)
    gaps = [(one.end(), one.start() + len(one[0].rstrip())) for one in near]
    return min(gaps, key=lambda gap: abs(gap[0] - at), default=(at, at))


def _whole(text, start, stop):
    """The span, widened to whole Khmer clusters."""
    while start and (_HANGS.match(text[start : start + 1]) or text[start - 1] == _COENG):
        start -= 1
    while stop < len(text) and (_HANGS.match(text[stop]) or text[stop - 1] == _COENG):
        stop += 1
    return start, stop
