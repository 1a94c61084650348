"""A name as it is indexed: its parts in both scripts, its number, and its keys."""

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from app.name_search import phonetic_keys


class Written(NamedTuple):
    """A name as one record writes it. Another name is in one piece, which stands as the given name."""

    surname_km: str = ""
    given_km: str = ""
    surname_latin: str = ""
    given_latin: str = ""

    @classmethod
    def of_person(cls, row):
        return cls(row.surname_km or "", row.given_km or "", row.surname_latin or "", row.given_latin or "")

    @classmethod
    def of_other_name(cls, row):
        return cls(given_km=row.text_km or "", given_latin=row.text_latin or "")

    @property
    def khmer(self):
        return " ".join(filter(None, self[:2]))

    @property
    def latin(self):
        return " ".join(filter(None, self[2:]))

    @property
    def plain_latin(self):
        """Its Latin letters as they are compared, without blanks."""
        return phonetic_keys.readable_part(self.surname_latin) + phonetic_keys.readable_part(self.given_latin)

    @property
    def id(self):
        """The same number for the same name everywhere, so that nobody has to look it up."""
        digest = blake2b("\x1f".join(self).encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 1  # a signed number in both databases

    @lru_cache(8192)  # noqa: B019  (kept by its texts: a name is asked twice on its way in)
    def keyed(self):
        """The numbers under which the name is found → the sounds of its surname and of its given name; 0 where there is none.
        Not to be changed."""
        khmer = phonetic_keys.with_parts(self.surname_km, self.given_km)
        latin = phonetic_keys.with_parts(self.surname_latin, self.given_latin)
        found = {
            phonetic_keys.number(whole): tuple(map(phonetic_keys.sound, parts))
            for whole, parts in (latin | khmer).items()
        }
        return found or {0: (0, 0)}  # a name of vowels alone

    def key_numbers(self):
        return sorted(self.keyed())

    def rows(self):
        """The rows of the index."""
        number, texts = self.id, self._asdict()
        return [
            {"key": key, "name_id": number, "surname_sound": surname, "given_sound": given, **texts}
            for key, (surname, given) in sorted(self.keyed().items())
        ]
