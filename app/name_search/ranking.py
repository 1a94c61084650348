"""The names that are most like a question, best first, each in its band."""

import math
from collections import Counter, defaultdict
from itertools import chain, groupby
from typing import NamedTuple

from rapidfuzz import fuzz, process

from app.name_search import phonetic_keys
from app.name_search.aligner import romanised
from app.name_search.indexed_name import Written
from app.name_search.models import SURNAME
from app.name_search.similarity import InKhmer, InLatin

SAME, SOUNDS, POSSIBLE = "same", "sounds", "possible"
CLOSELY = 40  # spellings that are compared closely in each order of the words; the likeliest by their letters
BEGUN = 1.0  # only the beginning of a name was typed
PART = 2.5  # only one part of a name was asked for
GOOD = 4.0  # at most, for an answer that needs no other beside it
POOR = 0.75  # nats a letter, beyond which a name is no good answer
MOST_OF_A_PART = 1000  # names that have a part which was asked for alone: as many as are asked who bears them
RAREST = 3.0  # the cost of a spelling that few of those write who bear the name


class Ranked(NamedTuple):
    """A name among the answers; the best costs least."""

    cost: float
    band: str
    name_id: int
    matched: str  # in the script in which it is like the question
    called: str  # in Khmer, where it is known


class Ranking:
    """The names found so far for one question."""

    def __init__(self, question):
        self.question, self.usual, self.best, self.held = question, {}, {}, set()
        way = InKhmer if question.is_khmer else InLatin
        self.orders = [way(words, number > 0, self.usual) for number, words in enumerate(question.orders)]

    def add(self, rows, unfinished=False):
        """Rank these names as well: (name id, the texts of `Written`). Of an `unfinished` question the end may be missing."""
        near = {
            (order, row[0]): Written(*row[1:])
            for order, rows_near in self._nearest(rows)
            for row in rows_near
        }
        new = {one: name for one, name in near.items() if one not in self.held}
        self.held |= new.keys()
        self._learn({name_id: name for (_order, name_id), name in new.items()}.values())
        for (order, name_id), name in new.items():
            found = order.to(name)
            cost = found.cost
            if unfinished and cost > BEGUN:
                cost = min(cost, BEGUN + order.to_beginning(name))
            if name_id not in self.best or cost < self.best[name_id].cost:
                band = self._band(cost, found.same_letters)
                self.best[name_id] = Ranked(cost, band, name_id, found.matched, name.khmer or name.latin)

    def add_parts(self, rows):
        """Rank as well the names of which one part alone is like the question: (part, name id, the texts of `Written`).

        Thousands may have that part, so no more of them are ranked than are ever asked for."""
        if not rows:
            return
        bearing = defaultdict(list)
        for part, name_id, surname_km, given_km, surname_latin, given_latin in rows:
            alone = (surname_km, surname_latin) if part == SURNAME else (given_km, given_latin)
            bearing[alone].append((name_id, surname_km, given_km, surname_latin, given_latin))
        parts = {
            Written(given_km=khmer, given_latin=latin): found for (khmer, latin), found in bearing.items()
        }
        alike, names = Ranking(self.question), {one.id: found for one, found in parts.items()}
        alike.add([(one.id, *one) for one in parts])
        left = MOST_OF_A_PART
        for (cost, band), equals in groupby(alike.best_first(), _as_a_part):
            some = sorted(chain.from_iterable(names[one.name_id] for one in equals))[:left]
            for name_id, *texts in some:
                if name_id not in self.best or cost < self.best[name_id].cost:
                    name = Written(*texts)
                    whole = name.khmer or name.latin
                    self.best[name_id] = Ranked(cost, band, name_id, whole, whole)
            left -= len(some)
            if not left:
                break

    def best_first(self):
        return sorted(self.best.values())

    @property
    def are_poor(self):
        """Whether there is no good answer: it is worth asking for names that sound one letter different."""
        return min((one.cost for one in self.best.values()), default=math.inf) > GOOD

    def _band(self, cost, same_letters):
        if same_letters:
            return SAME
        return SOUNDS if cost <= POOR * self.question.letters / 2 else POSSIBLE

    def _nearest(self, rows):
        """For each order the rows whose usual spelling is nearest by its letters; those spelled alike are one."""
        spelled = defaultdict(list)
        for row in rows:
            spelled[_in_latin(*row[1:])].append(row)
        for order in self.orders:
            nearest = process.extract(order.latin, spelled.keys(), scorer=fuzz.ratio, limit=CLOSELY)
            yield order, [row for text, _score, _place in nearest for row in spelled[text]]

    def _learn(self, names):
        """How those who bear the parts of these names write them: what most of them write costs little."""
        written = defaultdict(Counter)
        for name in names:
            for khmer, latin in ((name.surname_km, name.surname_latin), (name.given_km, name.given_latin)):
                if khmer and latin:
                    written[khmer][phonetic_keys.readable_part(latin)] += 1
        for khmer, counts in written.items():
            whole = counts.total() + 1
            costs = {latin: -math.log(count / whole) for latin, count in counts.items()}
            self.usual.setdefault(khmer, {latin: cost for latin, cost in costs.items() if cost < RAREST})


def _as_a_part(one):
    """The cost and the band of a name of which this is a part."""
    return PART + one.cost, POSSIBLE if one.band == POSSIBLE else SOUNDS


def _in_latin(surname_km, given_km, surname_latin, given_latin):
    if surname_km or given_km:
        return romanised(surname_km) + romanised(given_km)
    return phonetic_keys.readable_part(surname_latin) + phonetic_keys.readable_part(given_latin)
