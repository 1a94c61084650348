"""Counts the distinct values of each column in the first rows of a file, for the mapping pages."""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from app.imports import computed_columns, uploads
from app.imports.entries import normalize_heading
from app.imports.readers import UnreadableCell

SURVEY_ROWS = 10_000  # rows that are counted; the trial run reads all
MAX_DISTINCT = 2_000  # values of one column that are counted
MAX_LENGTH = 300  # characters of a value that is kept


@dataclass
class ColumnSurvey:
    """The values of one column: text → count. `bad` cells are unreadable, `dates` are stored as dates."""

    heading: str
    values: Counter = field(default_factory=Counter)
    filled: int = 0
    bad: int = 0
    dates: int = 0

    def add(self, cell):
        """Count a cell."""
        if cell is None:
            return
        self.filled += 1
        if isinstance(cell, UnreadableCell):
            self.bad += 1
            return
        self.dates += not isinstance(cell, str)
        text = str(cell)[:MAX_LENGTH]
        if text in self.values or len(self.values) < MAX_DISTINCT:
            self.values[text] += 1


def survey_file(sha256, profile):
    """Return (surveys of the columns, number of counted rows) of the file, read with this profile.

    Raise UnreadableFile.
    """
    return _survey(sha256, _ReadSettings(profile))


class _ReadSettings:
    """The settings of a profile that decide how the file is read, as key of the cache."""

    def __init__(self, profile):
        self.profile = profile
        self.key = repr((profile.encoding, profile.layout, profile.computed, profile.second))

    def __eq__(self, other):
        return self.key == other.key

    def __hash__(self):
        return hash(self.key)


@lru_cache(16)
def _survey(sha256, settings):
    rows = computed_columns.read_rows(uploads.get_path(sha256), settings.profile)
    _number, headings = next(rows, (0, []))
    surveys = [ColumnSurvey(normalize_heading(name)) for name in headings]
    count = 0
    for _number, cells in islice(rows, SURVEY_ROWS):
        count += 1
        if computed_columns.is_bad_row(cells, len(headings)):
            continue
        for column, cell in zip(surveys, cells, strict=False):
            column.add(cell)
    return surveys, count
