"""Normalization of names and search words, independent of their spelling.

`compact` drops case, accents, spaces and punctuation. `fold` also drops what people spell in several
ways: in Khmer the pairs ិ ី, ុ ូ, ណ ន, ដ ត, ឡ ល and the sign ់; in Latin letters aspiration, vowels and doubled
letters (Mongkol Borey, Mangkul Bourei). Of 1,333 places with two official Latin spellings, 75 % fold to one
text, while nearly 90 % of different names stay different. Search words are compared in both forms.
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
        ("r(?![aeiouyr])", ""),  # silent at the end of a syllable
        ("w", "v"),
        ("[aeiouy]*[ou][aeiouy]*", "o"),
        ("[aeiy]*[eiy][aeiy]*", "e"),
        ("a", "o"),  # Maha, Moha
        ("ngk", "ng"),
        (r"([a-z])\1+", r"\1"),
    )
)


def compact(text):
    """Return the letters and digits of `text`, lower case, digits as 0-9; "" for text that must not be stored."""
    try:
        text = khmer.to_latin_digits(khmer.normalize(text)).casefold()
    except khmer.InvalidText:
        return ""
    if not text.isascii():
        text = unicodedata.normalize("NFD", text)
    return "".join(_KEPT.findall(text))


def fold(word):
    """Return the folded form of a compact word."""
    if not word.isascii():
        return word.translate(_KHMER_ALIKE)
    for pattern, written in _LATIN_ALIKE:
        word = pattern.sub(written, word)
    return word


def split_words(text):
    """Return the compact words of a search text; hyphens, commas and dots separate words like spaces."""
    return [word for word in map(compact, re.split(r"[\s,./;|–-]+", text)) if word]


def build_variants(*names):
    """Return every searchable form of the names, each once, separated by spaces."""
    plain = [compact(name) for name in names if name]
    return " ".join(dict.fromkeys(form for form in (*plain, *map(fold, plain)) if form))


def build_word_runs(words):
    """Return all runs of adjacent search words, longest first: [(number of words, compact, folded)]."""
    found = []
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            joined = "".join(words[start : start + length])
            found.append((length, joined, fold(joined)))
    return found


def find_match_span(shown, words):
    """Return [start, end] of the search words in the name `shown`, as whole letters with signs, or None."""
    letters, places = "", []
    for place, letter in enumerate(shown):
        for part in compact_character(letter):
            letters += part
            places.append(place)
    for _length, joined, _folded in build_word_runs(words):
        start = letters.find(joined)
        if start >= 0:
            end = places[start + len(joined) - 1] + 1
            while end < len(shown) and ("\u17b6" <= shown[end] <= "\u17dd" or shown[end - 1] == "\u17d2"):
                end += 1
            return [places[start], end]
    return None


def compact_character(letter):
    """Return one letter of normalized text as `compact` leaves it: often itself, nothing for a space."""
    letter = khmer.to_latin_digits(letter).casefold()
    return "".join(_KEPT.findall(letter if letter.isascii() else unicodedata.normalize("NFD", letter)))
