"""The texts that the cells of a workbook share. They lie in a file of their own: memory holds only where each begins."""

import os
import tempfile
from array import array
from contextlib import contextmanager
from functools import lru_cache

from app.imports.readers.limits import CELL, STRINGS, Unusable
from app.imports.readers.xlsx_parts import Reader
from app.kernel.i18n.lazy_message import _

NAME = "xl/sharedStrings.xml"


class Shared(Reader):
    """The shared texts in their order; `text(number)` gives one, None where there is none of that number."""

    def __init__(self, file):
        super().__init__()
        self.file = file
        self.ends_at, self.said, self.within, self.size = array("Q", [0]), [], 0, 0
        self.text = lru_cache(20_000)(self._text)

    def begins(self, name, attributes):
        if name == "si":
            self.said = []
        elif name == "t":
            self.within += 1
        elif name == "rPh":  # how a word is spoken, of Japanese sheets
            self.within -= 1

    def ends(self, name):
        if name == "si":
            self._keep("".join(self.said))
        elif name == "t":
            self.within -= 1
        elif name == "rPh":
            self.within += 1

    def says(self, text):
        if self.within > 0:
            self.said.append(text)

    def _keep(self, text):
        if len(text) > CELL:
            raise Unusable(_("The workbook has a cell of more than %(most)s characters.", most=CELL))
        if len(self.ends_at) > STRINGS:
            raise Unusable(
                _("The workbook has more than %(most)s different texts. Send it in parts.", most=STRINGS)
            )
        self.size += self.file.write(text.encode("utf-8", "surrogatepass"))
        self.ends_at.append(self.size)

    def _text(self, number):
        if not 0 <= number < len(self.ends_at) - 1:
            return None
        start = self.ends_at[number]
        return os.pread(self.file.fileno(), self.ends_at[number + 1] - start, start).decode(
            "utf-8", "replace"
        )


@contextmanager
def shared(packed):
    """The shared texts of a workbook, as long as they are needed."""
    with tempfile.TemporaryFile() as file:
        texts = Shared(file)
        if NAME in packed.namelist():
            for _piece in texts.read(packed, NAME):
                pass
            file.flush()
        yield texts
