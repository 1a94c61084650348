"""Random choices that are the same for the same seed."""

import math
from bisect import bisect
from itertools import accumulate
from random import Random


class SeededRandom:
    """One stream of choices. All parts of the demo draw from it, in the order of the cases."""

    def __init__(self, seed):
        source = Random(seed)
        self.draw = source.random  # a number from 0 up to 1, without 1
        self.spread = source.lognormvariate

    def happens(self, share):
        """Return True with the probability `share` (0 to 1)."""
        return self.draw() < share

    def pick(self, items):
        """Return one of `items`, all equally likely."""
        return items[int(self.draw() * len(items))]

    def between(self, first, last):
        """Return an integer from `first` to `last`, both included."""
        return first + int(self.draw() * (last - first + 1))

    def around(self, middle, width, most):
        """Return a positive number with the median `middle`, skewed to the right, at most `most`."""
        return min(most, self.spread(math.log(middle), width))

    def digits(self, count):
        """Return a string of `count` Latin digits."""
        return f"{int(self.draw() * 10**count):0{count}d}"


class Weighted:
    """Values with weights: `Weighted({"M": 93, "F": 7}).draw(rng)`; also from (value, weight) pairs."""

    def __init__(self, weights):
        pairs = list(weights.items() if isinstance(weights, dict) else weights)
        self.values = [value for value, weight in pairs if weight]
        self.sums = list(accumulate(float(weight) for _value, weight in pairs if weight))
        if not self.values:
            raise ValueError("nothing to choose from")

    def draw(self, rng):
        return self.values[bisect(self.sums, rng.draw() * self.sums[-1])]
