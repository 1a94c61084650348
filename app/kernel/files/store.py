"""Photos and documents, kept by the hash of their content outside the database and outside /static.

What is uploaded decides by its content what it is, never by its name. A photo is decoded and written anew, so
that nothing but its picture remains: no place where it was taken, no second file behind it. Files are made
once and never overwritten; the same photo lies here once, however often it was uploaded.
"""

import hashlib
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

from app.kernel.files import images
from app.kernel.schema.fields import field

PHOTO_LIMIT = 10 * 1024 * 1024  # bytes as they come, before they are written anew
PDF_LIMIT = 25 * 1024 * 1024
SIDES = (64, 264)  # pixels of the longer side of a small picture
PDF, JPEG = "application/pdf", "image/jpeg"

_CHUNK = 64 * 1024
_HASH = re.compile("[0-9a-f]{64}")
_PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


def _spelt(name):
    """A name of a PDF, each letter plain or as #xx."""
    return b"".join(b"(?:%c|#(?i:%02x))" % (letter, letter) for letter in name)


_ACTIVE = re.compile(b"/(?:" + b"|".join(map(_spelt, (b"JavaScript", b"Launch", b"EmbeddedFile"))) + b")")


class FileRecord:
    """The columns of a stored file; the bytes lie in the data folder under `sha256`."""

    @declared_attr
    def sha256(cls) -> Mapped[str]:
        return field(String(64), label=_("Content hash"), on="", index=True)

    @declared_attr
    def mime(cls) -> Mapped[str]:
        return field(String(60), label=_("Kind of file"), on="list show")

    @declared_attr
    def size(cls) -> Mapped[int]:
        return field(Integer, label=_("Size in bytes"), on="show")

    @declared_attr
    def width_px(cls) -> Mapped[int | None]:
        return field(Integer, label=_("Width in pixels"), on="")

    @declared_attr
    def height_px(cls) -> Mapped[int | None]:
        return field(Integer, label=_("Height in pixels"), on="")


class FileRefused(ValueError):
    """A file that is not kept. Its text is a sentence for the reader: what happened and what to do."""


@dataclass(frozen=True)
class Stored:
    """A file that lies in the store; the names are those of `FileRecord`."""

    sha256: str
    mime: str
    size: int
    width_px: int | None = None
    height_px: int | None = None

    @property
    def columns(self):
        """What a FileRecord keeps of it."""
        return asdict(self)


def store(stream, filename=""):
    """Keep what `stream` (binary, read once) holds and give its `Stored`; `filename` stands in refusals only.

    Kept are pictures of at most 10 MB (JPEG up to 40 megapixels, PNG and WebP up to 20) and passive PDFs of at
    most 25 MB. Raises FileRefused for anything else, and for what is empty or damaged.
    """
    with _incoming() as file:
        size, start = _receive(stream, file, filename)
        if size == 0:
            raise FileRefused(gettext("The file «%(name)s» is empty. Choose another file.", name=filename))
        if start.startswith(b"%PDF-"):
            return _keep_pdf(file, size, filename)
        if not start.startswith(_PICTURE_STARTS):
            text = gettext(
                "The file «%(name)s» is neither a photo nor a PDF. Choose a JPEG, PNG, WebP or PDF file.",
                name=filename,
            )
            raise FileRefused(text)
        if size > PHOTO_LIMIT:
            raise _too_large(filename, PHOTO_LIMIT)
        return _keep_picture(file, filename)


def path_of(sha256):
    """Where the file of that hash lies or would lie. Raises ValueError for what is no hash."""
    if not _HASH.fullmatch(sha256):
        raise ValueError(sha256)
    return _folder() / sha256[:2] / sha256[2:]


def thumbnail(sha256, side):
    """The path of a WebP of a stored photo, no side longer than `side` (64 or 264), made at the first call.

    Raises FileNotFoundError where the photo is missing, ValueError for another side or for what is no photo.
    """
    if side not in SIDES:
        raise ValueError(side)
    original = path_of(sha256)
    small = original.with_name(f"{original.name}.{side}.webp")
    if not small.exists():
        with open(original, "rb") as source, _incoming() as file:
            images.shrink(source, file, side)
            _publish(file, small)
    return small


def sign(stored, user_id):
    """A word that carries a stored file through a form, good for this user alone."""
    return _signer().dumps([*asdict(stored).values(), user_id])


def unsign(text, user_id):
    """The `Stored` behind a word of this user's; None for any other text."""
    try:
        *values, owner = _signer().loads(text)
    except BadData:
        return None
    return Stored(*values) if owner == user_id else None


def is_kept(stored):
    """Whether the bytes still lie in the store; what nobody registers is swept after a week."""
    return path_of(stored.sha256).exists()


def _signer():
    return URLSafeSerializer(
        current_app.config["SECRET_KEY"],
        salt="app.kernel.files.store",
        signer_kwargs={"digest_method": hashlib.sha256},
    )


def _folder():
    return Path(current_app.config["FILES_DIR"])


@contextmanager
def _incoming():
    """A new file in the store's own file system, gone at the end unless it was linked elsewhere."""
    folder = _folder() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        yield file


def _receive(stream, file, filename):
    """Copy the upload, never more of it than may be kept. Gives its size and its first bytes."""
    size, start = 0, b""
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > PDF_LIMIT:
            raise _too_large(filename, PDF_LIMIT if start.startswith(b"%PDF-") else PHOTO_LIMIT)
        start = start or chunk[:16]
        file.write(chunk)
    file.seek(0)
    return size, start


def _too_large(filename, limit):
    text = gettext(
        "The file «%(name)s» is larger than %(limit)s MB. Make it smaller and send it again.",
        name=filename,
        limit=limit // 1024**2,
    )
    return FileRefused(text)


def _keep_pdf(file, size, filename):
    content = file.read()
    if b"%%EOF" not in content[-1024:]:
        text = gettext("The PDF «%(name)s» is damaged or not whole. Scan or save it again.", name=filename)
        raise FileRefused(text)
    if _ACTIVE.search(content):
        text = gettext(
            "The PDF «%(name)s» holds a program or another file. Print it to a new PDF and send that.",
            name=filename,
        )
        raise FileRefused(text)
    sha256 = hashlib.sha256(content).hexdigest()
    _publish(file, path_of(sha256))
    return Stored(sha256, PDF, size)


def _keep_picture(source, filename):
    with _incoming() as file:
        try:
            width, height = images.rewrite(source, file)
        except images.TooManyPixels as large:
            text = gettext(
                "The photo «%(name)s» has more than %(limit)s million pixels. Make it smaller and send it again.",
                name=filename,
                limit=large.limit // 10**6,
            )
            raise FileRefused(text) from None
        except images.Unreadable:
            text = gettext(
                "The photo «%(name)s» is damaged or not whole. Choose another photo.", name=filename
            )
            raise FileRefused(text) from None
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        _publish(file, path_of(sha256))
        return Stored(sha256, JPEG, file.tell(), width, height)


def _publish(file, target):
    """Give a finished file its name. A link is made whole or not at all, and never over another file."""
    file.flush()
    os.fchmod(file.fileno(), 0o440)
    os.fsync(file.fileno())
    target.parent.mkdir(exist_ok=True)
    try:
        os.link(file.name, target)
    except FileExistsError:
        os.utime(target)  # young again: somebody holds it from now on
        return
    for folder in (target.parent, target.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
