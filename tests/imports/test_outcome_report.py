"""The report of an import: each row of the file has an outcome, in the workbook and on the paper to sign."""

import hashlib
import io

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.extensions import db
from app.imports import outcome_report, outcome_rows
from app.imports.models import ImportRun
from app.jobs.models import Job
from tests.imports.sample_files import (
    FIXED_VALUES,
    SAMPLES,
    run_jobs,
    upload_and_import,
)
from tests.imports.steps import list_waiting, send_approval_of_fixes
from tests.printouts.pdf_text import collect_text, count_pages

SAMPLE = (SAMPLES / "ecrime-2016.csv").read_text("utf-8").splitlines()


def list_outcomes(pk):
    """Return (row, outcome) of every row of the file."""
    run = db.session.get(ImportRun, pk, populate_existing=True)
    return [(row.row, row.outcome) for row in outcome_rows.iterate_rows(run)]


def download(client, pk, format):
    """Return the report that its job wrote."""
    assert client.send(f"/import/report/{pk}", {"format": format}).status_code == 302
    run_jobs()
    job = db.session.scalars(select(Job).order_by(Job.id.desc()).limit(1)).one()
    with client.get(f"/jobs/download/{job.id}") as response:
        assert response.status_code == 200, job.problem
        return response.data


def read_summary(content):
    """Return the values of the summary in its order; the last two count the rows without an outcome and all rows."""
    return list(
        dict(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()).values()
    )


def test_each_row_of_the_file_has_an_outcome(uploader, approver, db_session):
    """The sample has a case of two rows and a wrong row. An empty line and a repeated row are added."""
    lines = [*SAMPLE[:3], SAMPLE[2], "", *SAMPLE[3:]]
    pk = upload_and_import(uploader, approver, lines=lines)
    assert list_outcomes(pk) == [
        (1, "skipped"), (2, "imported"), (3, "imported"), (4, "repeated"), (5, "skipped"), (6, "rejected"),
    ]  # fmt: skip
    summary = read_summary(download(uploader, pk, "xlsx"))
    assert summary[-2:] == [0, 6]
    assert summary[4] == hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_duplicate_names_the_row_that_has_its_content(uploader, approver, db_session):
    first = upload_and_import(uploader, approver)
    second = upload_and_import(uploader, approver, lines=[*SAMPLE, ""])
    rows = list(outcome_rows.iterate_rows(db.session.get(ImportRun, second)))
    assert [row.outcome for row in rows] == ["skipped", "known", "known", "known"]
    assert str(first) in rows[1].remark


def test_fixed_row_is_reported_as_imported_after_a_fix(uploader, approver, db_session):
    pk = upload_and_import(uploader, approver)
    (entry,) = list_waiting(db.session.get(ImportRun, pk))
    approver.send(f"/rejected-entries/fix/{entry.id}", FIXED_VALUES)
    assert list_outcomes(pk)[-1] == (4, "to_approve")
    send_approval_of_fixes(uploader, pk)
    assert list_outcomes(pk)[-1] == (4, "after_fix")


def test_row_of_a_registered_person_names_the_person(uploader, approver, db_session):
    upload_and_import(uploader, approver)
    other_case = [
        SAMPLE[0],
        *(line.replace("K-100", "K-200").replace("14-09-2016", "12-09-2016") for line in SAMPLE[1:3]),
    ]
    pk = upload_and_import(uploader, approver, lines=other_case)
    rows = list(outcome_rows.iterate_rows(db.session.get(ImportRun, pk)))
    assert "merged" in [row.outcome for row in rows]
    assert all(row.remark.startswith("P-") for row in rows if row.outcome == "merged")


def test_workbook_and_paper_have_the_same_hash_of_the_list(uploader, approver, db_session):
    pk = upload_and_import(uploader, approver)
    digest = read_summary(download(uploader, pk, "xlsx"))[6]
    run = db.session.get(ImportRun, pk)
    printout = outcome_report.build_printout(outcome_report.Content(run, lambda row: None))
    paper = collect_text(printout)
    assert digest in paper and run.sha256 in paper and printout.number == f"IMP-{pk:06d}"
    assert count_pages(download(approver, pk, "pdf")) == 2


def test_import_that_runs_has_no_report(uploader, db_session):
    pk = db_session.scalar(select(ImportRun.id)) or 1
    assert uploader.send(f"/import/report/{pk}", {"format": "xlsx"}).status_code in (400, 404)


@pytest.mark.parametrize("change", ["UPDATE import_outcomes SET lines = '[]'", "DELETE FROM import_outcomes"])
def test_outcomes_never_change(uploader, approver, db_session, change):
    upload_and_import(uploader, approver)
    with pytest.raises(DatabaseError, match="lock"):
        db_session.execute(text(change))
    db_session.rollback()
