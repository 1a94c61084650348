"""The file store: photos and documents under the hash of their content, outside the database and outside /static.

The type of an upload is decided by its content, never by its name. A photo is decoded and encoded again, which removes
its metadata (such as the location) and any appended file. Files are created once and never overwritten. The same
photo is stored once, however often it is uploaded.
"""

import hashlib
import logging
import os
import re
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, declared_attr

from app.kernel.audit import rate_limit
from app.kernel.files import attachments, images, limited_process
from app.kernel.schema.fields import field

log = logging.getLogger(__name__)

PHOTO_LIMIT = 10 * 1024 * 1024  # bytes of the upload, before re-encoding
PDF_LIMIT = 25 * 1024 * 1024
MEGABYTES = PHOTO_LIMIT // 1024**2, PDF_LIMIT // 1024**2
THUMBNAIL_SIDES = (64, 264)  # pixels of the longer side
PDF, JPEG = "application/pdf", "image/jpeg"

_CHUNK = 64 * 1024
_HASH = re.compile("[0-9a-f]{64}")
_IMAGE_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class FileRecord:
    """The columns of a stored file. Its bytes are in the data folder under `sha256`."""

    @declared_attr
    def sha256(cls) -> Mapped[str]:
        return field(String(64), label=_("Content hash"), on="", index=True)

    @declared_attr
    def mime(cls) -> Mapped[str]:
        return field(String(60), label=_("File format"), on="list show")

    @declared_attr
    def size(cls) -> Mapped[int]:
        return field(Integer, label=_("Size in bytes"), on="show")

    @declared_attr
    def width_px(cls) -> Mapped[int | None]:
        return field(Integer, label=_("Width in pixels"), on="")

    @declared_attr
    def height_px(cls) -> Mapped[int | None]:
        return field(Integer, label=_("Height in pixels"), on="")

    def __str__(self):
        return ""  # a file has no name; its page has the title of its kind


class FileRefused(ValueError):
    """The file is not accepted. The text of the exception is the message for the user."""


@dataclass(frozen=True)
class StoredFile:
    """A file in the store, with the field names of `FileRecord`."""

    sha256: str
    mime: str
    size: int
    width_px: int | None = None
    height_px: int | None = None

    @property
    def is_attachment(self):
        """Return whether it is an audio, video or office file, which only a document of a case may be."""
        return self.mime not in (PDF, JPEG)

    @property
    def columns(self):
        """Return the values of the FileRecord columns."""
        return asdict(self)


def save_file(stream, filename="", with_attachments=False):
    """Store the content of the binary `stream` and return its StoredFile. `filename` appears in error messages only.

    Accepted are photos of at most 10 MB (JPEG up to 40 megapixels, PNG and WebP up to 20) and PDFs without active
    content of at most 25 MB; with `with_attachments` also audio, video and office files of that size. Raises FileRefused for
    other, empty or damaged files, and TooManyRequests above the limit of the user for a day.
    """
    with _temporary_file() as file:
        size, start = _copy_upload(stream, file, filename)
        rate_limit.count_upload(size)
        if size == 0:
            raise FileRefused(gettext("The file «%(name)s» is empty. Choose another file.", name=filename))
        if start.startswith(b"%PDF-"):
            return _save_pdf(file, size, filename)
        if not (start.startswith(_IMAGE_SIGNATURES) or _is_webp(start)):
            if with_attachments:
                return _save_attachment(file, size, start, filename)
            text = gettext(
                "The file «%(name)s» is neither a photo nor a PDF. Choose a JPEG, PNG, WebP or PDF file.",
                name=filename,
            )
            raise FileRefused(text)
        if size > PHOTO_LIMIT:
            raise _too_large_error(filename, PHOTO_LIMIT)
        return _save_photo(file, filename)


def file_path(sha256):
    """Return the path of the file with this hash. Raises ValueError if `sha256` is not a hash."""
    if not _HASH.fullmatch(sha256):
        raise ValueError(sha256)
    return _folder() / sha256[:2] / sha256[2:]


def ensure_thumbnail(sha256, side):
    """Return the path of a WebP thumbnail, no side longer than `side` (64 or 264). The first call creates it.

    Raises FileNotFoundError if the photo is missing, ValueError for another side or if the file is not a photo.
    """
    if side not in THUMBNAIL_SIDES:
        raise ValueError(side)
    original = file_path(sha256)
    thumbnail = original.with_name(f"{original.name}.{side}.webp")
    if not thumbnail.exists():
        with open(original, "rb") as source, _temporary_file() as file:
            images.write_thumbnail(source, file, side)
            _link_file(file, thumbnail)
    return thumbnail


def create_token(stored, user_id):
    """Return a signed token of a stored file for a form. Only this user can use it."""
    return _signer().dumps([*asdict(stored).values(), user_id])


def verify_token(text, user_id):
    """Return the StoredFile of a token of this user, None for any other text."""
    try:
        *values, owner = _signer().loads(text)
    except BadData:
        return None
    return StoredFile(*values) if owner == user_id else None


