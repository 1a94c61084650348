"""The normal form of Khmer text, its digits, and the test for Khmer and Latin names.

Khmer can be typed in several ways that look the same: the subscript before or after the vowel, an invisible space inside a
name, two vowel signs for one. NFC repairs none of that, so two clerks would store two different names. `normalize` puts
every text into the order of Unicode Technical Note 61: letter, robat, subscripts (RO last), shifter, vowel, nikahit and
other signs, reahmuk. All functions are pure and import no framework.
"""

import re
import unicodedata
from functools import lru_cache

from app.kernel.text.collation import sort_key

__all__ = [
    "InvalidText",
    "count_khmer_letters",
    "is_khmer_name",
    "is_latin_name",
    "normalize",
    "sort_key",
    "to_khmer_digits",
    "to_latin_digits",
]

_BASE = "\u1780-\u17a2\u17a5-\u17b3"  # consonants and independent vowels, without the deprecated ones
_RO, _BA, _COENG = "\u179a", "\u1794", "\u17d2"

_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # a lone surrogate can't be stored
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Unicode's default ignorable code points: they are invisible, but make equal names differ.
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

# Robat, shifters, vowels by position (before, below, above, after), signs, reahmuk and yuukaleapintu.
_MARK_ORDER = (
    "\u17cc\u17c9\u17ca\u17be\u17bf\u17c0\u17c1\u17c2\u17c3\u17c4\u17c5\u17bb\u17bc\u17bd"
    "\u17b7\u17b8\u17b9\u17ba\u17b6\u17c6\u17cb\u17cd\u17ce\u17cf\u17d0\u17d1\u17dd\u17c7\u17c8"
)
_FIRST_SERIES = re.compile(
    "[\u1780-\u1783\u1785-\u1788\u178a-\u178d\u178f-\u1792\u1795-\u1797\u179e-\u17a0\u17a2]"
)
_PUSHES_SHIFTER_DOWN = set("\u17b7\u17b8\u17b9\u17ba\u17be\u17bf\u17d0\u17dd")

# Matches most names. A text of these clusters alone needs no repair; a test checks that.
_NORMAL_CLUSTERS = re.compile(
    "(?:[ -9;-~\u17d4-\u17d7\u17e0-\u17e9]|[\u1780-\u17a2\u17a5-\u17b1\u17b3]\u17cc?"
    f"(?:{_COENG}[\u1780-\u1789\u178b-\u1799\u179b-\u17a2\u17a5-\u17b1\u17b3])*(?:{_COENG}{_RO})?"
    "[\u17c9\u17ca]?(?!\u17bb[\u17d0\u17dd])[\u17b6-\u17c5]?[\u17c6\u17cb\u17cd-\u17d1\u17dd]?[\u17c7\u17c8]?)*+"
)


class InvalidText(ValueError):
    """Raised for text that must not be stored.

    `reason` is "control" (control characters, lone surrogates) or "direction" (characters that change the writing
    direction and can make a line show another text).
    """

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def normalize(text: str, *, multiline: bool = False) -> str:
    """Return the stored form of `text`, "" if it is blank; raise InvalidText.

    The function is idempotent. With `multiline`, line ends are kept (as \\n, at most one empty line between two);
    otherwise they become a space. A colon typed for reahmuk (ះ) is repaired inside a Khmer word. In a single line it is also
    repaired at the end of a word, unless a number follows; in multiline text such a colon is kept. A coeng without a letter
    is dropped, because it would change the first letter of any text that follows. Digits stay as typed.
    """
    return _normalize_short(text, multiline) if len(text) <= _SHORT else _normalize(text, multiline)


def _normalize(text: str, multiline: bool) -> str:
    if _CONTROL.search(text):
        raise InvalidText("control")
    if text.isascii():
        return _normalize_blanks(text, multiline)
    return _normalize_blanks(
        text if _NORMAL_CLUSTERS.fullmatch(text) else _repair(text, multiline), multiline
    )


_SHORT = 80
# A save normalizes each name and number several times, and so does a batch of an import.
_normalize_short = lru_cache(4096)(_normalize)


