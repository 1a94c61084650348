"""How much of a file is read at most, and how it is said that a file or a cell cannot be used."""

from dataclasses import dataclass
from typing import Any

ROWS = 1_048_576  # of a sheet program
COLUMNS = 200
CELL = 10_000  # characters
PARTS = 2_000  # files within a workbook
WHOLE = 4 * 1024**3  # bytes of one part of a workbook, unpacked
SMALL = 16 * 1024**2  # of a part that is not asked how often it is larger than packed
RATIO = 300  # XML of a sheet is seldom more than fifty times as large as packed
STRINGS = 4_000_000  # different texts of a workbook
CHUNK = 64 * 1024


class Unusable(ValueError):
    """A file that cannot be read to its end. Its text is a sentence for the reader: what is wrong, where, what to do."""

    def __init__(self, sentence):
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self):
        return str(self.sentence)


class WrongLetters(Unusable):
    """A text whose bytes are no letters of the encoding that it was read in: another one may be told."""


@dataclass(frozen=True)
class Bad:
    """A cell whose value nobody can tell; `sentence` says why. The other cells of its row can be read."""

    sentence: Any

    def __str__(self):
        return ""
