"""Exports for tests: asked for through the page, made by their job, and read back as whoever gets the file reads them."""

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


def ask(client, url, format="csv", status=302, **typed):
    """Ask on the page at `url`, and let the job run. Gives the Export."""
    form = {"format": format, "case_number": "02-2026-000001"} | typed
    answer = client.send(url, form)
    assert answer.status_code == status, answer.text
    if status != 302:
        return answer
    export = last()
    jobs.run_here(export.job_id)
    return last()


def last():
    db.session.rollback()
    return db.session.scalars(select(Export).order_by(Export.id.desc()).limit(1)).one()


def job_of(export):
    db.session.rollback()
    return db.session.get(Job, export.job_id, populate_existing=True)


def fetched(client, export):
    with client.get(f"/jobs/fetch/{export.job_id}") as answer:
        assert answer.status_code == 200, job_of(export).problem
        return answer.data


def csv_of(content):
    """(the line of the watermark, headings, rows)."""
    first, headings, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return first[0], headings, rows


def jsonl_of(content):
    first, *rows = map(json.loads, content.decode().splitlines())
    return first, rows


def sheets_of(content):
    """name of the sheet → its rows, as a program that reads Excel gets them."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def packed(content):
    with zipfile.ZipFile(io.BytesIO(content)) as together:
        return {name: together.read(name) for name in together.namelist()}
