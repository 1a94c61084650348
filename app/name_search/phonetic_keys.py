"""The phonetic key of a name, from Khmer and from Latin letters: the sounds of its consonants.

There are twelve classes of sounds: K C T P N M Y R L V S, and H only at the beginning of the name. Vowels and aspiration
are dropped, and r, v, y and h that are not before a vowel. Repeated sounds are reduced to one. The key is made of the
whole name, so the position of the space does not matter. A key is a number with four bits for each sound, the first one
highest, so that names with the same beginning form a range.

Khmer has silent letters, so a Khmer name may have several keys. The letters of the sounds before they are encoded are
called the skeleton.
"""

import re
from functools import lru_cache
from itertools import islice, product

from app.name_search import khmer_phonetics, latin_phonetics

SOUNDS = "KCTPNMYRLVSH"
MAX_SOUNDS = 15  # sounds in a key
MAX_KEYS = 8  # of one name
PART_SOUNDS = 7  # sounds of one part of a name; they fit a 32-bit integer
_NO_KHMER = re.compile("[^\u1780-\u17d3]+")
_SAME_SOUND = str.maketrans(
    dict(zip("ដណឡឋឌធឍខឃគឆឈជផភពី\u17ba\u17bc", "តនលថតថថកកកចចចពពប\u17b7\u17b9\u17bb", strict=True))
    | dict.fromkeys("\u17cb\u17c9\u17ca\u17cd\u17d0", "")
    | {
        "ឥ": "អ\u17b7",
        "ឦ": "អ\u17b7",
        "ឧ": "អ\u17bb",
        "ឩ": "អ\u17bb",
        "ឯ": "អ\u17c2",
        "ឪ": "អ\u17c5",
        "ឫ": "រ\u17b7",
        "ឬ": "រ\u17b7",
        "ឭ": "ល\u17b7",
        "ឮ": "ល\u17b7",
        "ឰ": "អ\u17c3",
        "ឱ": "អ\u17c4",
        "ឲ": "អ\u17c4",
        "ឳ": "អ\u17c5",
    }
)
_LETTERS = "kctpnmyrlvsha"  # one for each sound, and a vowel
_SOUND_NUMBERS = {sound: number for number, sound in enumerate(SOUNDS, start=1)}


def is_khmer(text):
    """Return whether the text has a Khmer letter."""
    return any("\u1780" <= char <= "\u17b3" for char in text)


def normalize_word(word):
    """Return the Khmer letters of a word, or its plain lower-case Latin letters, or ""."""
    return (
        _NO_KHMER.sub("", word) if is_khmer(word) else latin_phonetics.to_plain_latin(word).replace(" ", "")
    )


@lru_cache(50_000)
def normalize_part(part):
    """Return a part of a name, which may have several words, normalized and without spaces."""
    return "".join(map(normalize_word, part.split()))


def fold_khmer(khmer):
    """Return a Khmer text with one letter for letters of the same sound, and for long and short vowels."""
    return khmer.replace("\u17d2យ", "យ").translate(_SAME_SOUND)


@lru_cache(50_000)
def build_skeletons(part):
    """Return the skeletons of one part of a name, likeliest first. An H at the beginning is kept."""
    found = [
        khmer_phonetics.build_skeletons(word) if is_khmer(word) else latin_phonetics.build_skeletons(word)
        for word in part.split()
    ]
    return tuple(dict.fromkeys("".join(one) for one in product(*found)))[:MAX_KEYS]


def join_skeletons(skeletons_of_parts):
    """Return the skeletons of a whole name from those of its parts."""
    whole = (collapse_sounds("".join(one)) for one in product(*skeletons_of_parts))
    return tuple(dict.fromkeys(filter(None, whole)))[:MAX_KEYS]


def collapse_sounds(sounds):
    """Return the sounds with repetitions reduced to one, and H only at the beginning."""
    result = sounds[:1]
    for sound in sounds[1:]:
        if sound != "H" and sound != result[-1]:
            result += sound
    return result[:MAX_SOUNDS]


@lru_cache(50_000)
def encode_key(skeleton):
    """Return the key of a skeleton as it is stored."""
    key = 0
    for place in range(MAX_SOUNDS):
        key = key << 4 | (_SOUND_NUMBERS[skeleton[place]] if place < len(skeleton) else 0)
    return key


def last_key_with_prefix(skeleton):
    """Return the highest key that starts with `skeleton`; the lowest is its own key."""
    return encode_key(skeleton) | (1 << 4 * (MAX_SOUNDS - len(skeleton))) - 1


def build_name_skeletons(*parts):
    """Return the skeletons of a name from its parts (surname, given name). Empty parts are ignored."""
    return join_skeletons([build_skeletons(part) for part in parts if part])


def build_skeletons_with_parts(surname, given):
    """Return {skeleton of the name: skeletons of its two parts}; "" for a missing part."""
    found = {}
    for parts in product(build_skeletons(surname), build_skeletons(given)):
        if whole := collapse_sounds("".join(parts)):
            found.setdefault(whole, tuple(map(collapse_sounds, parts)))
    return dict(islice(found.items(), MAX_KEYS))


def encode_part_sound(skeleton):
    """Return the first seven sounds of a part as the number stored next to the key; 0 for none."""
    return encode_key(skeleton) >> 4 * (MAX_SOUNDS - PART_SOUNDS)


def find_sound_range(initial):
    """Return the lowest and the highest sound of the parts that begin with this letter; of a vowel, all sounds."""
    bits = 4 * (PART_SOUNDS - 1)
    sounds = build_skeletons(initial if is_khmer(initial) else f"{initial}a")[0][:1]
    first = _SOUND_NUMBERS.get(sounds, 0)
    return first << bits, ((first or len(SOUNDS)) + 1 << bits) - 1


def find_one_edit_skeletons(skeleton):
    """Return the skeletons that differ by one sound: one missing, wrong, extra or two exchanged."""
    return {collapse_sounds(one) for one in _edits(skeleton, SOUNDS)} - {skeleton, ""}


def find_one_typo_skeletons(word):
    """Return the skeletons of a plain Latin word with one typing error, which may change its neighbours."""
    return {latin_phonetics.build_skeleton(edit) for edit in set(_edits(word, _LETTERS))}


def _edits(text, letters):
    for at in range(len(text) + 1):
        before, after = text[:at], text[at:]
        yield from (before + letter + after for letter in letters)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in letters)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
