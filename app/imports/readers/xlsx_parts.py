"""Streams the XML parts of a workbook in pieces of bounded size and number.

Uses Expat directly. A document type declaration, and with it every entity, is refused before it is
processed.
"""

import zipfile
import zlib
from contextlib import contextmanager
from xml.parsers import expat

from app.imports.readers.limits import CHUNK_SIZE, MAX_PART_BYTES, MAX_RATIO, MIN_RATIO_BYTES, UnreadableFile
from app.kernel.i18n.lazy_message import _

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = {
    "http://purl.oclc.org/ooxml/spreadsheetml/main": MAIN,
    "http://purl.oclc.org/ooxml/officeDocument/relationships": RELATIONSHIPS,
}
MAX_UNPARSED = 1024 * 1024  # bytes of an incomplete XML token
DAMAGED = _("The file is damaged or incomplete. Save it again and send the new file.")
DAMAGE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    LookupError,  # a missing part, or an encoding that does not exist
)


@contextmanager
def open_workbook(path):
    """Open a workbook; any sign of damage, now or later, raises UnreadableFile."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except UnreadableFile:
        raise
    except (*DAMAGE_ERRORS, expat.ExpatError):
        raise UnreadableFile(DAMAGED) from None


def read_pieces(archive, name):
    """Yield the uncompressed bytes of one part; refuse a part that grows beyond the limits (zip bomb)."""
    info, size = archive.getinfo(name), 0
    with archive.open(info) as part:
        while piece := part.read(CHUNK_SIZE):
            size += len(piece)
            if size > MAX_PART_BYTES or (
                size > MIN_RATIO_BYTES and size > MAX_RATIO * max(info.compress_size, 1)
            ):
                raise UnreadableFile(
                    _(
                        "A part of this workbook is too large for a table when unpacked. The file was not read."
                    )
                )
            yield piece


class PartReader:
    """Parses one part with the handlers `start_element`, `end_element` and `character_data` of a subclass.

    Names of the main namespace have no prefix; other names do.
    """

    def __init__(self):
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text, self.parser.buffer_size = True, CHUNK_SIZE
        self.parser.StartElementHandler = lambda name, attributes: self.start_element(
            _strip_namespace(name), attributes
        )
        self.parser.EndElementHandler = lambda name: self.end_element(_strip_namespace(name))
        self.parser.CharacterDataHandler = self.character_data
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def start_element(self, name, attributes):
        """Handle the start of an element."""

    def end_element(self, name):
        """Handle the end of an element."""

    def character_data(self, text):
        """Handle text in an element."""

    def parse_part(self, archive, name):
        """Parse the whole part; yield after each piece, so that parsed data can be consumed."""
        size = 0
        for piece in read_pieces(archive, name):
            self.parser.Parse(piece, False)
            size += len(piece)
            if size - self.parser.CurrentByteIndex > MAX_UNPARSED:
                raise UnreadableFile(DAMAGED)  # an endless XML token would fill the memory
            yield
        self.parser.Parse(b"", True)
        yield


def _strip_namespace(name):
    namespace, _blank, local = name.rpartition(" ")
    return local if STRICT.get(namespace, namespace) == MAIN else name


def _refuse_doctype(*_declared):
    raise UnreadableFile(
        _(
            "This workbook refers to external content, which no spreadsheet program writes. Save it again in a spreadsheet program and send that file."
        )
    )
