"""The coarse key of a name, the same from Khmer and from Latin letters: what its consonants sound like.

Twelve classes of sound are left: K C T P N M Y R L V S, and H where the whole name begins with it. Vowels and
aspiration go, as do r, v, y and h that stand before no vowel; of a run of one class one is left. The whole name is one
string, so that it does not matter where a clerk put the blank. A key is a number: four bits for each sound, the first
highest, so that all names that begin alike are one range of numbers.

Khmer writes letters that many do not speak, so a name in Khmer may have several keys.
"""

import re
from functools import lru_cache
from itertools import islice, product

from app.name_search import khmer_phonetics, latin_phonetics

SOUNDS = "KCTPNMYRLVSH"
LONGEST = 15  # sounds in a key
MOST = 8  # keys of one name
HEARD = 7  # sounds of one part of a name, so that they are a usual integer
_NO_KHMER = re.compile("[^\u1780-\u17d3]+")
_ALIKE = str.maketrans(
    dict(zip("ដណឡឋឌធឍខឃគឆឈជផភពី\u17ba\u17bc", "តនលថតថថកកកចចចពពប\u17b7\u17b9\u17bb", strict=True))
    | dict.fromkeys("\u17cb\u17c9\u17ca\u17cd\u17d0", "")
    | {
        "ឥ": "អ\u17b7",
        "ឦ": "អ\u17b7",
        "ឧ": "អ\u17bb",
        "ឩ": "អ\u17bb",
        "ឯ": "អ\u17c2",
        "ឱ": "អ\u17c4",
        "ឲ": "អ\u17c4",
    }
)
_LETTERS = "kctpnmyrlvsha"  # one for each sound, and a vowel
_PLACE = {sound: number for number, sound in enumerate(SOUNDS, start=1)}


def is_khmer(text):
    """Whether it is to be read as Khmer: it has a Khmer letter."""
    return any("\u1780" <= char <= "\u17b3" for char in text)


def readable(word):
    """A word of Khmer letters, or of plain small Latin ones; "" for what has neither."""
    return _NO_KHMER.sub("", word) if is_khmer(word) else latin_phonetics.plain(word).replace(" ", "")


@lru_cache(50_000)
def readable_part(part):
    """A part of a name, which may be of several words, without its blanks."""
    return "".join(map(readable, part.split()))


def alike(khmer):
    """A Khmer text in which letters that sound alike, and long and short vowels, are the same."""
    return khmer.replace("\u17d2យ", "យ").translate(_ALIKE)


@lru_cache(50_000)
def skeletons(part):
    """What one part of a name may sound like, most likely first; an H at its beginning is kept."""
    found = [
        khmer_phonetics.skeletons(word) if is_khmer(word) else latin_phonetics.skeletons(word)
        for word in part.split()
    ]
    return tuple(dict.fromkeys("".join(one) for one in product(*found)))[:MOST]


def joined(skeletons_of_parts):
    """The skeletons of a whole name from those of its parts."""
    whole = (collapsed("".join(one)) for one in product(*skeletons_of_parts))
    return tuple(dict.fromkeys(filter(None, whole)))[:MOST]


def collapsed(sounds):
    """One of each run is left, and an H only at the beginning."""
    kept = sounds[:1]
    for sound in sounds[1:]:
        if sound != "H" and sound != kept[-1]:
            kept += sound
    return kept[:LONGEST]


@lru_cache(50_000)
def number(skeleton):
    """The key as it is stored."""
    key = 0
    for place in range(LONGEST):
        key = key << 4 | (_PLACE[skeleton[place]] if place < len(skeleton) else 0)
    return key


def last_beginning_with(skeleton):
    """The highest key that begins as `skeleton` does; the lowest is its own."""
    return number(skeleton) | (1 << 4 * (LONGEST - len(skeleton))) - 1


def of_name(*parts):
    """The skeletons of a name of these parts (surname, given name), empty ones left out."""
    return joined([skeletons(part) for part in parts if part])


def with_parts(surname, given):
    """The skeletons of a whole name, each with those of its two parts from which it comes; "" for one that is not there."""
    found = {}
    for parts in product(skeletons(surname), skeletons(given)):
        if whole := collapsed("".join(parts)):
            found.setdefault(whole, tuple(map(collapsed, parts)))
    return dict(islice(found.items(), MOST))


def sound(skeleton):
    """What one part of a name sounds like, as it is stored beside the key: its first seven sounds, 0 for none."""
    return number(skeleton) >> 4 * (LONGEST - HEARD)


def one_sound_away(skeleton):
    """Every skeleton that differs by one sound: one less, one other, one more, two exchanged."""
    return {collapsed(one) for one in _edits(skeleton, SOUNDS)} - {skeleton, ""}


def one_letter_away(word):
    """Every skeleton of a plain Latin word in which one letter is mistyped: a letter undoes what it did to its neighbours."""
    return {latin_phonetics.sounds_of(edit) for edit in set(_edits(word, _LETTERS))}


def _edits(text, letters):
    for at in range(len(text) + 1):
        before, after = text[:at], text[at:]
        yield from (before + letter + after for letter in letters)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in letters)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
