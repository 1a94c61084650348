"""The parts of a workbook as streams of XML: never more than a piece at a time, and no longer than they may be.

Expat is asked directly. A document type, and with it every entity, is refused before anything of it is read.
"""

import zipfile
import zlib
from contextlib import contextmanager
from xml.parsers import expat

from app.imports.readers.limits import CHUNK, RATIO, SMALL, WHOLE, Unusable
from app.kernel.i18n.lazy_message import _

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = {
    "http://purl.oclc.org/ooxml/spreadsheetml/main": MAIN,
    "http://purl.oclc.org/ooxml/officeDocument/relationships": LINKS,
}
UNFINISHED = 1024 * 1024  # bytes that are not yet a whole mark of XML
DAMAGED = _("The file is damaged or was not sent to its end. Save it again and send that.")
FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    KeyError,
)


@contextmanager
def opened(path):
    """The workbook, whose damages become a sentence wherever they show."""
    try:
        with zipfile.ZipFile(path) as packed:
            yield packed
    except Unusable:
        raise
    except (*FAULTS, expat.ExpatError):
        raise Unusable(DAMAGED) from None


def pieces(packed, name):
    """The bytes of one part, as they are unpacked; a part that swells beyond all reason is refused on the way."""
    info, size = packed.getinfo(name), 0
    with packed.open(info) as part:
        while piece := part.read(CHUNK):
            size += len(piece)
            if size > WHOLE or (size > SMALL and size > RATIO * max(info.compress_size, 1)):
                raise Unusable(
                    _("A part of this workbook unpacks to far more than a table needs. It is not read.")
                )
            yield piece


class Reader:
    """One part read with the handlers of a subclass: `begins(name, attributes)`, `ends(name)`, `says(text)`.

    Names are those of the main namespace without their prefix; of others with it.
    """

    def __init__(self):
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text, self.parser.buffer_size = True, CHUNK
        self.parser.StartElementHandler = lambda name, attributes: self.begins(_plain(name), attributes)
        self.parser.EndElementHandler = lambda name: self.ends(_plain(name))
        self.parser.CharacterDataHandler = self.says
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def begins(self, name, attributes):
        """An element begins."""

    def ends(self, name):
        """An element ends."""

    def says(self, text):
        """Text within an element."""

    def read(self, packed, name):
        """The whole part; gives after each piece, so that what was read can be taken on."""
        size = 0
        for piece in pieces(packed, name):
            self.parser.Parse(piece, False)
            size += len(piece)
            if size - self.parser.CurrentByteIndex > UNFINISHED:
                raise Unusable(DAMAGED)  # one mark of XML that does not end would be held in memory
            yield
        self.parser.Parse(b"", True)
        yield


def _plain(name):
    space, _blank, local = name.rpartition(" ")
    return local if STRICT.get(space, space) == MAIN else name


def _refuse_doctype(*_declared):
    raise Unusable(_("This workbook names things outside itself, as no sheet program does. It is not read."))
