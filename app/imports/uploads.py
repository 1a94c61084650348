"""Uploaded import files. They are stored in the file folder and deleted when all rows are registered."""

import hashlib
import os
import secrets
import tempfile
import time
from pathlib import Path

from flask import abort, current_app, request
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select

from app.extensions import db
from app.imports.models import DONE, RUNNING, ImportRun
from app.jobs.models import OPEN_STATES, Job
from app.kernel.audit import rate_limit

CHUNK_SIZE = 1024 * 1024
MAX_MEGABYTES = 256  # per file: a list of a million orders as text has about 200
MAX_AGE = 30 * 86400  # seconds until a file must be approved or resumed
FIX_SHEET_JOB, FIX_SHEET_PREFIX, FIX_SHEET_MAX_AGE = (
    "import_sheet",
    "sheet-",
    86400,
)  # jobs and files of fixed spreadsheets


def init_app(app):
    """Allow larger uploads for imports than for forms; checked before the request body is read."""

    @app.before_request
    def _allow_large_files():
        if request.endpoint != "ImportView.add" or not current_user.is_authenticated:
            return
        if (request.content_length or 0) > MAX_MEGABYTES * CHUNK_SIZE:
            text = gettext(
                "The file is larger than %(size)s MB. Split it into parts. Each part must begin with the heading row.",
                size=MAX_MEGABYTES,
            )
            abort(413, text)
        request.max_content_length = MAX_MEGABYTES * CHUNK_SIZE


def save_upload(stream, name=""):
    """Save the upload and return (SHA-256, size). Equal files are stored once, unless `name` is given.

    Raises TooManyRequests above the limit of the user for a day.
    """
    rate_limit.count_upload(stream.seek(0, os.SEEK_END))
    stream.seek(0)
    folder = _get_folder()
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        while chunk := stream.read(CHUNK_SIZE):
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
    os.chmod(file.name, 0o400)
    os.replace(file.name, get_path(name or digest.hexdigest()))
    return digest.hexdigest(), size


def save_fix_sheet(stream):
    """Save a fixed spreadsheet under a name of its own until it is processed; return (name, SHA-256)."""
    name = FIX_SHEET_PREFIX + secrets.token_hex(16)
    sha256, _size = save_upload(stream, name)
    return name, sha256


def get_path(name):
    return _get_folder() / name


def delete_upload(name):
    """Delete a file that is registered or unreadable."""
    get_path(name).unlink(missing_ok=True)


def delete_unless_needed(sha256):
    """Delete the file of a finished import, unless another import reads it: of another sheet, or with another profile."""
    others = select(ImportRun.id).where(ImportRun.sha256 == sha256, ImportRun.state != DONE).limit(1)
    if db.session.scalar(others) is None:
        delete_upload(sha256)


def delete_expired():
    """Delete unapproved files after a month and unprocessed spreadsheets after a day; return the number.

    Files of a running import or open job are kept.
    """
    folder, now = _get_folder(), time.time()
    old = [path for path in folder.glob("*") if path.stat().st_mtime < now - _get_max_age(path)]
    in_use = set(db.session.scalars(select(ImportRun.sha256).where(ImportRun.state == RUNNING)))
    query = select(Job.arguments).where(Job.kind == FIX_SHEET_JOB, Job.state.in_(OPEN_STATES))
    in_use |= {arguments["sheet"] for arguments in db.session.scalars(query)}
    expired = [path for path in old if path.name not in in_use]
    for path in expired:
        path.unlink(missing_ok=True)
    return len(expired)


def _get_max_age(path):
    return FIX_SHEET_MAX_AGE if path.name.startswith(FIX_SHEET_PREFIX) else MAX_AGE


def _get_folder():
    return Path(current_app.config["FILES_DIR"]) / "imports"
