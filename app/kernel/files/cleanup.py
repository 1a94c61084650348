"""Cleanup of the file store: deletes uploads that no record and no draft refers to after one week.

A photo is stored when the clerk selects it. If the clerk abandons the entry, nothing refers to the photo any more.
The face of a person without a record must not be kept.
"""

import re
import time
from pathlib import Path

from flask import current_app
from flask_appbuilder import Model
from sqlalchemy import select

from app.extensions import db
from app.kernel.files.store import FileRecord

MAX_AGE = 7 * 86400  # seconds since the last upload of the same content
_ORIGINAL = re.compile("[0-9a-f]{62}")  # its thumbnails are <name>.<side>.webp in the same folder
_CHUNK = 500  # hashes in one query


def delete_orphans(in_use):
    """Delete old files that no record refers to, except the hashes `in_use`. Return the number of deleted files.

    The caller reads `in_use` (files of drafts) first, so that a file registered in between is found in one of the two.
    Thumbnails are deleted with their photo. Remains of interrupted uploads are deleted too.
    """
    folder = Path(current_app.config["FILES_DIR"])
    before = time.time() - MAX_AGE
    for remains in folder.glob("incoming/*"):
        _remove_old(remains, before)
    old = [
        path.parent.name + path.name
        for path in folder.glob("[0-9a-f][0-9a-f]/*")
        if _ORIGINAL.fullmatch(path.name) and path.stat().st_mtime < before
    ]
    removed = 0
    for start in range(0, len(old), _CHUNK):
        candidates = set(old[start : start + _CHUNK]) - set(in_use)
        for sha256 in candidates - _registered(candidates):
            original = folder / sha256[:2] / sha256[2:]
            if _remove_old(original, before):
                removed += 1
                for thumbnail in original.parent.glob(f"{original.name}.*"):
                    thumbnail.unlink(missing_ok=True)
    return removed


def _registered(hashes):
    """Return the hashes that any record refers to."""
    kinds = [mapper.class_ for mapper in Model.registry.mappers if issubclass(mapper.class_, FileRecord)]
    return {
        sha256
        for kind in kinds
        for sha256 in db.session.scalars(select(kind.sha256).where(kind.sha256.in_(hashes)))
    }


def _remove_old(path, before):
    """Delete a file older than `before`. The age is checked again, because the same photo may have been uploaded now."""
    try:
        if path.stat().st_mtime >= before:
            return False
        path.unlink()
    except FileNotFoundError:  # deleted by another cleanup, or by an upload that has just ended
        return False
    return True