def is_stored(stored):
    """Return True if the file is still in the store. Unregistered files are deleted after one week."""
    return file_path(stored.sha256).exists()


def _signer():
    return URLSafeSerializer(
        current_app.config["SECRET_KEY"],
        salt="app.kernel.files.store",
        signer_kwargs={"digest_method": hashlib.sha256},
    )


def _folder():
    return Path(current_app.config["FILES_DIR"])


@contextmanager
def _temporary_file():
    """Yield a new file in the file system of the store. It is deleted at the end unless it was linked."""
    folder = _folder() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        yield file


def _copy_upload(stream, file, filename):
    """Copy the upload up to the size limit. Return its size and its first bytes."""
    size, start = 0, b""
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > PDF_LIMIT:
            is_photo = start.startswith(_IMAGE_SIGNATURES) or _is_webp(start)
            raise _too_large_error(filename, PHOTO_LIMIT if is_photo else PDF_LIMIT)
        start = start or chunk[: attachments.START]
        file.write(chunk)
    file.seek(0)
    return size, start


def _is_webp(start):
    return start[:4] == b"RIFF" and start[8:12] == b"WEBP"


def _save_attachment(file, size, start, filename):
    """Store an audio, video or office file as sent. Its content decides the type."""
    try:
        kind = attachments.find_type(file, start)
    except attachments.UnsafeAttachment as error:
        raise _attachment_error(str(error), filename) from None
    if kind is None:
        text = gettext(
            "The type of the file «%(name)s» is not accepted. Choose a photo, a PDF, an audio or video file, or a file of"
            " type docx, xlsx or pptx.",
            name=filename,
        )
        raise FileRefused(text)
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    _link_file(file, file_path(sha256))
    return StoredFile(sha256, kind.mime, size)


def _attachment_error(problem, filename):
    if problem == "active":
        text = gettext(
            "The file «%(name)s» contains a macro or another file. Save it as a PDF and send the PDF.",
            name=filename,
        )
    else:
        text = gettext(
            "The file «%(name)s» is damaged or locked by a password. Save it again and send it.",
            name=filename,
        )
    return FileRefused(text)


def _too_large_error(filename, limit):
    text = gettext(
        "The file «%(name)s» is larger than %(limit)s MB. Reduce its size and send it again.",
        name=filename,
        limit=limit // 1024**2,
    )
    return FileRefused(text)


def _save_pdf(file, size, filename):
    content = file.read()
    result = (
        _run_script("pdf_inspection.py", file) if b"%%EOF" in content[-1024:] else {"error": "unreadable"}
    )
    if "error" in result:
        raise _pdf_error(result, filename)
    sha256 = hashlib.sha256(content).hexdigest()
    _link_file(file, file_path(sha256))
    return StoredFile(sha256, PDF, size)


def _pdf_error(result, filename):
    if result["error"] == "active":
        text = gettext(
            "The PDF «%(name)s» contains a program, an automatic action or another file."
            " Print it to a new PDF and send the new PDF.",
            name=filename,
        )
    else:
        text = gettext(
            "The PDF «%(name)s» is damaged, incomplete or locked by a password. Scan or save it again.",
            name=filename,
        )
    return FileRefused(text)


def _save_photo(source, filename):
    with _temporary_file() as file:
        result = _run_script("images.py", source, file)
        if "error" in result:
            raise _photo_error(result, filename)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        _link_file(file, file_path(sha256))
        return StoredFile(sha256, JPEG, file.tell(), result["width"], result["height"])


def _run_script(name, source, target=None):
    """Return the result of a script on an upload. A file that exceeds the limits of a process is too complex."""
    try:
        return limited_process.run_script(name, source, target)
    except limited_process.LimitExceeded as error:
        log.warning("An upload was refused by the limits of %s: %s", name, error.__cause__)
        return {"error": "complex"}


def _photo_error(result, filename):
    if result["error"] == "pixels":
        text = gettext(
            "The photo «%(name)s» has more than %(limit)s million pixels. Reduce its size and send it again.",
            name=filename,
            limit=result["limit"] // 10**6,
        )
    elif result["error"] == "complex":
        text = gettext(
            "The photo «%(name)s» takes too long to read. Save it again as a simple JPEG and send that.",
            name=filename,
        )
    else:
        text = gettext("The photo «%(name)s» is damaged or incomplete. Choose another photo.", name=filename)
    return FileRefused(text)


def _link_file(file, target):
    """Link a finished file under its name. A link is atomic and never overwrites another file."""
    file.flush()
    os.fchmod(file.fileno(), 0o400)
    os.fsync(file.fileno())
    target.parent.mkdir(exist_ok=True)
    try:
        os.link(file.name, target)
    except FileExistsError:
        os.utime(target)  # uploaded again: its age for the cleanup starts now
        return
    for folder in (target.parent, target.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
