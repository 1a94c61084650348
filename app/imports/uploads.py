"""Files that wait to be brought in. They lie beside the other files of the register and go when all of them is in."""

import hashlib
import os
import tempfile
from pathlib import Path

from flask import current_app

CHUNK = 1024 * 1024


def keep(stream):
    """Keep the whole upload; gives (SHA-256, size). The same file lies here once."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
    os.chmod(file.name, 0o440)
    os.replace(file.name, path_of(digest.hexdigest()))
    return digest.hexdigest(), size


def path_of(sha256):
    return _folder() / sha256


def drop(sha256):
    """What is in the register, or cannot be read, is kept no longer than it is needed."""
    path_of(sha256).unlink(missing_ok=True)


def _folder():
    return Path(current_app.config["FILES_DIR"]) / "imports"
