"""The sounds of the consonants of a name in Latin letters (see `phonetic_keys`)."""

import re
import unicodedata
from functools import cache

VOWELS = frozenset("aeiou")
SEMIVOWELS = {"r": "R", "v": "V", "w": "V", "y": "Y"}  # before a vowel; elsewhere they are part of the vowel
VOWELS_AND_Y = VOWELS | {"y"}
SOUND = {
    "k": "K", "g": "K", "q": "K", "c": "C", "j": "C", "t": "T", "d": "T", "p": "P", "b": "P", "f": "P",
    "n": "N", "m": "M", "l": "L", "s": "S", "z": "S", "x": "S",
}  # fmt: skip
_NASAL = re.compile("ng|nh|gn")
_HARD_C = re.compile("ck|c(?=k|t|s|$)")
_BREATH = re.compile("([kgtdpbcs])h+")
_DOUBLED = re.compile(r"(.)\1+")
_ALIKE = str.maketrans("gqdbfwyzj", "kktppvisc")
_STROKES = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"})


def to_plain_latin(text):
    """Return the text in lower-case Latin letters without accents; all other characters become spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_STROKES))
    kept = "".join(char for char in decomposed if not unicodedata.combining(char) and char not in "'’`.")
    return re.sub("[^a-z]+", " ", kept).strip()


def build_skeletons(word):
    """Return the single skeleton of a word, in a tuple."""
    return ("".join(map(build_skeleton, to_plain_latin(word).split())),)


def build_skeleton(word):
    """Return the skeleton of one word of plain letters."""
    word = _HARD_C.sub("k", _NASAL.sub("n", word))
    sounds = ""
    for at, letter in enumerate(word):
        following = word[at + 1 : at + 2]
        if letter in SOUND:
            sounds += SOUND[letter]
        elif letter in SEMIVOWELS:
            carried = following in (VOWELS if letter == "y" else VOWELS_AND_Y) and following
            sounds += SEMIVOWELS[letter] if carried else ""
        elif letter == "h" and at == 0 and following in VOWELS_AND_Y:
            sounds += "H"
    return sounds


@cache
def find_chunk_sound(chunk):
    """Return the one sound of a chunk of consonants (k, kh, ck), or "" if it has none or several."""
    sounds = {
        SOUND.get(letter) or SEMIVOWELS.get(letter, "?") for letter in _NASAL.sub("n", chunk) if letter != "h"
    }
    if not sounds and chunk:
        return "H"
    return sounds.pop() if len(sounds) == 1 else ""


def fold_letters(letters):
    """Return plain Latin letters with the same spelling for the same sound: kh and k, ph and p, nn and n."""
    return _DOUBLED.sub(r"\1", _BREATH.sub(r"\1", letters).translate(_ALIKE))
