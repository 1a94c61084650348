"""Random choices that are the same for the same seed."""

import math
from bisect import bisect
from itertools import accumulate
from random import Random


class Chance:
    """One stream of choices; every part of the demo draws from it, in the order of the cases."""

    def __init__(self, seed):
        source = Random(seed)
        self.draw = source.random  # a number from 0 up to, not including, 1
        self.spread = source.lognormvariate

    def happens(self, share):
        """True in `share` (0 to 1) of all times."""
        return self.draw() < share

    def pick(self, items):
        """One of `items`, each as likely."""
        return items[int(self.draw() * len(items))]

    def between(self, first, last):
        """A whole number from `first` to `last`, both included."""
        return first + int(self.draw() * (last - first + 1))

    def around(self, middle, width, most):
        """A positive number whose median is `middle`, skewed to the right, at most `most`."""
        return min(most, self.spread(math.log(middle), width))

    def digits(self, count):
        """That many Latin digits."""
        return f"{int(self.draw() * 10**count):0{count}d}"


class Weighted:
    """Values with weights: `Weighted({"M": 93, "F": 7}).of(chance)`; also made from (value, weight) pairs."""

    def __init__(self, weights):
        pairs = list(weights.items() if isinstance(weights, dict) else weights)
        self.values = [value for value, weight in pairs if weight]
        self.sums = list(accumulate(float(weight) for _value, weight in pairs if weight))
        if not self.values:
            raise ValueError("nothing to choose from")

    def of(self, chance):
        return self.values[bisect(self.sums, chance.draw() * self.sums[-1])]
