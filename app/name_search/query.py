"""A name query: the words of the typed text, their possible orders, and their phonetic skeletons."""

import re
from dataclasses import dataclass
from functools import cached_property

from flask_babel import gettext

from app.kernel.text import khmer
from app.name_search import phonetic_keys
from app.name_search.aligner import romanize
from app.name_search.titles import strip_titles

MAX_LENGTH = 100  # characters
MAX_WORDS = 6
_MIXED = re.compile(r"\d-?[A-Za-z]|[A-Za-z]-?\d")


@dataclass(frozen=True)
class NameQuery:
    """The words of a name in the typed order."""

    words: tuple

    @cached_property
    def is_khmer(self):
        """Return whether the query is in Khmer. A query in both scripts is converted to Latin letters."""
        return phonetic_keys.is_khmer(self.words[0])

    @cached_property
    def latin(self):
        """Return the query in Latin letters, without spaces."""
        return self.romanize_words(self.words)

    def romanize_words(self, words):
        return "".join(romanize(word) if phonetic_keys.is_khmer(word) else word for word in words)

    @cached_property
    def initial(self):
        """Return the letter that stands for one part of the name, as in «S. Dara», or ""."""
        found = [word for word in self.words if len(word) == 1]
        return found[0] if len(found) == 1 < len(self.words) else ""

    @cached_property
    def without_initial(self):
        return NameQuery(tuple(word for word in self.words if word != self.initial))

    @property
    def letters(self):
        return len(self.latin)

    @cached_property
    def orders(self):
        """Return the words as typed and rotated, because the surname may be first or last."""
        return tuple(dict.fromkeys(self.words[at:] + self.words[:at] for at in range(len(self.words))))

    @cached_property
    def skeletons(self):
        """Return the skeletons of the whole name in each order."""
        return tuple(
            dict.fromkeys(one for order in self.orders for one in phonetic_keys.build_name_skeletons(*order))
        )

    @cached_property
    def typo_skeletons(self):
        """Return the skeletons of the name with one typing error, in each order."""
        if self.is_khmer:
            found = {near for one in self.skeletons for near in phonetic_keys.find_one_edit_skeletons(one)}
        else:
            mistyped = {word: phonetic_keys.find_one_typo_skeletons(word) for word in self.words}
            found = {
                near
                for order in self.orders
                for at, word in enumerate(order)
                for near in _replace_skeleton(order, at, mistyped[word])
            }
        return found.difference(self.skeletons)


def _replace_skeleton(words, at, skeletons):
    """Yield the skeletons of these words with other skeletons for the word at `at`."""
    before, after = (
        [phonetic_keys.build_skeletons(word) for word in some] for some in (words[:at], words[at + 1 :])
    )
    for skeleton in skeletons:
        yield from phonetic_keys.join_skeletons([*before, (skeleton,), *after])


def parse_query(text):
    """Return the query of a text, or None if it holds no name: a number, a plate or invalid characters."""
    try:
        text = strip_titles(khmer.normalize(text[:MAX_LENGTH]))
    except khmer.InvalidText:
        return None
    words = tuple(filter(None, map(phonetic_keys.normalize_word, text.split())))[:MAX_WORDS]
    if sum(map(len, words)) < 2 or _is_number(text):
        return None
    if any(map(phonetic_keys.is_khmer, words)) and not all(map(phonetic_keys.is_khmer, words)):
        words = tuple(romanize(word) if phonetic_keys.is_khmer(word) else word for word in words)
    return NameQuery(words)


def _is_number(text):
    """Return whether the letters belong to a plate or document number: 1DC-0312."""
    letters, digits = (sum(map(kind, text)) for kind in (str.isalpha, str.isdigit))
    mixed = any(_MIXED.search(word) for word in text.split())
    return mixed and digits >= 2 * letters


def explain_missing_name(text):
    """Return the message for a text that holds no name to search for, or ""."""
    if parse_query(text) is not None:
        return ""
    return gettext("Enter at least two letters of a name, in Khmer or Latin letters.")
