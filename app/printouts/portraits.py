"""Photo of a person for a printout, reduced so that a hundred photos still make a small file."""

import io
import logging

from app.kernel.files import images, store

log = logging.getLogger(__name__)

MAX_SIDE = 900  # pixels of the longer side: sharp at the size of a wanted notice


def load_newest_photo(person):
    """Return the newest valid photo as JPEG bytes, or None if there is none or its file is missing."""
    return None if person.photo is None else load_photo(person.photo.sha256)


def load_photo(sha256, side=MAX_SIDE):
    """Return a stored photo as JPEG bytes, no side longer than `side`, or None if its file is missing."""
    out = io.BytesIO()
    try:
        with open(store.file_path(sha256), "rb") as source:
            images.write_thumbnail(source, out, side, "JPEG")
    except (OSError, ValueError):
        log.exception("The file of the photo %s is missing or unreadable", sha256[:8])
        return None
    return out.getvalue()
