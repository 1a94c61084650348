"""The files that jobs give: under a random name in the data folder, for their owner alone, until their time is over."""

import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import delete, select, update

from app.extensions import db
from app.jobs.models import OPEN, Job
from app.kernel import scheduler
from app.kernel.text import dates

REMEMBERED = timedelta(days=90)  # a job after its end
SCRATCH = "work-"

_job = Job.__table__


@dataclass(frozen=True)
class Result:
    """A finished file, where the job has left it."""

    path: Path
    name: str
    media_type: str


def _folder():
    folder = Path(current_app.config["DATA_DIR"]) / "results"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def scratch(job_id):
    """An empty folder for a job that begins, in the file system of the results."""
    folder = _folder() / f"{SCRATCH}{job_id}"
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
    folder.mkdir(mode=0o700)
    return folder


def keep(result, until):
    """Take a result in. Gives the columns of its job."""
    name = secrets.token_hex(16)
    shutil.move(result.path, _folder() / name)
    path = path_of(name)
    os.chmod(path, 0o600)
    return {
        "result_file": name,
        "result_name": result.name[:120],
        "result_type": result.media_type,
        "result_size": path.stat().st_size,
        "kept_until": until,
    }


def path_of(name):
    return _folder() / name


@scheduler.clock("results of jobs")
def remove_old(session):
    """Remove the results whose time is over. Gives their number."""
    over = (_job.c.kept_until < dates.now(), _job.c.result_file.is_not(None))
    found = session.execute(select(_job.c.id, _job.c.result_file).where(*over)).all()
    for job_id, name in found:
        path_of(name).unlink(missing_ok=True)
        session.execute(update(_job).where(_job.c.id == job_id).values(result_file=None))
    session.commit()
    return len(found)


def sweep():
    """Remove what is over: old results, the remains of jobs that were killed, jobs of long ago. Gives the number of files."""
    removed = remove_old(db.session)
    with db.engine.begin() as connection:
        ended = (_job.c.state.not_in(OPEN), _job.c.ended_at < dates.now() - REMEMBERED)
        connection.execute(delete(_job).where(*ended))
        known = set(connection.execute(select(_job.c.result_file)).scalars())
        at_work = {
            f"{SCRATCH}{one}"
            for one in connection.execute(select(_job.c.id).where(_job.c.state.in_(OPEN))).scalars()
        }
    before = dates.now() - timedelta(days=1)  # what is younger may just be on its way into the table
    for path in _folder().iterdir():
        young = path.stat().st_mtime > before.timestamp()
        if path.name in known or path.name in at_work or young:
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        removed += 1
    return removed
