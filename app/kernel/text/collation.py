"""A key that sorts Khmer and Latin names alike on every database.

SQLite and PostgreSQL compare this key byte by byte (BINARY, "C") and get the order that the Unicode CLDR
gives for Khmer (common/collation/km.xml, Unicode License v3): blanks, punctuation, digits, Khmer in the order
of the dictionary, Latin, everything else by code point.

The key has two levels. First comes every letter as one printable character: a subscript is its letter after a
coeng, and the coeng sorts behind all vowels; the vowels with nikahit and reahmuk follow ៅ; ឥ ឦ ឧ … sort as អ
with their vowel; a letter under robat as RO with that letter below. Only where two texts are equal so far do
the signs (់ ៉ ៊ ៍ …) and Latin accents decide: after a blank, each as how many letters went by since the last
one (more is less, as an unmarked letter sorts before a marked one) and which sign it is. Case never counts,
nor do ឱ and ឲ, ១ and 1: break such ties by the id.
"""

import re
import unicodedata

# Stand-ins for letters written with two code points, and a mark on a letter that was spelt another way.
_UM, _AM, _IH, _UH, _EH, _OH, _OTHERWISE = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5\ufdd6"
_CONSONANTS = "កខគឃងចឆជឈញដឋឌឍណតថទធនបផពភមយរឫឬលឭឮវឝឞសហឡអ"
_VOWELS = "".join(map(chr, range(0x17B6, 0x17C6))) + _UM + "\u17c6" + _AM + "\u17c7" + _IH + _UH + _EH + _OH
_PUNCTUATION = (
    "_-\u2010\u2011–—,;:៖!?.…·។៕'‘’‹›\"“”«»()[]{}§¶@*/\\&#%†•៙៚`^©®+±÷×<=>¬|~ៗ$£¥៛€"  # in the order of CLDR
)
_SIGNS = (
    _OTHERWISE + "\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0327\u0328\u0304"
    "\u17cc\u17ce\u17cf\u17d1\u17d0\u17c8\u17dd\u17cb\u17c9\u17ca\u17cd"
)

_SPELT = {
    "\u17bb\u17c6": _UM,
    "\u17b6\u17c6": _AM,
    "\u17b7\u17c7": _IH,
    "\u17bb\u17c7": _UH,
    "\u17c1\u17c7": _EH,
    "\u17c4\u17c7": _OH,
    "ឣ": "អ",
    "ឤ": "អ\u17b6",
    "ឥ": "អ\u17b7" + _OTHERWISE,
    "ឦ": "អ\u17b8" + _OTHERWISE,
    "ឧ": "អ\u17bb" + _OTHERWISE,
    "ឨ": "អ\u17bb" + _OTHERWISE + "ក",
    "ឩ": "អ\u17bc" + _OTHERWISE,
    "ឪ": "អ\u17bc" + _OTHERWISE + "វ",
    "ឯ": "អ\u17c2" + _OTHERWISE,
    "ឰ": "អ\u17c3" + _OTHERWISE,
    "ឱ": "អ\u17c4" + _OTHERWISE,
    "ឲ": "អ\u17c4" + _OTHERWISE,
    "ឳ": "អ\u17c5" + _OTHERWISE,
    "៘": "។ល។",
    **{letter + "\u17cc": "រ\u17d2" + letter + _OTHERWISE for letter in _CONSONANTS},
}
_SPELLING = re.compile(
    "[\u17bb\u17b6]\u17c6|[\u17b7\u17bb\u17c1\u17c4]\u17c7|[\u1780-\u17a2\u17ab-\u17ae]\u17cc|[ឣ-ឪឯ-ឳ៘]"
)
ROBAT = "\u17cc"  # puts RO before the letter that it stands on
_MERGING = ("", "\u17c6", "\u17c7")  # what makes one letter with a vowel before it, or nothing
_SIGN = re.compile("[\u0300-\u036f\u17c8-\u17d1\u17dd\ufdd6]")
_FOREIGN = re.compile("[^\0-\x7f\u1780-\u17ff]")
_LIKE_LATIN = str.maketrans(
    {"đ": "d\u0335", "ø": "o\u0335", "ł": "l\u0335", "ı": "i\u0335", "æ": "a\u0335e", "œ": "o\u0335e"}
)
_LONGEST = 90  # unmarked letters that one character of the second level can count


class _Letters(dict):
    """Code point → its characters in the first level; what is not listed is worked out by its category."""

    def __init__(self):
        super().__init__()
        for place, char in enumerate(" " + _PUNCTUATION):
            self[ord(char)] = "!" + chr(0x20 + place)
        for digit in "0123456789":
            self[ord(digit)] = self[ord(digit) + 0x17B0] = "!t" + digit
        one_each = _CONSONANTS + "\u17dc" + _VOWELS + "\u17d2abcdefghijklmnopqrstuvwxyz"
        for place, char in enumerate(one_each):
            self[ord(char)] = chr(0x22 + place)
        for sign in (*_SIGNS, *map(chr, range(0x0300, 0x0370)), "\u17b4", "\u17b5", "\u17d3"):
            self[ord(sign)] = ""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char.isspace():
            return self[0x20]
        if char.isdecimal():
            return "!t" + str(unicodedata.decimal(char))
        category = unicodedata.category(char)
        if category in ("Cc", "Cf"):
            return ""
        # Only the last planes need more than three of 94 characters: they have a lead of their own.
        lead, rest = ("}", code) if code < 94**3 else ("~", code - 94**3)
        spelt = chr(0x20 + rest // 8836) + chr(0x20 + rest // 94 % 94) + chr(0x20 + rest % 94)
        return ("!s" if category[0] in "PSZ" else lead) + spelt


_LETTERS = _Letters()
_WEIGHTS = {sign: chr(0x21 + place) for place, sign in enumerate(_SIGNS)}
_UNLISTED = _WEIGHTS["\u17cc"]


def sort_key(text: str) -> str:
    """The key of `text`, which should be in normal form: printable ASCII, about as long as the text.

    sort_key(a) < sort_key(b) as the CLDR sorts a before b, down to signs and accents. Every text has a key.
    """
    text = text.casefold()
    if not text.isascii():
        if _FOREIGN.search(text):
            text = unicodedata.normalize("NFKD", text.translate(_LIKE_LATIN)).casefold()
        text = _SPELLING.sub(lambda letters: _SPELT[letters[0]], text)
    key = text.translate(_LETTERS)
    signs = ""
    after = 0
    for found, sign in enumerate(_SIGN.finditer(text)):
        here = sign.start() - found
        if sign[0] == _OTHERWISE:  # belongs to the letter before, instead of coming after it
            here -= 1
        run, here = here - after, here
        after = here + (sign[0] == _OTHERWISE)
        signs += "!" * (run // _LONGEST) + chr(0x7E - run % _LONGEST) + _WEIGHTS.get(sign[0], _UNLISTED)
    return f"{key} {signs}" if signs else key


def stretch(text: str) -> tuple[str, str]:
    """(lowest, highest): between them lies the key of every text that begins with `text`, but where ROBAT follows it."""
    keys = [sort_key(text + sign).partition(" ")[0] for sign in _MERGING]
    begun = [key[: len(keys[0])] for key in keys]
    return min(begun), max(begun) + "\x7f"
