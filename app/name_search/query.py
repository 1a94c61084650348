"""What somebody typed, as a question: its words, the orders in which they may stand, and what each sounds like."""

import re
from dataclasses import dataclass
from functools import cached_property

from flask_babel import gettext

from app.kernel.text import khmer
from app.name_search import phonetic_keys
from app.name_search.aligner import romanised
from app.name_search.titles import without_title

LONGEST = 100  # characters
MOST_WORDS = 6
_MIXED = re.compile(r"\d-?[A-Za-z]|[A-Za-z]-?\d")


@dataclass(frozen=True)
class Question:
    """The words of a name, in the order typed."""

    words: tuple

    @cached_property
    def is_khmer(self):
        """Whether it is in Khmer; of words in both scripts the Khmer ones were put in Latin."""
        return phonetic_keys.is_khmer(self.words[0])

    @cached_property
    def latin(self):
        """All of it in Latin letters, without blanks."""
        return self.latin_of(self.words)

    def latin_of(self, words):
        return "".join(romanised(word) if phonetic_keys.is_khmer(word) else word for word in words)

    @property
    def letters(self):
        return len(self.latin)

    @cached_property
    def orders(self):
        """The words as typed, then with the last of them first, and so on: a surname stands first or last."""
        return tuple(dict.fromkeys(self.words[at:] + self.words[:at] for at in range(len(self.words))))

    @cached_property
    def skeletons(self):
        """What the whole name sounds like, in each order."""
        return tuple(dict.fromkeys(one for order in self.orders for one in phonetic_keys.of_name(*order)))

    @cached_property
    def skeletons_nearby(self):
        """What it would sound like with one letter of it mistyped, in each order."""
        if self.is_khmer:
            found = {near for one in self.skeletons for near in phonetic_keys.one_sound_away(one)}
        else:
            mistyped = {word: phonetic_keys.one_letter_away(word) for word in self.words}
            found = {
                near
                for order in self.orders
                for at, word in enumerate(order)
                for near in _with_another(order, at, mistyped[word])
            }
        return found.difference(self.skeletons)


def _with_another(words, at, skeletons):
    """The skeletons of these words where the one at `at` has another."""
    before, after = (
        [phonetic_keys.skeletons(word) for word in some] for some in (words[:at], words[at + 1 :])
    )
    for skeleton in skeletons:
        yield from phonetic_keys.joined([*before, (skeleton,), *after])


def read(text):
    """The question in a text; None where it holds no name: a number, a plate, or characters that are no text."""
    try:
        text = without_title(khmer.normal(text[:LONGEST]))
    except khmer.Refused:
        return None
    words = tuple(filter(None, map(phonetic_keys.readable, text.split())))[:MOST_WORDS]
    if sum(map(len, words)) < 2 or _is_number(text):
        return None
    if any(map(phonetic_keys.is_khmer, words)) and not all(map(phonetic_keys.is_khmer, words)):
        words = tuple(romanised(word) if phonetic_keys.is_khmer(word) else word for word in words)
    return Question(words)


def _is_number(text):
    """Whether the letters in it are those of a plate or a document: 1DC-0312."""
    letters, digits = (sum(map(kind, text)) for kind in (str.isalpha, str.isdigit))
    mixed = any(_MIXED.search(word) for word in text.split())
    return mixed and digits >= 2 * letters


def why_nobody(text):
    """The sentence for a text in which there is no name to look for; "" where there is one."""
    if read(text) is not None:
        return ""
    return gettext("Type at least two letters of a name, in Khmer or Latin letters.")
