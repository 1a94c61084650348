"""Names from lists: a family name, a given name of one or two parts, and other spellings.

Half of the given names have two parts written as one word (ចាន់ + សុភា), as is common. A million persons have several
hundred thousand names. No full name is copied from a source.
"""

from functools import cache
from typing import NamedTuple

from app.demo import data_files
from app.demo.seeded_random import Weighted
from app.kernel.text import khmer

TWO_PARTS_SHARE = 0.62  # of the given names
MAX_SECOND_PART = 9  # code points; longer names get no first part
OTHER_LATIN_SHARE = 0.18  # of the persons have an unusual Latin spelling


class Name(NamedTuple):
    """The same name in both scripts; one of them may be empty."""

    km: str
    latin: str


class NameLists:
    """The lists that names are drawn from."""

    def __init__(self):
        self.family = Weighted(
            [
                (Name(row["km"], row["latin"]), int(row["weight"]))
                for row in data_files.read_table("names_family")
            ]
        )
        given, first = data_files.read_table("names_given"), data_files.read_table("names_first")
        self.given = {sex: _weigh_given_names(given, first, sex) for sex in "MF"}
        self.foreign = {
            (row["nationality"], row["sex"]): (row["family"].split(";"), row["given"].split(";"))
            for row in data_files.read_table("names_foreign")
        }

    def draw_khmer(self, rng, sex):
        """Return (family, given) of a Cambodian; the Latin spelling is sometimes unusual."""
        family, given = self.family.draw(rng), self.given[sex].draw(rng)
        if rng.happens(OTHER_LATIN_SHARE):
            if rng.happens(0.5):
                family = Name(family.km, respell(rng, family.latin, "latin"))
            else:
                given = Name(given.km, respell(rng, given.latin, "latin"))
        return family, given

    def draw_foreign(self, rng, nationality, sex):
        """Return (family, given) of a foreigner, in Latin letters only."""
        family, given = self.foreign.get((nationality, sex)) or self.foreign[(nationality, "M")]
        return Name("", rng.pick(family)), Name("", rng.pick(given))

    def list_sexes(self, nationality):
        """Return the sexes with names of this nationality."""
        return [sex for sex in "MF" if (nationality, sex) in self.foreign]


def _weigh_given_names(given, first, sex):
    """Return the given names of one sex with weights. Names of two parts have the share TWO_PARTS_SHARE."""
    single = [(Name(row["km"], row["latin"]), int(row["weight"])) for row in given if row["sex"] == sex]
    double = [
        (Name(row["km"] + name.km, row["latin"] + name.latin.lower()), weight)
        for row in first
        if sex in row["sexes"]
        for name, weight in single
        if len(name.km) <= MAX_SECOND_PART and not name.km.startswith((row["km"], "ស្រី"))
    ]
    share = TWO_PARTS_SHARE / (1 - TWO_PARTS_SHARE) * sum(w for _n, w in single) / sum(w for _n, w in double)
    return Weighted(single + [(name, weight * share) for name, weight in double])


def respell(rng, text, script):
    """Return another spelling of a name, or the same if none is known."""
    others = find_spellings(text, script)
    return rng.pick(others) if others else text


@cache
def find_spellings(text, script):
    """Return the spellings of a name that differ by one usual change ("latin" or "khmer")."""
    found = []
    for usual, other in _load_changes()[script]:
        at = text.lower().find(usual)
        if at >= 0:
            changed = text[:at] + other + text[at + len(usual) :]
            changed = khmer.normalize(changed[:1].upper() + changed[1:])
            if changed != text and (script == "latin" or khmer.is_khmer_name(changed)):
                found.append(changed)
    return tuple(dict.fromkeys(found))


@cache
def _load_changes():
    changes = {"latin": [], "khmer": []}
    for row in data_files.read_table("spellings"):
        changes[row["script"]].append((row["usual"], row["other"]))
    return changes
