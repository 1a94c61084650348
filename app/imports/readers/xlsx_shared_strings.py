"""Shared strings of a workbook, stored in a temporary file; memory holds only their offsets."""

import os
import tempfile
from array import array
from contextlib import contextmanager
from functools import lru_cache

from app.imports.readers.limits import MAX_CELL_LENGTH, MAX_STRINGS, TOO_LONG, UnreadableCell, UnreadableFile
from app.imports.readers.xlsx_parts import PartReader
from app.kernel.i18n.lazy_message import _

PART_NAME = "xl/sharedStrings.xml"


class SharedStrings(PartReader):
    """Shared strings in order; `text(number)` returns one, an `UnreadableCell`, or None if there is none."""

    def __init__(self, file):
        super().__init__()
        self.file, self.too_long = file, set()
        self.offsets, self.text_pieces, self.depth, self.size = array("Q", [0]), [], 0, 0
        self.text = lru_cache(20_000)(self._read_text)

    def start_element(self, name, attributes):
        if name == "si":
            self.text_pieces = []
        elif name == "t":
            self.depth += 1
        elif name == "rPh":  # phonetic text of Japanese spreadsheets
            self.depth -= 1

    def end_element(self, name):
        if name == "si":
            self._store("".join(self.text_pieces))
        elif name == "t":
            self.depth -= 1
        elif name == "rPh":
            self.depth += 1

    def character_data(self, text):
        if self.depth > 0:
            self.text_pieces.append(text)

    def _store(self, text):
        if len(text) > MAX_CELL_LENGTH:
            self.too_long.add(len(self.offsets) - 1)
            text = ""
        if len(self.offsets) > MAX_STRINGS:
            raise UnreadableFile(
                _(
                    "The workbook has more than %(most)s different texts. Split it and send the parts.",
                    most=MAX_STRINGS,
                )
            )
        self.size += self.file.write(text.encode("utf-8", "surrogatepass"))
        self.offsets.append(self.size)

    def _read_text(self, number):
        if not 0 <= number < len(self.offsets) - 1:
            return None
        if number in self.too_long:
            return UnreadableCell(TOO_LONG)
        start = self.offsets[number]
        return os.pread(self.file.fileno(), self.offsets[number + 1] - start, start).decode(
            "utf-8", "replace"
        )


@contextmanager
def open_shared_strings(archive):
    """Open the shared strings of a workbook as a context manager."""
    with tempfile.TemporaryFile() as file:
        strings = SharedStrings(file)
        if PART_NAME in archive.namelist():
            for _piece in strings.parse_part(archive, PART_NAME):
                pass
            file.flush()
        yield strings
