"""Ranking of the names by their similarity to a query, best first, in three bands."""

import math
from collections import Counter, defaultdict
from itertools import chain, groupby
from typing import NamedTuple

from rapidfuzz import fuzz, process

from app.name_search import phonetic_keys
from app.name_search.aligner import romanize
from app.name_search.indexed_name import IndexedName
from app.name_search.models import SURNAME
from app.name_search.similarity import KhmerQuery, LatinQuery

SAME, SOUNDS, POSSIBLE = "same", "sounds", "possible"
MAX_COMPARED = 40  # spellings with the most similar letters, compared in detail for each order of the words
PREFIX_COST = 1.0  # only the beginning of a name was typed
PART_COST = 2.5  # only one part of a name was typed
INITIAL_COST = 1.2  # of one part only the initial was typed
GOOD_COST = 4.0  # the highest cost of a good match
MAX_COST_PER_LETTER = 0.75  # in nats; a name of a higher cost is no good match
# In nats for each letter of a query in Latin letters, and in Khmer; a name of a higher cost is another name. Two errors of
# typing cost less than 1.6 in 99 of 100 names, another name at least 2.0 in 99 of 100.
MAX_POSSIBLE_COST = {False: 2.0, True: 2.7}
MAX_PART_NAMES = 1000  # names with the typed part; no more are looked up
MAX_SPELLING_COST = 3.0  # a rarer spelling is ignored


class RankedName(NamedTuple):
    """A matching name with its cost. The best has the lowest cost."""

    cost: float
    band: str
    name_id: int
    matched: str  # in the script of the best match
    called: str  # in Khmer if known


class Ranking:
    """The names found for one query."""

    def __init__(self, query):
        self.query, self.usual_spellings, self.best, self.seen = query, {}, {}, set()
        self.max_cost = MAX_POSSIBLE_COST[query.is_khmer] * query.letters
        query_class = KhmerQuery if query.is_khmer else LatinQuery
        self.orders = [
            query_class(words, number > 0, self.usual_spellings) for number, words in enumerate(query.orders)
        ]

    def add(self, rows, unfinished=False):
        """Rank these names too: rows (name id, fields of `IndexedName`).

        With `unfinished` the end of the query may be missing.
        """
        near = {
            (order, row[0]): IndexedName(*row[1:])
            for order, rows_near in self._nearest(rows)
            for row in rows_near
        }
        new = {one: name for one, name in near.items() if one not in self.seen}
        self.seen |= new.keys()
        self._learn({name_id: name for (_order, name_id), name in new.items()}.values())
        for (order, name_id), name in new.items():
            found = order.compare(name)
            cost = found.cost
            if unfinished and cost > PREFIX_COST:
                cost = min(cost, PREFIX_COST + order.compare_prefix(name))
            if cost > self.max_cost:
                continue
            if name_id not in self.best or cost < self.best[name_id].cost:
                band = self._band(cost, found.same_letters)
                self.best[name_id] = RankedName(cost, band, name_id, found.matched, name.khmer or name.latin)

    def add_initials(self, rows):
        """Rank names of which one part matches, and the other by its initial: rows as of `add_parts`."""
        if rows:
            self.add_parts(rows, self.query.without_initial, INITIAL_COST)

    def add_parts(self, rows, query=None, extra_cost=PART_COST):
        """Rank names that match with one part only: rows (part, name id, fields of `IndexedName`).

        Thousands of names may have the part; no more are ranked than their bearers are looked up.
        """
        if not rows:
            return
        names_by_part = defaultdict(list)
        for part, name_id, surname_km, given_km, surname_latin, given_latin in rows:
            only_part = (surname_km, surname_latin) if part == SURNAME else (given_km, given_latin)
            names_by_part[only_part].append((name_id, surname_km, given_km, surname_latin, given_latin))
        parts = {
            IndexedName(given_km=khmer, given_latin=latin): found
            for (khmer, latin), found in names_by_part.items()
        }
        similar, names = Ranking(query or self.query), {one.id: found for one, found in parts.items()}
        similar.add([(one.id, *one) for one in parts])
        left = MAX_PART_NAMES
        for (cost, band), equals in groupby(similar.sorted_names(), _rank_as_part):
            cost += extra_cost
            some = sorted(chain.from_iterable(names[one.name_id] for one in equals))[:left]
            for name_id, *texts in some:
                if name_id not in self.best or cost < self.best[name_id].cost:
                    name = IndexedName(*texts)
                    whole = name.khmer or name.latin
                    self.best[name_id] = RankedName(cost, band, name_id, whole, whole)
            left -= len(some)
            if not left:
                break

    def sorted_names(self):
        return sorted(self.best.values())

    def _band(self, cost, same_letters):
        if same_letters:
            return SAME
        return SOUNDS if cost <= MAX_COST_PER_LETTER * self.query.letters / 2 else POSSIBLE

    def _nearest(self, rows):
        """Yield each order with the rows of the nearest usual spellings. Rows of the same spelling count once."""
        spelled = defaultdict(list)
        for row in rows:
            spelled[_to_latin(*row[1:])].append(row)
        for order in self.orders:
            nearest = process.extract(order.latin, spelled.keys(), scorer=fuzz.ratio, limit=MAX_COMPARED)
            yield order, [row for text, _score, _place in nearest for row in spelled[text]]

    def _learn(self, names):
        """Collect how the bearers of these names spell their parts. A frequent spelling costs little."""
        written = defaultdict(Counter)
        for name in names:
            for khmer, latin in ((name.surname_km, name.surname_latin), (name.given_km, name.given_latin)):
                if khmer and latin:
                    written[khmer][phonetic_keys.normalize_part(latin)] += 1
        for khmer, counts in written.items():
            total = counts.total() + 1
            costs = {latin: -math.log(count / total) for latin, count in counts.items()}
            self.usual_spellings.setdefault(
                khmer, {latin: cost for latin, cost in costs.items() if cost < MAX_SPELLING_COST}
            )


def _rank_as_part(one):
    """Return the cost and the band of a part of a name."""
    return one.cost, POSSIBLE if one.band == POSSIBLE else SOUNDS


def _to_latin(surname_km, given_km, surname_latin, given_latin):
    if surname_km or given_km:
        return romanize(surname_km) + romanize(given_km)
    return phonetic_keys.normalize_part(surname_latin) + phonetic_keys.normalize_part(given_latin)