def _repair(text: str, multiline: bool) -> str:
    if _DIRECTION.search(text):
        raise InvalidText("direction")
    text = _INVISIBLE.sub("", text).translate(_DEPRECATED)
    text = _LOOSE_COENG.sub("", text).replace(_COENG + "\u178a", _COENG + "\u178f")
    text = _CLUSTER.sub(_order_cluster, text)
    text = _COLON_INSIDE.sub("\u17c7", text)
    if not multiline:
        text = _COLON_AT_END.sub("\u17c7", text)
    if _NOT_ASCII_NOR_KHMER.search(text):
        # Khmer is excluded from NFC, which can separate a coeng from its letter.
        text = _NOT_KHMER.sub(lambda run: unicodedata.normalize("NFC", run[0]), text)
    return text


def _order_cluster(cluster: re.Match) -> str:
    """Return one letter with its subscripts and marks, each mark once and in standard order."""
    base, tail = cluster.groups()
    subscripts = _SUBSCRIPT.findall(tail)
    subscripts.sort(key=(_COENG + _RO).__eq__)
    marks = set(_SUBSCRIPT.sub("", tail))
    if "\u17c1" in marks and not marks.isdisjoint("\u17b6\u17b8"):  # two halves of one vowel
        half, whole = ("\u17b8", "\u17be") if "\u17b8" in marks else ("\u17b6", "\u17c4")
        marks = marks - {"\u17c1", half} | {whole}
    above = not marks.isdisjoint(_PUSHES_SHIFTER_DOWN) or marks.issuperset("\u17b6\u17c6")
    if above and "\u17bb" in marks and marks.isdisjoint("\u17c9\u17ca"):
        # Below such a vowel a shifter looks like ុ, and ុ itself is not possible there.
        letters = base + "".join(subscripts)
        first = _BA not in letters and _FIRST_SERIES.search(letters)
        marks = marks - {"\u17bb"} | {"\u17ca" if first else "\u17c9"}
    robat = "\u17cc" if "\u17cc" in marks else ""
    marks.discard("\u17cc")
    return base + robat + "".join(subscripts) + "".join(sorted(marks, key=_MARK_ORDER.index))


def _normalize_blanks(text: str, multiline: bool) -> str:
    if not multiline:
        return " ".join(text.split())
    # splitlines() handles \r\n, U+2028 and U+2029; its other separators have been rejected before.
    text = "\n".join(" ".join(line.split()) for line in text.splitlines())
    return re.sub("\n{3,}", "\n\n", text).strip("\n")


_TO_LATIN = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_TO_KHMER = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


def to_latin_digits(text: str) -> str:
    """Return `text` with Khmer digits replaced by 0-9, as numbers are stored and parsed."""
    return text if text.isascii() else text.translate(_TO_LATIN)


def to_khmer_digits(text: str | int | float) -> str:
    """Return `text`, or a number, with 0-9 replaced by ០-៩; separators stay: see `dates.format_number`."""
    return str(text).translate(_TO_KHMER)


_KHMER_WORD = rf"[{_BASE}](?:{_COENG}[{_BASE}]|[{_BASE}\u17b6-\u17d1\u17dd])*"
_KHMER_NAME = re.compile(rf"{_KHMER_WORD}(?:[ -]+{_KHMER_WORD})*")
_LATIN = "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]+"
_LATIN_WORD = rf"{_LATIN}(?:['’./]{_LATIN})*['’.]?"
_LATIN_NAME = re.compile(rf"{_LATIN_WORD}(?:[ -]+{_LATIN_WORD})*")
_KHMER_LETTER = re.compile("[\u1780-\u17d3]")


def is_khmer_name(text: str) -> bool:
    """Return True if normalized `text` has only Khmer letters and signs, spaces and hyphens (rule V031)."""
    return bool(_KHMER_NAME.fullmatch(text))


def is_latin_name(text: str) -> bool:
    """Return True if normalized `text` is a Latin name (rule V031).

    A Latin name has only Latin letters, spaces, hyphens, apostrophes, full stops and the slash of Malaysian documents
    («A/L»).
    """
    return bool(_LATIN_NAME.fullmatch(text))


def count_khmer_letters(text: str) -> int:
    """Return the number of Khmer letters and signs (U+1780-17D3) in `text`, as rule V025 counts them."""
    return len(_KHMER_LETTER.findall(text))
