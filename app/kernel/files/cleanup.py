"""Files that were uploaded and never registered: swept when they are a week old and nobody holds them.

A clerk's photo lies in the store from the moment it is chosen. Where the entry is given up, nothing refers to
it any more, and a face of somebody who is in no record must not lie here for good.
"""

import re
import time
from pathlib import Path

from flask import current_app
from flask_appbuilder import Model
from sqlalchemy import select

from app.extensions import db
from app.kernel.files.store import FileRecord

KEPT = 7 * 86400  # seconds since the last upload of the same content
_ORIGINAL = re.compile("[0-9a-f]{62}")  # beside it lie its small pictures, <name>.<side>.webp
_AT_ONCE = 500  # hashes in one question to the database


def sweep(held):
    """Remove old files of which no record knows, but for the hashes in `held`. Gives the number of files removed.

    `held` is read by the caller before: what is registered meanwhile is then met in one of the two. Small pictures
    go with their photo, and so do the remains of uploads that were cut off.
    """
    folder = Path(current_app.config["FILES_DIR"])
    before = time.time() - KEPT
    for remains in folder.glob("incoming/*"):
        _remove_old(remains, before)
    old = [
        path.parent.name + path.name
        for path in folder.glob("[0-9a-f][0-9a-f]/*")
        if _ORIGINAL.fullmatch(path.name) and path.stat().st_mtime < before
    ]
    removed = 0
    for start in range(0, len(old), _AT_ONCE):
        some = set(old[start : start + _AT_ONCE]) - set(held)
        for sha256 in some - _registered(some):
            original = folder / sha256[:2] / sha256[2:]
            if _remove_old(original, before):
                removed += 1
                for small in original.parent.glob(f"{original.name}.*"):
                    small.unlink(missing_ok=True)
    return removed


def _registered(hashes):
    """Those of the hashes of which any record of any kind knows."""
    kinds = [mapper.class_ for mapper in Model.registry.mappers if issubclass(mapper.class_, FileRecord)]
    return {
        sha256
        for kind in kinds
        for sha256 in db.session.scalars(select(kind.sha256).where(kind.sha256.in_(hashes)))
    }


def _remove_old(path, before):
    """Asked again at the last moment: the same photo may have been uploaded just now."""
    try:
        if path.stat().st_mtime >= before:
            return False
        path.unlink()
    except FileNotFoundError:  # by another sweep, or an upload that has just ended
        return False
    return True
