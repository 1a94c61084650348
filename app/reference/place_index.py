"""All places in memory: found by any part of any name of any level, and said as an address.

Some sixteen thousand short texts in each process, read again when the reference data change. Three letters of
a word lead to the few places that can hold it, so that an answer takes a few milliseconds.
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
MOST_WORDS = 6
# Words for the kind of a place in Latin letters, as people type them.
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


class Entry(NamedTuple):
    code: str
    kind: str
    names: dict  # language → name
    level: int
    own: str  # every form of its own names, each between spaces
    lineage: tuple  # its own number and those of the places it lies in


class PlaceIndex:
    """`entries` in the order of level and code; `kinds` kind → language → word."""

    def __init__(self, rows, kinds):
        self.kinds = kinds
        self.khmer_kinds = {name_folding.compact(words["km"]): kind for kind, words in kinds.items()}
        self.kind_words = LATIN_KINDS | self.khmer_kinds
        self.entries, self.numbers, self.grams = [], {}, {}
        for number, row in enumerate(rows):
            above = self.entries[self.numbers[row.parent_code]].lineage if row.parent_code else ()
            own = f" {row.search_text.split('|', 1)[0]} "
            names = {"km": row.name_km, "en": row.name_en}
            self.entries.append(Entry(row.code, row.kind, names, row.level, own, (number, *above)))
            self.numbers[row.code] = number
            for gram in {own[start : start + 3] for start in range(len(own) - 2)}:
                self.grams.setdefault(gram, []).append(number)
        self.codes = sorted(self.numbers)

    def find(self, asked, limit, prefer_area):
        """The numbers of the best places for the words `asked`, of which the first few count."""
        asked = asked[:MOST_WORDS]
        kinds = [self.kind_words.get(word) for word in asked]
        # A word for a kind of place may be matched ("Phum 1") and need not be, unless there is nothing else.
        needed = [0 if kind and not all(kinds) else 1 << place for place, kind in enumerate(kinds)]
        reached, everything = {}, sum(needed)
        for first in range(len(asked)):
            for last in range(first + 1, len(asked) + 1):
                bits = sum(needed[first:last])
                if bits:
                    for number in self._named("".join(asked[first:last]), alone=last == first + 1):
                        reached[number] = reached.get(number, 0) | bits
        if (
            reduce(or_, reached.values(), 0) != everything
        ):  # a word that no place has: it may be a person's name
            return []
        found = [number for number in reached if self._together(number, reached) == everything]
        forms = name_folding.runs(asked) + [
            (1, rest, name_folding.fold(rest)) for _kind, rest in map(self._part, asked) if rest
        ]
        return nsmallest(
            limit, found, key=lambda number: self._rank(number, asked[0], forms, kinds, prefer_area)
        )

    def _named(self, word, alone):
        """The places with `word` in one of their names or, if `alone`, at the start of their code."""
        found = self._holding(word, 3)
        folded = name_folding.fold(word)
        if folded and folded != word:
            found |= self._holding(folded, 4)
        if alone:
            kind, rest = self._part(word)
            if rest:
                found |= {number for number in self._holding(rest, 3) if self.entries[number].kind == kind}
            if word.isdecimal() and len(word) > 1:
                first = bisect_left(self.codes, word)
                last = bisect_left(self.codes, word + ":")  # the sign after 9
                found |= {self.numbers[code] for code in self.codes[first:last]}
        return found

    def _holding(self, form, inside_from):
        """The places with `form` in a name; one shorter than `inside_from` only at its beginning."""
        if len(form) < inside_from:
            form = f" {form}"
        if len(form) == 2:  # one letter: too many villages begin with it
            return {
                number
                for gram, numbers in self.grams.items()
                if gram.startswith(form)
                for number in numbers
                if self.entries[number].level < VILLAGE or gram == f"{form} "
            }
        grams = [self.grams.get(form[start : start + 3], ()) for start in range(len(form) - 2)]
        return {number for number in min(grams, key=len) if form in self.entries[number].own}

    def _part(self, word):
        """A word like ភូមិព្រែកឯង in its two parts, the kind of place and the name; (None, "") for any other."""
        for start, kind in self.khmer_kinds.items():
            if word.startswith(start) and word != start:
                return kind, word[len(start) :]
        return None, ""

    def _together(self, number, reached):
        bits = 0
        for place in self.entries[number].lineage:
            bits |= reached.get(place, 0)
        return bits

    def _rank(self, number, code, forms, kinds, prefer_area):
        """Exact before beginning before inside; then the longer part of the question, the kind named, the own
        area, the higher level, the shorter name."""
        entry = self.entries[number]
        own, how, length = entry.own, EXACT if entry.code == code else INSIDE, 0
        for words, plain, folded in forms:
            if f" {plain} " in own:
                how, length = EXACT, max(length, words)
                break
            if words > 1 and f" {folded} " in own:  # Svay Por, asked for as Svay Pao: more than a Svay alone
                how, length = EXACT, words - 0.5
            elif how == INSIDE and (f" {plain}" in own or f" {folded}" in own):
                how, length = BEGINS, words
        unlike = any(kinds) and entry.kind not in kinds
        near = entry.level == PROVINCE or (bool(prefer_area) and entry.code.startswith(prefer_area))
        short = 0 if code.isdecimal() else len(entry.names["en"])
        return how, -length, unlike, not near, entry.level, short, number

    def said(self, number, language):
        """The place with the word for its kind: ភូមិព្រែកឯង, Praek Aeng Village."""
        entry = self.entries[number]
        name, kind = entry.names[language] or entry.names["km"], self.kinds[entry.kind][language]
        if language == "km":
            return name if name.startswith(kind) else kind + name
        return name if entry.kind == "capital" else f"{name} {kind}"

    def provinces(self, language):
        """(code, address) of every province, in the order of their codes."""
        return [
            (entry.code, self.said(number, language))
            for number, entry in enumerate(self.entries)
            if entry.level == PROVINCE
        ]

    def path(self, code, language):
        """The whole address, small to large; "" for a code that no place has."""
        number = self.numbers.get(code)
        if number is None:
            return ""
        return joined([self.said(place, language) for place in self.entries[number].lineage], language)


def joined(said, language):
    return (" " if language == "km" else ", ").join(said)


def _read():
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


_index = versioned_cache.Cached("reference", _read)


def places():
    """The index of this process."""
    return _index.get()
