"""Khmer text: the one form in which it is stored, its digits, and a key that sorts it.

Khmer can be typed in several ways that look the same on paper: the subscript before or after the vowel, an
invisible space inside a name, two vowel signs for one. NFC repairs none of that, so two clerks would write
two names. Here every text is brought into the order of Unicode Technical Note 61: letter, robat, subscripts
(RO last), shifter, vowel, nikahit and other signs, reahmuk. Pure functions; no framework is imported.
"""

import re
import unicodedata
from functools import lru_cache

from app.kernel.text.collation import sort_key

__all__ = [
    "Refused",
    "is_khmer_name",
    "is_latin_name",
    "khmer_digits",
    "khmer_letters",
    "latin_digits",
    "normal",
    "sort_key",
]

_BASE = "\u1780-\u17a2\u17a5-\u17b3"  # consonants and independent vowels, the deprecated ones left out
_RO, _BA, _COENG = "\u179a", "\u1794", "\u17d2"

_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # a lone surrogate can't be stored
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Unicode's default ignorable code points: nothing to see, yet they make two names of one.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_DEPRECATED = str.maketrans(
    {"\u17a3": "\u17a2", "\u17a4": "\u17a2\u17b6", "\u17d3": "\u17c6", "\u17b2": "\u17b1"}
)
_LOOSE_COENG = re.compile(f"{_COENG}(?![{_BASE}])")
_CLUSTER = re.compile(f"([{_BASE}\u25cc])((?:{_COENG}[{_BASE}]|[\u17b6-\u17d1\u17dd])+)")
_SUBSCRIPT = re.compile(f"{_COENG}.")
_COLON_INSIDE = re.compile(f"(?<=[{_BASE}\u17b6-\u17c5]):(?=[{_BASE}])")
_COLON_AT_END = re.compile(rf"(?<=[{_BASE}\u17b6-\u17c5]):(?=-|\s*\Z|\s+[^\s\d])")
_NOT_ASCII_NOR_KHMER = re.compile("[^\0-\x7f\u1780-\u17ff]")
_NOT_KHMER = re.compile("[^\u1780-\u17ff]+")

# Robat, shifters, vowels by where they stand (before, below, above, after), signs, reahmuk and yuukaleapintu.
_MARK_ORDER = (
    "\u17cc\u17c9\u17ca\u17be\u17bf\u17c0\u17c1\u17c2\u17c3\u17c4\u17c5\u17bb\u17bc\u17bd"
    "\u17b7\u17b8\u17b9\u17ba\u17b6\u17c6\u17cb\u17cd\u17ce\u17cf\u17d0\u17d1\u17dd\u17c7\u17c8"
)
_FIRST_SERIES = re.compile(
    "[\u1780-\u1783\u1785-\u1788\u178a-\u178d\u178f-\u1792\u1795-\u1797\u179e-\u17a0\u17a2]"
)
_PUSHES_SHIFTER_DOWN = set("\u17b7\u17b8\u17b9\u17ba\u17be\u17bf\u17d0\u17dd")

# What most names already are. A text of only these clusters has nothing to repair; a test holds us to it.
_TIDY = re.compile(
    "(?:[ -9;-~\u17d4-\u17d7\u17e0-\u17e9]|[\u1780-\u17a2\u17a5-\u17b1\u17b3]\u17cc?"
    f"(?:{_COENG}[\u1780-\u1789\u178b-\u1799\u179b-\u17a2\u17a5-\u17b1\u17b3])*(?:{_COENG}{_RO})?"
    "[\u17c9\u17ca]?(?!\u17bb[\u17d0\u17dd])[\u17b6-\u17c5]?[\u17c6\u17cb\u17cd-\u17d1\u17dd]?[\u17c7\u17c8]?)*+"
)


