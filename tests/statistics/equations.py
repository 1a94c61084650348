"""Elimination: what a set of equations determines."""

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
