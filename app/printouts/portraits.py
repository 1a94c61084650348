"""Photo of a person for a printout, reduced so that a hundred photos still make a small file."""

import io
import logging

from app.kernel.files import images, store

log = logging.getLogger(__name__)

MAX_SIDE = 900  # pixels of the longer side: sharp at the size of a wanted notice


def load_newest_photo(person):
    """Return the newest valid photo as JPEG bytes, or None if there is none or its file is missing."""
    if person.photo is None:
        return None
    out = io.BytesIO()
    try:
        with open(store.file_path(person.photo.sha256), "rb") as source:
            images.write_thumbnail(source, out, MAX_SIDE, "JPEG")
    except (OSError, ValueError):
        log.exception("The file of person-photo-%s is missing or unreadable", person.photo.id)
        return None
    return out.getvalue()
