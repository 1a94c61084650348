"""What a name and a question have in common, however they are spelt.

`compact` forgets case, accents, spaces and punctuation. `fold` also forgets what people spell in several
ways: in Khmer the pairs ិ ី, ុ ូ, ណ ន, ដ ត, ឡ ល and the sign ់; in Latin letters aspiration, vowels and doubled
letters (Mongkol Borey, Mangkul Bourei). Of 1,333 places with two official Latin spellings, 75 in a hundred
fold to one text, while nearly nine in ten different names stay different. Questions are compared in both.
"""

import re
import unicodedata

from app.kernel.text import khmer

_KEPT = re.compile("[a-z0-9\u1780-\u17b3\u17b6-\u17d3\u17dd]+")
_KHMER_ALIKE = str.maketrans({"ី": "ិ", "ូ": "ុ", "ណ": "ន", "ដ": "ត", "ឡ": "ល", "់": None})
_LATIN_ALIKE = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        ("(?<=[bcdgkptx])h", ""),  # ph, kh, th: aspirated or not
        ("h(?![aeiouy])", ""),
        ("r(?![aeiouyr])", ""),  # not spoken at the end of a syllable
        ("w", "v"),
        ("[aeiouy]*[ou][aeiouy]*", "o"),
        ("[aeiy]*[eiy][aeiy]*", "e"),
        ("a", "o"),  # Maha, Moha
        ("ngk", "ng"),
        (r"([a-z])\1+", r"\1"),
    )
)


def compact(text):
    """Letters and digits of `text` alone, small, digits as 0-9; "" for a text that must not be stored."""
    try:
        text = khmer.latin_digits(khmer.normal(text)).casefold()
    except khmer.Refused:
        return ""
    if not text.isascii():
        text = unicodedata.normalize("NFD", text)
    return "".join(_KEPT.findall(text))


def fold(word):
    """The coarser form of a compact word."""
    if not word.isascii():
        return word.translate(_KHMER_ALIKE)
    for pattern, written in _LATIN_ALIKE:
        word = pattern.sub(written, word)
    return word


def words(text):
    """The compact words of a question; a hyphen, comma or dot parts words as a space does."""
    return [word for word in map(compact, re.split(r"[\s,./;|–-]+", text)) if word]


def variants(*names):
    """Every form of the names that a question may be compared with, each once, parted by spaces."""
    plain = [compact(name) for name in names if name]
    return " ".join(dict.fromkeys(form for form in (*plain, *map(fold, plain)) if form))


def runs(asked):
    """All words that stand together in a question, longest first: [(number of words, compact, folded)]."""
    found = []
    for length in range(len(asked), 0, -1):
        for start in range(len(asked) - length + 1):
            joined = "".join(asked[start : start + length])
            found.append((length, joined, fold(joined)))
    return found


def mark(shown, asked):
    """[start, end] of what was asked for in the name `shown`, whole letters with their signs; or None."""
    letters, places = "", []
    for place, letter in enumerate(shown):
        for part in compact_letter(letter):
            letters += part
            places.append(place)
    for _length, joined, _folded in runs(asked):
        start = letters.find(joined)
        if start >= 0:
            end = places[start + len(joined) - 1] + 1
            while end < len(shown) and ("\u17b6" <= shown[end] <= "\u17dd" or shown[end - 1] == "\u17d2"):
                end += 1
            return [places[start], end]
    return None


def compact_letter(letter):
    """One letter of a text in normal form as `compact` leaves it: often itself, nothing for a space."""
    letter = khmer.latin_digits(letter).casefold()
    return "".join(_KEPT.findall(letter if letter.isascii() else unicodedata.normalize("NFD", letter)))
