"""The photo of a person for a paper, small enough that a hundred of them make no heavy file."""

import io
import logging

from app.kernel.files import images, store

log = logging.getLogger(__name__)

SIDE = 900  # pixels of the longer side: sharp at the size of a bulletin


def newest_of(person):
    """The bytes of the newest photo that stands; None where there is none, or its file is missing."""
    if person.photo is None:
        return None
    out = io.BytesIO()
    try:
        with open(store.path_of(person.photo.sha256), "rb") as source:
            images.shrink(source, out, SIDE, "JPEG")
    except (OSError, ValueError):
        log.exception("The file of person-photo-%s is missing or unreadable", person.photo.id)
        return None
    return out.getvalue()