class Refused(ValueError):
    """A text that must not be stored. `reason` is "control" (control characters, halves of surrogates) or
    "direction" (characters that turn the direction of writing and so can make a line show another text)."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def normal(text: str, *, lines: bool = False) -> str:
    """The form of `text` that is stored: normal(normal(t)) == normal(t), and "" where there are only blanks.

    With `lines`, line ends are kept (as \\n, at most one empty line between two); else they become a space.
    A colon typed for reahmuk (ះ) is repaired inside a Khmer word and, in a single line, at its end unless a
    number follows; at the end of a word in a longer text it is taken for what it is, a colon. A coeng that
    has no letter to put below is dropped, since it would swallow the first letter of whatever is written
    after it. Digits stay as typed. Raises Refused.
    """
    return _short(text, lines) if len(text) <= _SHORT else _normal(text, lines)


def _normal(text: str, lines: bool) -> str:
    if _CONTROL.search(text):
        raise Refused("control")
    if text.isascii():
        return _blanks(text, lines)
    return _blanks(text if _TIDY.fullmatch(text) else _repaired(text, lines), lines)


_SHORT = 80
# Each name and number comes several times on its way in, those of a batch of an import too.
_short = lru_cache(32_768)(_normal)


def _repaired(text: str, lines: bool) -> str:
    if _DIRECTION.search(text):
        raise Refused("direction")
    text = _INVISIBLE.sub("", text).translate(_DEPRECATED)
    text = _LOOSE_COENG.sub("", text).replace(_COENG + "\u178a", _COENG + "\u178f")
    text = _CLUSTER.sub(_in_order, text)
    text = _COLON_INSIDE.sub("\u17c7", text)
    if not lines:
        text = _COLON_AT_END.sub("\u17c7", text)
    if _NOT_ASCII_NOR_KHMER.search(text):
        # Khmer is kept out of NFC, which can part a coeng from its letter.
        text = _NOT_KHMER.sub(lambda run: unicodedata.normalize("NFC", run[0]), text)
    return text


def _in_order(cluster: re.Match) -> str:
    """One letter with all that hangs on it, each mark once and in its place."""
    base, tail = cluster.groups()
    subscripts = _SUBSCRIPT.findall(tail)
    subscripts.sort(key=(_COENG + _RO).__eq__)
    marks = set(_SUBSCRIPT.sub("", tail))
    if "\u17c1" in marks and not marks.isdisjoint("\u17b6\u17b8"):  # two halves of one vowel
        half, whole = ("\u17b8", "\u17be") if "\u17b8" in marks else ("\u17b6", "\u17c4")
        marks = marks - {"\u17c1", half} | {whole}
    above = not marks.isdisjoint(_PUSHES_SHIFTER_DOWN) or marks.issuperset("\u17b6\u17c6")
    if above and "\u17bb" in marks and marks.isdisjoint("\u17c9\u17ca"):
        # Below such a vowel a shifter looks like ុ, and ុ itself can't stand there.
        letters = base + "".join(subscripts)
        first = _BA not in letters and _FIRST_SERIES.search(letters)
        marks = marks - {"\u17bb"} | {"\u17ca" if first else "\u17c9"}
    robat = "\u17cc" if "\u17cc" in marks else ""
    marks.discard("\u17cc")
    return base + robat + "".join(subscripts) + "".join(sorted(marks, key=_MARK_ORDER.index))


def _blanks(text: str, lines: bool) -> str:
    if not lines:
        return " ".join(text.split())
    # splitlines() would also split at characters that were refused already; it knows \r\n, U+2028 and U+2029.
    kept = "\n".join(" ".join(line.split()) for line in text.splitlines())
    return re.sub("\n{3,}", "\n\n", kept).strip("\n")


_TO_LATIN = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_TO_KHMER = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


def latin_digits(text: str) -> str:
    """`text` with Khmer digits written as 0-9, as numbers are stored and parsed."""
    return text if text.isascii() else text.translate(_TO_LATIN)


def khmer_digits(text: str | int | float) -> str:
    """`text`, or a number, with 0-9 written as ០-៩. Separators are left alone: see dates.say_number."""
    return str(text).translate(_TO_KHMER)


_KHMER_WORD = rf"[{_BASE}](?:{_COENG}[{_BASE}]|[{_BASE}\u17b6-\u17d1\u17dd])*"
_KHMER_NAME = re.compile(rf"{_KHMER_WORD}(?:[ -]+{_KHMER_WORD})*")
_LATIN = "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]+"
_LATIN_WORD = rf"{_LATIN}(?:['’./]{_LATIN})*['’.]?"
_LATIN_NAME = re.compile(rf"{_LATIN_WORD}(?:[ -]+{_LATIN_WORD})*")
_KHMER_LETTER = re.compile("[\u1780-\u17d3]")


def is_khmer_name(text: str) -> bool:
    """Whether `text`, in normal form, has only Khmer letters and signs, spaces and hyphens (rule V031)."""
    return bool(_KHMER_NAME.fullmatch(text))


def is_latin_name(text: str) -> bool:
    """Whether `text`, in normal form, has only Latin letters, spaces, hyphens, apostrophes and full stops, and the
    stroke of Malaysian papers: «A/L» (rule V031).
    """
    return bool(_LATIN_NAME.fullmatch(text))


def khmer_letters(text: str) -> int:
    """How many Khmer letters and signs (U+1780-17D3) `text` has: the measure of rule V025."""
    return len(_KHMER_LETTER.findall(text))
