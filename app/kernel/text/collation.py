"""Sort keys that order Khmer and Latin names in the same way on every database.

SQLite and PostgreSQL compare a key byte by byte (BINARY, "C"). The result is the order of the Unicode CLDR for Khmer
(common/collation/km.xml, Unicode License v3): blanks, punctuation, digits, Khmer in dictionary order, Latin, everything
else by code point.

A key has two levels. The first level has one printable character for each letter. A subscript is a coeng followed by its
letter, and the coeng sorts behind all vowels. The vowels with nikahit and reahmuk follow ៅ. ឥ ឦ ឧ … sort as អ with their
vowel. A letter under robat sorts as RO with that letter as subscript. The second level follows after a blank and decides
between texts with equal letters. It lists the signs (់ ៉ ៊ ៍ …) and Latin accents, each as the number of letters since
the previous sign and the sign itself. A larger number sorts first, because an unmarked letter sorts before a marked one.
The key ignores case and the differences between ឱ and ឲ and between ១ and 1: break such ties by the id.
"""

import re
import unicodedata

# Placeholders for letters written with two code points, and a mark for a letter with a variant spelling.
_UM, _AM, _IH, _UH, _EH, _OH, _VARIANT = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5\ufdd6"
_CONSONANTS = "កខគឃងចឆជឈញដឋឌឍណតថទធនបផពភមយរឫឬលឭឮវឝឞសហឡអ"
_VOWELS = "".join(map(chr, range(0x17B6, 0x17C6))) + _UM + "\u17c6" + _AM + "\u17c7" + _IH + _UH + _EH + _OH
_PUNCTUATION = (
    "_-\u2010\u2011–—,;:៖!?.…·។៕'‘’‹›\"“”«»()[]{}§¶@*/\\&#%†•៙៚`^©®+±÷×<=>¬|~ៗ$£¥៛€"  # in CLDR order
)
_SIGNS = (
    _VARIANT + "\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0327\u0328\u0304"
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
    "ឥ": "អ\u17b7" + _VARIANT,
    "ឦ": "អ\u17b8" + _VARIANT,
    "ឧ": "អ\u17bb" + _VARIANT,
    "ឨ": "អ\u17bb" + _VARIANT + "ក",
    "ឩ": "អ\u17bc" + _VARIANT,
    "ឪ": "អ\u17bc" + _VARIANT + "វ",
    "ឯ": "អ\u17c2" + _VARIANT,
    "ឰ": "អ\u17c3" + _VARIANT,
    "ឱ": "អ\u17c4" + _VARIANT,
    "ឲ": "អ\u17c4" + _VARIANT,
    "ឳ": "អ\u17c5" + _VARIANT,
    "៘": "។ល។",
    **{letter + "\u17cc": "រ\u17d2" + letter + _VARIANT for letter in _CONSONANTS},
}
_SPELLING = re.compile(
    "[\u17bb\u17b6]\u17c6|[\u17b7\u17bb\u17c1\u17c4]\u17c7|[\u1780-\u17a2\u17ab-\u17ae]\u17cc|[ឣ-ឪឯ-ឳ៘]"
)
ROBAT = "\u17cc"  # sorts as RO before the letter below it
_MERGING = ("", "\u17c6", "\u17c7")  # nothing, or a sign that forms one letter with the vowel before it
_SIGN = re.compile("[\u0300-\u036f\u17c8-\u17d1\u17dd\ufdd6]")
_FOREIGN = re.compile("[^\0-\x7f\u1780-\u17ff]")
_LIKE_LATIN = str.maketrans(
    {"đ": "d\u0335", "ø": "o\u0335", "ł": "l\u0335", "ı": "i\u0335", "æ": "a\u0335e", "œ": "o\u0335e"}
)
_MAX_RUN = 90  # unmarked letters that one character of the second level can count


class _Letters(dict):
    """Maps a code point to its first-level characters; unlisted ones are computed from their Unicode category."""

    def __init__(self):
        super().__init__()
        for position, char in enumerate(" " + _PUNCTUATION):
            self[ord(char)] = "!" + chr(0x20 + position)
        for digit in "0123456789":
            self[ord(digit)] = self[ord(digit) + 0x17B0] = "!t" + digit
        one_each = _CONSONANTS + "\u17dc" + _VOWELS + "\u17d2abcdefghijklmnopqrstuvwxyz"
        for position, char in enumerate(one_each):
            self[ord(char)] = chr(0x22 + position)
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
        # Three characters of 94 reach up to code point 94**3. The last planes get another lead character.
        lead, rest = ("}", code) if code < 94**3 else ("~", code - 94**3)
        spelt = chr(0x20 + rest // 8836) + chr(0x20 + rest // 94 % 94) + chr(0x20 + rest % 94)
        return ("!s" if category[0] in "PSZ" else lead) + spelt


_LETTERS = _Letters()
_WEIGHTS = {sign: chr(0x21 + position) for position, sign in enumerate(_SIGNS)}
_UNLISTED = _WEIGHTS["\u17cc"]


def sort_key(text: str) -> str:
    """Return the sort key of `text`: printable ASCII, about as long as the text, which should be normalized.

    sort_key(a) < sort_key(b) if the CLDR sorts a before b, down to signs and accents. Every text has a key.
    """
    text = text.casefold()
    if not text.isascii():
        if _FOREIGN.search(text):
            text = unicodedata.normalize("NFKD", text.translate(_LIKE_LATIN)).casefold()
        text = _SPELLING.sub(lambda letters: _SPELT[letters[0]], text)
    key = text.translate(_LETTERS)
    signs = ""
    previous_end = 0
    for index, sign in enumerate(_SIGN.finditer(text)):
        here = sign.start() - index
        if sign[0] == _VARIANT:  # marks the letter before it and has no letter of its own
            here -= 1
        run, here = here - previous_end, here
        previous_end = here + (sign[0] == _VARIANT)
        signs += "!" * (run // _MAX_RUN) + chr(0x7E - run % _MAX_RUN) + _WEIGHTS.get(sign[0], _UNLISTED)
    return f"{key} {signs}" if signs else key


def prefix_range(text: str) -> tuple[str, str]:
    """Return (lowest, highest), the key range of all texts that begin with `text`, unless ROBAT follows it."""
    keys = [sort_key(text + sign).partition(" ")[0] for sign in _MERGING]
    prefixes = [key[: len(keys[0])] for key in keys]
    return min(prefixes), max(prefixes) + "\x7f"
