"""Damaged and hostile files on the pages of imports: each is read or refused, in little time and memory.

`run.py nightly imports` tries 2,000 files on each database.
"""

import io
import json
import os
import random
import resource
import time
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from app.extensions import db
from app.jobs.models import Job
from tests.imports.sample_files import run_jobs
from tests.imports.workbooks import change_part, damage, write_workbook

FILES = int(os.environ.get("IMPORT_FILES", "28"))
MAX_SECONDS, MAX_KIB = 10, 100 * 1024  # of one file, and of the process beyond its start
OLD_FILES = Path(__file__).parent / "files"
HEAD = ("លេខសំណុំរឿង", "នាមត្រកូល", "នាមខ្លួន", "ភេទ", "ថ្ងៃកំណើត")
# Values that a program may write and a form never sends.
HOSTILE = (
    "\ud800", "\x00", "\u202eអ៊ុំ\u202c", "ក" * 33_000, "=cmd|' /C calc'!A0", "1850-01-01", "31/02/2014", "01/02/49", "01/02/50",
    "12/04/2530", "٣/٤/2001", "1e999", "-0", "ស្រី" * 5_000, "\u200b", "<b>&amp;", "{{ 7 * 7 }}", "\ufffd", "\r\n", "🂡",
)  # fmt: skip


def choose_rows(rng):
    """Return rows with ordinary and hostile cells; some miss cells or have too many."""
    ordinary = ("2010/0001", "លី", "សំបូរ", "ប", "12/04/2014")
    rows = []
    for _row in range(rng.randint(1, 12)):
        cells = [rng.choice(HOSTILE) if rng.random() < 0.3 else cell for cell in ordinary]
        rows.append(cells[: rng.randint(1, 5)] + ["more"] * (rng.random() < 0.1))
    heads = [rng.choice(HOSTILE) if rng.random() < 0.1 else head for head in HEAD]
    return [heads, *rows]


def write_json_lines(rng):
    heads, *rows = choose_rows(rng)
    lines = [json.dumps(dict(zip(heads, row, strict=False)), ensure_ascii=True) for row in rows]
    lines[rng.randrange(len(lines))] = rng.choice(
        (
            "[" * 100_000,
            "1" * 5_000,
            '{"a":' * 500,
            "{}",
            '{"a": 1e999, "b": NaN}',
            '{"x": {"y": [1]}}',
            "\x00",
            lines[0],
        )
    )
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def write_fixed_width(rng):
    widths = [rng.randint(6, 20) for _head in HEAD]
    lines = (
        "".join(cell[:width].ljust(width) for cell, width in zip(row, widths, strict=False))
        for row in choose_rows(rng)
    )
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def write_separated(rng):
    lines = (rng.choice(";,\t|").join(row) for row in choose_rows(rng))
    content = rng.choice(("\n", "\r\n", "\r")).join(lines)
    return content.encode("utf-8", "surrogatepass") + (b"\xff\xfe" if rng.random() < 0.2 else b"")


def write_xlsx(rng, path):
    rows = [[cell.encode("utf-8", "replace").decode()[:32_000] for cell in row] for row in choose_rows(rng)]
    write_workbook(path, rows, strings_to_formulas=False)
    part = rng.choice(
        ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml")
    )
    return change_part(path, part, lambda xml: damage(rng, xml)).read_bytes()


def damage_open_document(rng, path):
    path.write_bytes((OLD_FILES / "old.ods").read_bytes())
    if rng.random() < 0.3:
        cells = rng.choice(
            (b'table:number-rows-repeated="1048576"', b'table:number-columns-repeated="16384"')
        )
        return change_part(
            path,
            "content.xml",
            lambda xml: xml.replace(b"<table:table-cell", b"<table:table-cell " + cells, 3),
        ).read_bytes()
    return change_part(path, "content.xml", lambda xml: damage(rng, xml)).read_bytes()


WRITERS = {
    "xls": lambda rng, path: damage(rng, (OLD_FILES / "old.xls").read_bytes()),
    "ods": damage_open_document,
    "jsonl": lambda rng, path: write_json_lines(rng),
    "txt": lambda rng, path: write_fixed_width(rng),
    "csv": lambda rng, path: write_separated(rng),
    "xlsx": write_xlsx,
    "broken.xlsx": lambda rng, path: damage(rng, write_workbook(path, [HEAD, HEAD]).read_bytes()),
}


def send(client, name, content):
    """Send the file as an officer does; return the number of its import, or None if it is refused."""
    data = {"profile": "new-people", "file": (io.BytesIO(content), name)}
    answer = client.send("/import/add", data, content_type="multipart/form-data")
    assert answer.status_code in (302, 422), name
    return int(answer.location.rsplit("/", 1)[1]) if answer.status_code == 302 else None


def try_import(client, pk):
    """Open the pages of the import and make its trial run; no step fails with an error."""
    for page in ("columns", "values", "show"):
        assert client.get(f"/import/{page}/{pk}").status_code in (200, 422), page
    client.send(f"/import/check/{pk}")
    run_jobs()
    job = db.session.scalars(select(Job).order_by(Job.id.desc()).limit(1)).one()
    assert job.state == "done" or "error" not in (job.problem or "") and "កំហុស" not in (job.problem or ""), (
        job.problem
    )
    assert client.get(f"/import/show/{pk}").status_code == 200


@pytest.mark.machine
@pytest.mark.nightly(name="imports")
@pytest.mark.slow
def test_damaged_and_hostile_files_are_read_or_refused(uploader, each_database, db_session, tmp_path):
    rng, read, started = random.Random(FILES), 0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(FILES):
        name = list(WRITERS)[number % len(WRITERS)]
        content, begun = WRITERS[name](rng, tmp_path / "file"), time.process_time()
        try:
            pk = send(uploader, f"file.{name}", content)
            if pk is not None:
                read += 1
                try_import(uploader, pk)
        except Exception:
            (tmp_path / f"failed-{number}.{name}").write_bytes(content)
            raise
        assert time.process_time() - begun < MAX_SECONDS, name
    assert read > FILES / 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - started < MAX_KIB


def make_bomb(path, kind):
    """Write a small file whose content is 400 MB of spaces, or a million rows of one repeated row."""
    path.write_bytes((OLD_FILES / "old.ods").read_bytes())
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("content.xml")
    if kind == "spaces":
        xml = xml.replace(b"<table:table-row", b" " * 400_000_000 + b"<table:table-row", 1)
    else:
        repeated = b'<table:table-row table:number-rows-repeated="1048576"'
        xml = xml.replace(b"<table:table-row", repeated).replace(
            b"<table:table-cell", b'<table:table-cell table:number-columns-repeated="16384"'
        )
    return change_part(path, "content.xml", lambda _old: xml)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["spaces", "repeated"])
def test_bomb_in_an_open_document_is_refused(uploader, db_session, tmp_path, kind):
    content = make_bomb(tmp_path / "bomb.ods", kind).read_bytes()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert len(content) < 1_000_000 and send(uploader, "bomb.ods", content) is None
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < MAX_SECONDS
