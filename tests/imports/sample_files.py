"""An import from the file to the register, through the pages."""

import io
from importlib.resources import files

from sqlalchemy import select

from app import jobs
from app.extensions import db
from app.jobs.models import Job

SAMPLES = files("app.imports") / "samples"
MENDED = {  # what the wrong case of ecrime-2016.csv should have said
    "0-case.place": "020310", "0-offence.offence": "PC2009-353_356", "0-case.occurred_from": "14-09-2016",
    "0-person.born_on": "1-2-1992", "0-person.given_km": "បូរ៉ា", "0-exhibit.kind": "phone",
    "0-exhibit.property_role": "stolen", "0-exhibit.state": "missing", "0-exhibit.description": "ទូរស័ព្ទ",
}  # fmt: skip


def sent(client, name, profile, lines=None):
    """Send a sample file, or other `lines` in its name; gives the number of its import."""
    content = "\n".join(lines).encode() if lines else (SAMPLES / name).read_bytes()
    data = {"profile": profile, "file": (io.BytesIO(content), name)}
    answer = client.send("/import/add", data, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    return int(answer.location.rsplit("/", 1)[1])


def worked():
    """Run all work that waits, as the worker does."""
    for job_id in db.session.scalars(select(Job.id).where(Job.state == "waiting")).all():
        db.session.rollback()
        jobs.run_here(job_id)
    db.session.expire_all()


def tried(reader, name="ecrime-2016.csv", profile="ecrime-2016", lines=None):
    pk = sent(reader, name, profile, lines)
    assert reader.send(f"/import/check/{pk}").status_code == 302
    worked()
    return pk


def let_in(reader, second, name="ecrime-2016.csv", profile="ecrime-2016", lines=None):
    pk = tried(reader, name, profile, lines)
    second.send(f"/import/let-in/{pk}")
    worked()
    return pk
