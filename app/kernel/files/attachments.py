"""Audio, video and office files: their type by content, and what makes an office file active.

They are stored as sent, and a browser only saves them: they are never decoded, shown or played here. The types are in
attachment_types.tsv: the bytes `signature` (hexadecimal) at `offset`. `brands` are the beginnings of the brand of an MP4
file, or the part that an office file must contain. The names of office types are our own, because theirs are too long for the column.
"""

import csv
import zipfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

ZIP, FTYP = bytes.fromhex("504b0304"), b"ftyp"
START = 64  # bytes at the start of a file that decide its type
MAX_PARTS = 5_000
MAX_TYPES_SIZE = 200_000  # bytes of the list of parts, unpacked
TYPES_PART = "[Content_Types].xml"
# A macro, an embedded program or file, a control, a link to another file that opens by itself.
ACTIVE_PARTS = ("vbaproject", "/embeddings/", "/activex/", "/externallinks/", "/macrosheets/", "/ctrlprops/")
ACTIVE_TYPES = (b"macroenabled", b"oleobject", b"activex")


class AttachmentType(NamedTuple):
    """One type that is accepted."""

    mime: str
    extension: str
    offset: int
    signature: bytes
    brands: tuple

    def matches(self, start):
        """Return whether a file with these first bytes can have this type."""
        at, end = self.offset, self.offset + len(self.signature)
        if start[at:end] != self.signature:
            return False
        if self.signature != FTYP:
            return True
        return start[end : end + 4].decode("latin-1").strip().startswith(self.brands)


class UnsafeAttachment(ValueError):
    """An office file with active content, or one that cannot be read. The text says which: "active" or "unreadable"."""


@cache
def list_types():
    """Return the accepted types."""
    with open(Path(__file__).with_name("attachment_types.tsv"), encoding="utf-8", newline="") as file:
        return tuple(
            AttachmentType(
                row["mime"],
                row["extension"],
                int(row["offset"]),
                bytes.fromhex(row["signature"]),
                tuple(row["brands"].split()),
            )
            for row in csv.DictReader(file, delimiter="\t")
        )


def find_extension(mime):
    """Return the file extension of an accepted type, or ""."""
    return next((one.extension for one in list_types() if one.mime == mime), "")


def find_type(file, start):
    """Return the AttachmentType of a file, or None. Raises UnsafeAttachment for an office file that is not accepted."""
    if start.startswith(ZIP):
        return _find_office_type(file)
    return next((one for one in list_types() if one.matches(start)), None)


def _find_office_type(file):
    """Return the type of an office file from its list of parts. Only the small list of types is unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if len(names) > MAX_PARTS:
                raise UnsafeAttachment("unreadable")
            if TYPES_PART not in names:
                return None  # another archive
            with archive.open(TYPES_PART) as part:
                types = part.read(MAX_TYPES_SIZE + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise UnsafeAttachment(
            *(error.args if isinstance(error, UnsafeAttachment) else ["unreadable"])
        ) from None
    if len(types) > MAX_TYPES_SIZE:
        raise UnsafeAttachment("unreadable")
    lowered = [f"/{name.lower()}" for name in names]
    has_active_part = any(active in name for active in ACTIVE_PARTS for name in lowered)
    if has_active_part or any(one in types.lower() for one in ACTIVE_TYPES):
        raise UnsafeAttachment("active")
    return next((one for one in list_types() if one.signature == ZIP and set(one.brands) <= set(names)), None)
