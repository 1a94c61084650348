"""Names from lists: a family name, a given name of one or two parts, and how others would spell them.

Half of the given names are made of two parts written as one word (ចាន់ + សុភា), as is common; so a million people
bear several hundred thousand names. No full name is taken from anywhere.
"""

from functools import cache
from typing import NamedTuple

from app.demo import data_files
from app.demo.seeded_random import Weighted
from app.kernel.text import khmer

TWO_PARTS = 0.62  # of the given names
LONGEST_SECOND = 9  # code points; longer ones are not joined to a first part
LATIN_OTHERWISE = 0.18  # of the people, whose clerk did not use the usual Latin spelling


class Name(NamedTuple):
    """The same name in both scripts; either may be empty."""

    km: str
    latin: str


class Names:
    """Where names are drawn from."""

    def __init__(self):
        self.family = Weighted(
            [(Name(row["km"], row["latin"]), int(row["weight"])) for row in data_files.table("names_family")]
        )
        given, first = data_files.table("names_given"), data_files.table("names_first")
        self.given = {sex: _given(given, first, sex) for sex in "MF"}
        self.foreign = {
            (row["nationality"], row["sex"]): (row["family"].split(";"), row["given"].split(";"))
            for row in data_files.table("names_foreign")
        }

    def khmer(self, chance, sex):
        """(family, given) of a Cambodian, the Latin spelling now and then an unusual one."""
        family, given = self.family.of(chance), self.given[sex].of(chance)
        if chance.happens(LATIN_OTHERWISE):
            if chance.happens(0.5):
                family = Name(family.km, respelt(chance, family.latin, "latin"))
            else:
                given = Name(given.km, respelt(chance, given.latin, "latin"))
        return family, given

    def foreigner(self, chance, nationality, sex):
        """(family, given) of a foreigner, in Latin letters alone."""
        family, given = self.foreign.get((nationality, sex)) or self.foreign[(nationality, "M")]
        return Name("", chance.pick(family)), Name("", chance.pick(given))

    def sexes(self, nationality):
        """The sexes of which the lists have names of this nationality."""
        return [sex for sex in "MF" if (nationality, sex) in self.foreign]


def _given(given, first, sex):
    """Given names of one sex with their weights, those of two parts together as likely as TWO_PARTS says."""
    single = [(Name(row["km"], row["latin"]), int(row["weight"])) for row in given if row["sex"] == sex]
    double = [
        (Name(row["km"] + name.km, row["latin"] + name.latin.lower()), weight)
        for row in first
        if sex in row["sexes"]
        for name, weight in single
        if len(name.km) <= LONGEST_SECOND and not name.km.startswith((row["km"], "ស្រី"))
    ]
    share = TWO_PARTS / (1 - TWO_PARTS) * sum(w for _n, w in single) / sum(w for _n, w in double)
    return Weighted(single + [(name, weight * share) for name, weight in double])


def respelt(chance, text, script):
    """Another spelling of a name that a second clerk might have written; the same where none is known."""
    others = spellings(text, script)
    return chance.pick(others) if others else text


@cache
def spellings(text, script):
    """The spellings of a name that are one usual change away ("latin" or "khmer")."""
    found = []
    for usual, other in _changes()[script]:
        at = text.lower().find(usual)
        if at >= 0:
            changed = text[:at] + other + text[at + len(usual) :]
            changed = khmer.normal(changed[:1].upper() + changed[1:])
            if changed != text and (script == "latin" or khmer.is_khmer_name(changed)):
                found.append(changed)
    return tuple(dict.fromkeys(found))


@cache
def _changes():
    changes = {"latin": [], "khmer": []}
    for row in data_files.table("spellings"):
        changes[row["script"]].append((row["usual"], row["other"]))
    return changes
