"""A name as it is indexed: its parts in both scripts, its id and its keys."""

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from app.name_search import phonetic_keys


class IndexedName(NamedTuple):
    """A name as one record has it. An alias is a single text and is stored as the given name."""

    surname_km: str = ""
    given_km: str = ""
    surname_latin: str = ""
    given_latin: str = ""

    @classmethod
    def from_person(cls, row):
        return cls(row.surname_km or "", row.given_km or "", row.surname_latin or "", row.given_latin or "")

    @classmethod
    def from_other_name(cls, row):
        return cls(given_km=row.text_km or "", given_latin=row.text_latin or "")

    @property
    def khmer(self):
        return " ".join(filter(None, self[:2]))

    @property
    def latin(self):
        return " ".join(filter(None, self[2:]))

    @property
    def plain_latin(self):
        """Return the normalized Latin letters, without spaces."""
        return phonetic_keys.normalize_part(self.surname_latin) + phonetic_keys.normalize_part(
            self.given_latin
        )

    @property
    def id(self):
        """Return the hash of the name as its id. The same name has the same id everywhere, without a lookup."""
        digest = blake2b("\x1f".join(self).encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 1  # a signed number in both databases

    @lru_cache(2048)  # noqa: B019  (cached by value: an insert computes the keys of a name twice)
    def compute_keys(self):
        """Return {key: (sounds of the surname, sounds of the given name)}, 0 for a missing part.

        The result is cached and must not be changed.
        """
        khmer = phonetic_keys.build_skeletons_with_parts(self.surname_km, self.given_km)
        latin = phonetic_keys.build_skeletons_with_parts(self.surname_latin, self.given_latin)
        found = {
            phonetic_keys.encode_key(whole): tuple(map(phonetic_keys.encode_part_sound, parts))
            for whole, parts in (latin | khmer).items()
        }
        return found or {0: (0, 0)}  # a name of vowels alone

    def key_numbers(self):
        return sorted(self.compute_keys())

    def build_rows(self):
        """Return the rows of `NameKey`."""
        number, texts = self.id, self._asdict()
        return [
            {"key": key, "name_id": number, "surname_sound": surname, "given_sound": given, **texts}
            for key, (surname, given) in sorted(self.compute_keys().items())
        ]
