"""Result files of jobs: stored under random names in the data folder, for their owner only, until they expire."""
# commits: the end of a job result, which is no record

import hashlib
import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import delete, select, update

from app.extensions import db
from app.jobs.models import OPEN_STATES, Job
from app.kernel.actor import Scope
from app.kernel.database.transactions import commit
from app.kernel.text import dates

JOB_RETENTION = timedelta(days=90)  # after the end of a job
SCRATCH_PREFIX = "work-"

_job = Job.__table__


@dataclass(frozen=True)
class Result:
    """A finished file in the folder of the job."""

    path: Path
    name: str
    media_type: str


def _get_folder():
    folder = Path(current_app.config["DATA_DIR"]) / "results"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def create_scratch_folder(job_id):
    """Create and return an empty folder for a job, in the file system of the results."""
    folder = _get_folder() / f"{SCRATCH_PREFIX}{job_id}"
    shutil.rmtree(folder, ignore_errors=True)  # left by a killed run
    folder.mkdir(mode=0o700)
    return folder


def store_result(result, until):
    """Move a result into the results folder. Return the column values of its job."""
    name = secrets.token_hex(16)
    shutil.move(result.path, _get_folder() / name)
    path = get_result_path(name)
    os.chmod(path, 0o600)
    return {
        "result_file": name,
        "result_name": result.name[:120],
        "result_type": result.media_type,
        "result_size": path.stat().st_size,
        "available_until": until,
    }


def describe_access(actor):
    """Return the hash of what decides which rows the actor may see: unit, area, offence families, functions and roles.

    A file stays with this: after a change of unit or role its owner may not see all that it contains.
    """
    scope = actor.scope or Scope()
    parts = (
        actor.unit_code,
        scope.area,
        sorted(scope.offence_families),
        scope.juvenile_units,
        sorted(actor.roles),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def get_result_path(name):
    return _get_folder() / name


def remove_expired_results(session):
    """Remove expired results. Return their number."""
    expired = (_job.c.available_until < dates.now(), _job.c.result_file.is_not(None))
    found = session.execute(select(_job.c.id, _job.c.result_file).where(*expired)).all()
    for job_id, name in found:
        get_result_path(name).unlink(missing_ok=True)
        session.execute(update(_job).where(_job.c.id == job_id).values(result_file=None))
    commit(session)
    return len(found)


def remove_leftovers():
    """Remove expired results, files of killed jobs and old jobs. Return the number of removed files."""
    removed = remove_expired_results(db.session)
    with db.engine.begin() as connection:
        ended = (_job.c.state.not_in(OPEN_STATES), _job.c.ended_at < dates.now() - JOB_RETENTION)
        connection.execute(delete(_job).where(*ended))
        known = set(connection.execute(select(_job.c.result_file)).scalars())
        at_work = {
            f"{SCRATCH_PREFIX}{one}"
            for one in connection.execute(select(_job.c.id).where(_job.c.state.in_(OPEN_STATES))).scalars()
        }
    before = dates.now() - timedelta(days=1)  # a younger file may not be in the table yet
    for path in _get_folder().iterdir():
        young = path.stat().st_mtime > before.timestamp()
        if path.name in known or path.name in at_work or young:
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        removed += 1
    return removed
