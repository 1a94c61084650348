"""Detects the type of a file by its first bytes and its parts, never by its name."""

import os
import zipfile

from app.imports.readers.limits import MAX_PARTS, UnreadableFile
from app.kernel.i18n.lazy_message import _

WORKBOOK, OLD_WORKBOOK, EXPORT, JSON_LINES, TEXT = "workbook", "old workbook", "export", "JSON lines", "text"
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_SCANNED_BYTES = 4 * 1024**2  # bytes of an OLE file that are scanned for its parts
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
OTHER_TYPES = (
    (b"%PDF", _("This is a PDF. Save the table as .xlsx or .csv and send the new file.")),
    (b"\xff\xd8\xff", _("This is a picture. Send the table itself, as .xlsx or .csv.")),
    (b"\x89PNG", _("This is a picture. Send the table itself, as .xlsx or .csv.")),
    (b"\x1f\x8b", _("This is a compressed file. Extract it and send the table itself.")),
    (b"Rar!", _("This is a compressed file. Extract it and send the table itself.")),
    (b"7z\xbc\xaf", _("This is a compressed file. Extract it and send the table itself.")),
    (b"{\\rtf", _("This is a text document. Send the table itself, as .xlsx or .csv.")),
)
MARKUP_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<table")


def detect_type(path):
    """Return the type of the file; raise UnreadableFile for any that is not read."""
    if not os.path.exists(path):
        raise UnreadableFile(_("The file is no longer stored."))
    with open(path, "rb") as file:
        first_bytes = file.read(4096)
        if not first_bytes:
            raise UnreadableFile(_("The file is empty. Choose another file."))
        if first_bytes.startswith(OLE_SIGNATURE):
            return _check_ole(first_bytes + file.read(MAX_SCANNED_BYTES))
    if first_bytes.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _check_zip(path)
    for signature, message in OTHER_TYPES:
        if first_bytes.startswith(signature):
            raise UnreadableFile(message)
    if first_bytes.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(MARKUP_STARTS):
        raise UnreadableFile(
            _("This is a web page or XML, despite its name. Save it as .xlsx and send the new file.")
        )
    if (
        not first_bytes.startswith(BYTE_ORDER_MARKS)
        and b"\0" in first_bytes
        and not detect_utf16(first_bytes)
    ):
        raise UnreadableFile(_("This file is not a readable table. Send it as .xlsx, .csv or .tsv."))
    return JSON_LINES if first_bytes.startswith(b'{"') else TEXT


def detect_utf16(first_bytes):
    """Return the encoding of a UTF-16 text without a mark, or an empty string.

    In such a text nearly every other byte is the high byte 0x00 (Latin) or 0x17 (Khmer).
    """
    half = len(first_bytes) // 2
    if half < 2:
        return ""
    for name, high in (
        ("utf-16-le", first_bytes[1 : 2 * half : 2]),
        ("utf-16-be", first_bytes[0 : 2 * half : 2]),
    ):
        usual = sum(byte in (0x00, 0x17) for byte in high) > 0.9 * half
        if usual and b"\0" in high and "\0" not in first_bytes[: 2 * half].decode(name, "replace"):
            return name
    return ""


def _check_ole(content):
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise UnreadableFile(
            _("The workbook is protected by a password. Remove the password and send it again.")
        )
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        raise UnreadableFile(
            _("This is an old document, not a table. Save it as .xlsx and send the new file.")
        )
    return OLD_WORKBOOK


def _check_zip(path):
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) > MAX_PARTS:
                raise UnreadableFile(
                    _(
                        "This workbook has too many parts to be a table. Save only the table and send that file."
                    )
                )
            media_type = archive.open("mimetype").read(100) if "mimetype" in names else b""
            types = (
                archive.open("[Content_Types].xml").read(1024**2) if "[Content_Types].xml" in names else b""
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
        raise UnreadableFile(
            _("The file is damaged or incomplete. Save it again and send the new file.")
        ) from None
    if b"macroEnabled" in types or "xl/vbaProject.bin" in names:
        raise UnreadableFile(
            _(
                "This workbook contains macros, which are programs. Save it as .xlsx without macros and send that file."
            )
        )
    if media_type.strip() == b"application/vnd.oasis.opendocument.spreadsheet":
        return OLD_WORKBOOK
    if "datapackage.json" in names:
        return EXPORT
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise UnreadableFile(
            _("This type of workbook is not supported. Save it as .xlsx and send the new file.")
        )
    if "word/document.xml" in names:
        raise UnreadableFile(_("This is a text document. Send the table itself, as .xlsx or .csv."))
    if "xl/workbook.xml" not in names:
        raise UnreadableFile(_("This is a compressed file. Extract it and send the table itself."))
    return WORKBOOK
