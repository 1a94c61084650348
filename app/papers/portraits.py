"""The photo of a person for a paper, small enough that a hundred of them make no heavy file."""

import io
import logging

from app.kernel import files, pictures

log = logging.getLogger(__name__)

SIDE = 900  # pixels of the longer side: sharp at the size of a bulletin


def newest_of(person):
    """The bytes of the newest photo that stands; None where there is none, or its file is missing."""
    standing = [photo for photo in person.photos if photo.voided_at is None]
    if not standing:
        return None
    out = io.BytesIO()
    try:
        with open(files.path_of(standing[-1].sha256), "rb") as source:
            pictures.shrink(source, out, SIDE, "JPEG")
    except (OSError, ValueError):
        log.exception("The file of person-photo-%s is missing or unreadable", standing[-1].id)
        return None
    return out.getvalue()
