"""Files that wait to be brought in. They lie beside the other files of the register and go when all of them is in."""

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
from app.imports.models import RUNNING, ImportRun
from app.jobs.models import OPEN, Job

CHUNK = 1024 * 1024
MEGABYTES = 256  # of one file: a list of a million orders, as text, has about 200
KEPT = 30 * 86400  # seconds in which somebody lets a file in, or begins again
SHEETS, SHEET, SHEET_KEPT = "import_sheet", "sheet-", 86400  # the jobs of mended sheets, and their files


def init_app(app):
    """Files of imports may be larger than what forms send. Said before anything of the request is read."""

    @app.before_request
    def _take_large_files():
        if request.endpoint != "ImportView.add" or not current_user.is_authenticated:
            return
        if (request.content_length or 0) > MEGABYTES * CHUNK:
            text = gettext(
                "The file is larger than %(size)s MB. Cut it into parts; each begins with the row of the headings.",
                size=MEGABYTES,
            )
            abort(413, text)
        request.max_content_length = MEGABYTES * CHUNK


def keep(stream, name=""):
    """Keep the whole upload; gives (SHA-256, size). The same file lies here once, unless it has a name of its own."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
    os.chmod(file.name, 0o440)
    os.replace(file.name, path_of(name or digest.hexdigest()))
    return digest.hexdigest(), size


def keep_sheet(stream):
    """Keep a mended sheet for as long as it is worked off, each for itself; gives (its name, SHA-256)."""
    name = SHEET + secrets.token_hex(16)
    sha256, _size = keep(stream, name)
    return name, sha256


def path_of(name):
    return _folder() / name


def drop(name):
    """What is in the register, or cannot be read, is kept no longer than it is needed."""
    path_of(name).unlink(missing_ok=True)


def sweep():
    """Remove files that nobody let in for a month, sheets that nobody works off since yesterday, and remains of uploads;
    gives how many. What is coming in stays.
    """
    folder, now = _folder(), time.time()
    old = [path for path in folder.glob("*") if path.stat().st_mtime < now - _kept(path)]
    coming = set(db.session.scalars(select(ImportRun.sha256).where(ImportRun.state == RUNNING)))
    of_jobs = select(Job.arguments).where(Job.kind == SHEETS, Job.state.in_(OPEN))
    coming |= {arguments["sheet"] for arguments in db.session.scalars(of_jobs)}
    gone = [path for path in old if path.name not in coming]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _kept(path):
    return SHEET_KEPT if path.name.startswith(SHEET) else KEPT


def _folder():
    return Path(current_app.config["FILES_DIR"]) / "imports"
