"""What the consonants of a name in Latin letters sound like (see `keys`)."""

import re
import unicodedata
from functools import cache

VOWELS = frozenset("aeiou")
BEFORE_A_VOWEL = {"r": "R", "v": "V", "w": "V", "y": "Y"}  # elsewhere they are part of the vowel
LIKE_VOWELS = VOWELS | {"y"}
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


def plain(text):
    """Small Latin letters without accents; everything else is a blank."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_STROKES))
    kept = "".join(char for char in decomposed if not unicodedata.combining(char) and char not in "'’`.")
    return re.sub("[^a-z]+", " ", kept).strip()


def skeletons(word):
    """The one skeleton of a word."""
    return ("".join(map(sounds_of, plain(word).split())),)


def sounds_of(word):
    """The skeleton of one word of plain letters."""
    word = _HARD_C.sub("k", _NASAL.sub("n", word))
    sounds = ""
    for at, letter in enumerate(word):
        following = word[at + 1 : at + 2]
        if letter in SOUND:
            sounds += SOUND[letter]
        elif letter in BEFORE_A_VOWEL:
            carried = following in (VOWELS if letter == "y" else LIKE_VOWELS) and following
            sounds += BEFORE_A_VOWEL[letter] if carried else ""
        elif letter == "h" and at == 0 and following in LIKE_VOWELS:
            sounds += "H"
    return sounds


@cache
def sound_of(chunk):
    """The one sound of a chunk of consonants (k, kh, ck); "" where it has none or several."""
    sounds = {
        SOUND.get(letter) or BEFORE_A_VOWEL.get(letter, "?")
        for letter in _NASAL.sub("n", chunk)
        if letter != "h"
    }
    if not sounds and chunk:
        return "H"
    return sounds.pop() if len(sounds) == 1 else ""


def folded(letters):
    """Plain Latin letters in which what sounds alike is the same: kh and k, ph and p, nn and n."""
    return _DOUBLED.sub(r"\1", _BREATH.sub(r"\1", letters).translate(_ALIKE))
