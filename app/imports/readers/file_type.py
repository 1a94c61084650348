"""What a file really is, by its first bytes and its parts; its name says nothing."""

import zipfile

from app.imports.readers.limits import PARTS, Unusable
from app.kernel.i18n.lazy_message import _

WORKBOOK, TEXT = "workbook", "text"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOOKED_THROUGH = 4 * 1024**2  # bytes of an old container in which its parts are looked for
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
OTHERS = (
    (b"%PDF", _("This is a PDF. Save the table as .xlsx or .csv and send that.")),
    (b"\xff\xd8\xff", _("This is a picture. Send the table itself, as .xlsx or .csv.")),
    (b"\x89PNG", _("This is a picture. Send the table itself, as .xlsx or .csv.")),
    (b"\x1f\x8b", _("This is a packed file. Unpack it, and send the table itself.")),
    (b"Rar!", _("This is a packed file. Unpack it, and send the table itself.")),
    (b"7z\xbc\xaf", _("This is a packed file. Unpack it, and send the table itself.")),
    (b"{\\rtf", _("This is a text document. Send the table itself, as .xlsx or .csv.")),
)
MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table")


def of(path):
    """WORKBOOK or TEXT; raises Unusable for whatever else it is."""
    with open(path, "rb") as file:
        start = file.read(4096)
        if not start:
            raise Unusable(_("The file is empty. Choose another file."))
        if start.startswith(OLE):
            raise _old_container(start + file.read(LOOKED_THROUGH))
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _of_zip(path)
    for beginning, sentence in OTHERS:
        if start.startswith(beginning):
            raise Unusable(sentence)
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(MARKUP):
        raise Unusable(
            _("This is a web page or XML, whatever its name says. Save it as .xlsx and send that.")
        )
    if not start.startswith(BYTE_ORDER_MARKS) and b"\0" in start and not sixteen_bits(start):
        raise Unusable(_("This is no table that can be read here. Send it as .xlsx, .csv or .tsv."))
    return TEXT


def sixteen_bits(start):
    """Whether a text without a mark is UTF-16 by its look, and in which order: nearly every other byte is the page of its letter."""
    half = len(start) // 2
    if half < 2:
        return ""
    for name, high in (("utf-16-le", start[1 : 2 * half : 2]), ("utf-16-be", start[0 : 2 * half : 2])):
        usual = sum(one in (0x00, 0x17) for one in high) > 0.9 * half
        if usual and b"\0" in high and "\0" not in start[: 2 * half].decode(name, "replace"):
            return name
    return ""


def _old_container(content):
    if "EncryptedPackage".encode("utf-16-le") in content:
        return Unusable(
            _("The workbook is protected by a password. Take the password off and send it again.")
        )
    return Unusable(_("This is an old .xls, or another old document. Save it as .xlsx and send that."))


def _of_zip(path):
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            if len(names) > PARTS:
                raise Unusable(
                    _("This workbook has too many parts to be a table. Save the table alone, and send that.")
                )
            types = (
                packed.open("[Content_Types].xml").read(1024**2) if "[Content_Types].xml" in names else b""
            )
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
        zipfile.zlib.error,
    ):
        raise Unusable(
            _("The file is damaged or was not sent to its end. Save it again and send that.")
        ) from None
    if b"macroEnabled" in types or "xl/vbaProject.bin" in names:
        raise Unusable(
            _(
                "This workbook holds macros, which are programs. Save it as .xlsx without macros and send that."
            )
        )
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise Unusable(_("This kind of workbook is not read here. Save it as .xlsx and send that."))
    if "word/document.xml" in names:
        raise Unusable(_("This is a text document. Send the table itself, as .xlsx or .csv."))
    if "xl/workbook.xml" not in names:
        raise Unusable(_("This is a packed file. Unpack it, and send the table itself."))
    return WORKBOOK
