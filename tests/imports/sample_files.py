"""Steps of an import through the pages, with the sample files."""

import io
from importlib.resources import files

from sqlalchemy import select

from app import jobs
from app.extensions import db
from app.jobs.models import Job
from tests.imports.steps import approve

SAMPLES = files("app.imports") / "samples"
FIXED_VALUES = {  # correct values for the wrong case of ecrime-2016.csv
    "0-case.place": "020310", "0-offence.offence": "PC2009-353_356", "0-case.occurred_from": "14-09-2016",
    "0-person.born_on": "1-2-1992", "0-person.given_km": "បូរ៉ា", "0-exhibit.kind": "phone",
    "0-exhibit.property_role": "stolen", "0-exhibit.description": "ទូរស័ព្ទ",
}  # fmt: skip


def upload(client, name, profile, lines=None):
    """Upload a sample file, or other `lines` or bytes in its name; return the id of its import."""
    if isinstance(lines, bytes):
        content = lines
    else:
        content = "\n".join(lines).encode() if lines else (SAMPLES / name).read_bytes()
    data = {"profile": profile, "file": (io.BytesIO(content), name)}
    response = client.send("/import/add", data, content_type="multipart/form-data")
    assert response.status_code == 302, response.text
    return int(response.location.rsplit("/", 1)[1])


def run_jobs():
    """Run all waiting jobs as the worker does."""
    for job_id in db.session.scalars(select(Job.id).where(Job.state == "waiting")).all():
        db.session.rollback()
        jobs.run_job(job_id)
    db.session.expire_all()


def upload_and_try(uploader, name="ecrime-2016.csv", profile="ecrime-2016", lines=None):
    """Upload a file and run its trial run."""
    pk = upload(uploader, name, profile, lines)
    assert uploader.send(f"/import/check/{pk}").status_code == 302
    run_jobs()
    return pk


def upload_and_import(uploader, approver, name="ecrime-2016.csv", profile="ecrime-2016", lines=None):
    """Upload a file, run its trial run, approve it and run the import."""
    pk = upload_and_try(uploader, name, profile, lines)
    approve(approver, pk)
    run_jobs()
    return pk
