"""In-memory index of all places: searched by part of any name on any level, formatted as an address.

Holds about 16,000 short texts in each process, reloaded when the reference data change. Three letters of a
word lead to the few places that can contain it, so a search takes a few milliseconds.
"""

from bisect import bisect_left
from functools import reduce
from heapq import nsmallest
from operator import or_
from typing import NamedTuple

from sqlalchemy import select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema.code_lists import Code
from app.reference import name_folding
from app.reference.models import Place

EXACT, BEGINS, INSIDE = range(3)
PROVINCE, VILLAGE = 1, 4
MAX_WORDS = 6
# Latin words for place types, as people type them.
LATIN_KINDS = {
    "phum": "village",
    "village": "village",
    "khum": "commune",
    "commune": "commune",
    "sangkat": "sangkat",
    "srok": "district",
    "district": "district",
    "krong": "municipality",
    "municipality": "municipality",
    "khan": "khan",
    "khaet": "province",
    "khet": "province",
    "province": "province",
}


class PlaceEntry(NamedTuple):
    code: str
    kind: str
    names: dict  # language → name
    level: int
    own: str  # every form of its own names, each between spaces
    lineage: tuple  # its own number and those of its parents


class PlaceIndex:
    """`entries` sorted by level and code; `kinds` maps kind → language → word."""

    def __init__(self, rows, kinds):
        self.kinds = kinds
        self.khmer_kinds = {name_folding.compact(words["km"]): kind for kind, words in kinds.items()}
        self.kind_words = LATIN_KINDS | self.khmer_kinds
        self.entries, self.numbers, self.grams = [], {}, {}
        for number, row in enumerate(rows):
            above = self.entries[self.numbers[row.parent_code]].lineage if row.parent_code else ()
            own = f" {row.search_text.split('|', 1)[0]} "
            names = {"km": row.name_km, "en": row.name_en}
            self.entries.append(PlaceEntry(row.code, row.kind, names, row.level, own, (number, *above)))
            self.numbers[row.code] = number
            for gram in {own[start : start + 3] for start in range(len(own) - 2)}:
                self.grams.setdefault(gram, []).append(number)
        self.codes = sorted(self.numbers)

    def find(self, words, limit, prefer_area):
        """Return the numbers of the best places for the search words; only the first few words count."""
        words = words[:MAX_WORDS]
        kinds = [self.kind_words.get(word) for word in words]
        # A place type may match a name ("Phum 1") and is optional, unless there are no other words.
        needed = [0 if kind and not all(kinds) else 1 << place for place, kind in enumerate(kinds)]
        reached, everything = {}, sum(needed)
        for first in range(len(words)):
            for last in range(first + 1, len(words) + 1):
                bits = sum(needed[first:last])
                if bits:
                    for number in self._find_word("".join(words[first:last]), alone=last == first + 1):
                        reached[number] = reached.get(number, 0) | bits
        if reduce(or_, reached.values(), 0) != everything:  # no place has the word; it may be a person's name
            return []
        matches = [number for number in reached if self._combine_bits(number, reached) == everything]
        forms = name_folding.build_word_runs(words) + [
            (1, rest, name_folding.fold(rest)) for _kind, rest in map(self._split_kind, words) if rest
        ]
        return nsmallest(
            limit, matches, key=lambda number: self._rank(number, words[0], forms, kinds, prefer_area)
        )

    def _find_word(self, word, alone):
        """Return the places with `word` in one of their names or, if `alone`, at the start of their code."""
        found = self._find_containing(word, 3)
        folded = name_folding.fold(word)
        if folded and folded != word:
            found |= self._find_containing(folded, 4)
        if alone:
            kind, rest = self._split_kind(word)
            if rest:
                found |= {
                    number for number in self._find_containing(rest, 3) if self.entries[number].kind == kind
                }
            if word.isdecimal() and len(word) > 1:
                first = bisect_left(self.codes, word)
                last = bisect_left(self.codes, word + ":")  # the character after 9
                found |= {self.numbers[code] for code in self.codes[first:last]}
        return found

    def _find_containing(self, form, inside_from):
        """Return the places with `form` in a name; a form shorter than `inside_from` only at its start."""
        if len(form) < inside_from:
            form = f" {form}"
        if len(form) == 2:  # one letter: too many villages start with it
            return {
                number
                for gram, numbers in self.grams.items()
                if gram.startswith(form)
                for number in numbers
                if self.entries[number].level < VILLAGE or gram == f"{form} "
            }
        grams = [self.grams.get(form[start : start + 3], ()) for start in range(len(form) - 2)]
        return {number for number in min(grams, key=len) if form in self.entries[number].own}

    def _split_kind(self, word):
        """Split a word like ភូមិព្រែកឯង into place type and name; (None, "") for any other."""
        for start, kind in self.khmer_kinds.items():
            if word.startswith(start) and word != start:
                return kind, word[len(start) :]
        return None, ""

    def _combine_bits(self, number, reached):
        bits = 0
        for place in self.entries[number].lineage:
            bits |= reached.get(place, 0)
        return bits

    def _rank(self, number, code, forms, kinds, prefer_area):
        """Return the sort key of a match.

        Exact before prefix before inside; then the longer part of the query, the named place type, the preferred area,
        the higher level, the shorter name.
        """
        entry = self.entries[number]
        own, how, length = entry.own, EXACT if entry.code == code else INSIDE, 0
        for size, plain, folded in forms:
            if f" {plain} " in own:
                how, length = EXACT, max(length, size)
                break
            if size > 1 and f" {folded} " in own:  # Svay Por, searched as Svay Pao: better than Svay alone
                how, length = EXACT, size - 0.5
            elif how == INSIDE and (f" {plain}" in own or f" {folded}" in own):
                how, length = BEGINS, size
        unlike = any(kinds) and entry.kind not in kinds
        near = entry.level == PROVINCE or (bool(prefer_area) and entry.code.startswith(prefer_area))
        short = 0 if code.isdecimal() else len(entry.names["en"])
        return how, -length, unlike, not near, entry.level, short, number

    def format_name(self, number, language):
        """Return the place name with its type: ភូមិព្រែកឯង, Praek Aeng Village."""
        entry = self.entries[number]
        name, kind = entry.names[language] or entry.names["km"], self.kinds[entry.kind][language]
        if language == "km":
            return name if name.startswith(kind) else kind + name
        return name if entry.kind == "capital" else f"{name} {kind}"

    def list_provinces(self, language):
        """Return (code, name) of every province, ordered by code."""
        return [
            (entry.code, self.format_name(number, language))
            for number, entry in enumerate(self.entries)
            if entry.level == PROVINCE
        ]

    def format_address(self, code, language):
        """Return the whole address, small to large; "" for an unknown code."""
        number = self.numbers.get(code)
        if number is None:
            return ""
        return join_address(
            [self.format_name(place, language) for place in self.entries[number].lineage], language
        )


def join_address(names, language):
    """Return the names joined as an address in the language."""
    return (" " if language == "km" else ", ").join(names)


def _load_index():
    kinds, columns = {}, Place.__table__.c
    with db.engine.connect() as connection:
        for row in connection.execute(select(Code.__table__).where(Code.list == "place_level")):
            kinds[row.key] = {"km": row.name_km, "en": row.name_en}
        rows = select(
            columns.code,
            columns.kind,
            columns.name_km,
            columns.name_en,
            columns.level,
            columns.parent_code,
            columns.search_text,
        ).order_by(columns.level, columns.code)
        return PlaceIndex(connection.execute(rows), kinds)


_index = versioned_cache.VersionedCache("reference", _load_index)


def get_place_index():
    """Return the index of this process."""
    return _index.get()
