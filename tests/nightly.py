"""How much a test tries: little in `.ci/run`, much in `run.py nightly NAME`, which sets these variables.

Such a test has the marker `nightly(name="…")`.
"""

import os


def count(variable, few):
    """Return the number in the environment, or `few`."""
    return int(os.environ.get(variable, few))


def some_of(cells, row=0):
    """Return every third cell of a row of a matrix, from another one in the next row; at night all cells.

    Three rows together have every column.
    """
    step = count("MATRIX_STEP", 3)
    return list(cells)[row % step :: step]
