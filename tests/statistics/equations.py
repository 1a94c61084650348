"""What a set of equations determines, and the range that it leaves to a sum."""

from math import inf

PRIME = 2**31 - 1


def reduce_row(row, basis, keep=False):
    """Return what remains of a row after elimination modulo a prime; nothing if the basis determines it. `keep` adds it."""
    while row:
        first = min(row)
        if first not in basis:
            if keep:
                inverse = pow(row[first], -1, PRIME)
                basis[first] = {place: value * inverse % PRIME for place, value in row.items()}
            return row
        factor = row[first]
        for place, value in basis[first].items():
            rest = (row.get(place, 0) - factor * value) % PRIME
            if rest:
                row[place] = rest
            else:
                row.pop(place, None)
    return row


SMALL = 1e-7


class Polytope:
    """All non-negative solutions of equations: (coefficients by name, right side) each. There must be one."""

    def __init__(self, equations):
        names = sorted({name for row, _rest in equations for name in row}, key=str)
        self.places = {name: place for place, name in enumerate(names)}
        self.width, self.rows, self.basis = len(names), [], []
        for row, rest in equations:
            sign = -1 if rest < 0 else 1
            line = [0.0] * self.width
            for name, value in row.items():
                line[self.places[name]] = sign * value
            self.rows.append([*line, sign * rest])
        self._find_first_solution()

    def find_range(self, row):
        """Return the (smallest, largest) value of a sum: coefficients by name."""
        return -self._maximize({name: -value for name, value in row.items()}), self._maximize(row)

    def _find_first_solution(self):
        """Give each equation a slack of its own, and remove the slacks from the basis."""
        count = len(self.rows)
        for place, row in enumerate(self.rows):
            row[-1:-1] = [float(place == other) for other in range(count)]
        self.basis = list(range(self.width, self.width + count))
        rows, basis = self._run(self.rows, self.basis, [0.0] * self.width + [-1.0] * count)
        assert all(row[-1] < SMALL for row, place in zip(rows, basis, strict=True) if place >= self.width)
        for number, place in enumerate(basis):
            if place >= self.width:  # a slack of 0 stays in an equation that follows from others
                entering = next((one for one in range(self.width) if abs(rows[number][one]) > SMALL), None)
                if entering is not None:
                    self._turn(rows, basis, number, entering)
        kept = [number for number, place in enumerate(basis) if place < self.width]
        self.rows = [[*rows[number][: self.width], rows[number][-1]] for number in kept]
        self.basis = [basis[number] for number in kept]

    def _maximize(self, row):
        goal = [0.0] * self.width
        for name, value in row.items():
            goal[self.places[name]] = value
        rows, basis = self._run([list(one) for one in self.rows], list(self.basis), goal)
        if rows is None:
            return inf
        return sum(goal[place] * one[-1] for one, place in zip(rows, basis, strict=True))

    def _run(self, rows, basis, goal):
        """Return the rows and the basis of the best solution (the simplex method, Bland's rule); None without a limit."""
        while True:
            gains = (
                (one, goal[one] - sum(goal[place] * row[one] for row, place in zip(rows, basis, strict=True)))
                for one in range(len(goal))
            )
            entering = next((one for one, gain in gains if gain > SMALL), None)
            if entering is None:
                return rows, basis
            steps = [
                (row[-1] / row[entering], basis[number], number)
                for number, row in enumerate(rows)
                if row[entering] > SMALL
            ]
            if not steps:
                return None, None
            least = min(step for step, _place, _number in steps)
            number = min((place, number) for step, place, number in steps if step < least + SMALL)[1]
            self._turn(rows, basis, number, entering)

    @staticmethod
    def _turn(rows, basis, number, entering):
        factor = rows[number][entering]
        rows[number] = [value / factor for value in rows[number]]
        for other, row in enumerate(rows):
            if other != number and (factor := row[entering]):
                rows[other] = [value - factor * own for value, own in zip(row, rows[number], strict=True)]
        basis[number] = entering
