"""Helpers of export tests: request an export through the page, run its job, and parse the file."""

import csv
import io
import json
import zipfile

from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app import jobs
from app.exports.models import Export
from app.extensions import db
from app.jobs.models import Job


def run_export(client, url, format="csv", status=302, **fields):
    """Request an export on the page at `url`, run its job and return the Export.

    With a status other than 302, return the response.
    """
    form = {"format": format, "case_number": "02-2026-000001"} | fields
    response = client.send(url, form)
    assert response.status_code == status, response.text
    if status != 302:
        return response
    export = latest_export()
    jobs.run_job(export.job_id)
    return latest_export()


def latest_export():
    db.session.rollback()
    return db.session.scalars(select(Export).order_by(Export.id.desc()).limit(1)).one()


def get_job(export):
    db.session.rollback()
    return db.session.get(Job, export.job_id, populate_existing=True)


def download(client, export):
    with client.get(f"/jobs/download/{export.job_id}") as response:
        assert response.status_code == 200, get_job(export).problem
        return response.data


def parse_csv(content):
    """Return (description, headings, rows) of an export of one table."""
    about, text = _unzip_table(content)
    headings, *rows = csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))
    return about, headings, rows


def parse_jsonl(content, table=None):
    """Return (description, rows) of an export of one table, or of one of its tables."""
    about, text = _unzip_table(content, table)
    return about, list(map(json.loads, text.decode().splitlines()))


def read_text(content):
    """Return the text of all files of an export as .csv or JSON lines."""
    return "".join(part.decode() for part in unzip(content).values())


def _unzip_table(content, table=None):
    files = unzip(content)
    about = json.loads(files["datapackage.json"])
    (path,) = [one["path"] for one in about["resources"] if table in (None, one["name"])]
    return about, files[path]


def parse_workbook(content):
    """Return worksheet name → rows."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def unzip(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
