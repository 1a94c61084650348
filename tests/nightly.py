"""How much a test tries: little in `.ci/run`, much in `run.py nightly NAME`, which sets these variables.

Such a test has the marker `nightly(name="…")`. What `.ci/run` tries of a matrix depends on the day: some days in a row
try all. `MATRIX_DAY` repeats a day; the last lines of a test run show it.
"""

import os
import zlib
from datetime import UTC, datetime


def count(variable, few):
    """Return the number in the environment, or `few`."""
    return int(os.environ.get(variable, few))


def choose_day():
    """Return the number of today, and keep it in the environment for the processes of this test run."""
    return int(os.environ.setdefault("MATRIX_DAY", str(datetime.now(UTC).toordinal())))


def some_of(cells, row=0, days=6):
    """Return every sixth cell of a row of a matrix, from another one in the next row and on the next day; at night
    all cells. A short row gives one cell.

    Six rows together have every column, and so have six days. Another number of `days` gives another part.
    """
    cells = list(cells)
    step = max(min(count("MATRIX_STEP", days), len(cells)), 1)
    return cells[(row + choose_day()) % step :: step]


def is_due(repetition):
    """Return whether the repetition with this name is tried today: `REPETITION_DAYS` in a row try each of them once."""
    return (zlib.crc32(repetition.encode()) + choose_day()) % count("REPETITION_DAYS", 1) == 0
