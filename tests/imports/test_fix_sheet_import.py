"""Upload of a fixed spreadsheet: direct or as a job, by label or code, without guesses or duplicates."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import time

import pytest
from sqlalchemy import func, select

from app.cases.models import Case
from app.extensions import db
from app.imports import fix_sheet_import, profiles, uploads
from app.imports.models import ImportEntry, ImportRun
from app.jobs.models import Job
from app.people.models import Person
from tests.imports.sample_files import SAMPLES, run_jobs, upload_and_import
from tests.imports.steps import approve_fixes, import_file
from tests.imports.workbooks import write_text
from tests.prepared import prepared

NUMBER = "Case number, from E-Crime or an earlier system"
PROFILE = replace(profiles.load_shipped()["ecrime-2016"], encoding="utf-8", era="common")
UNKNOWN_PLACE, KNOWN_PLACE = "029999", "020310"


def set_column(rows, column, value):
    """Return the rows with that value in a column of each data row."""
    position = rows[0].index(column)
    padded = [[*cells, *[None] * (position + 1 - len(cells))] for cells in rows[1:]]
    return [rows[0], *[[*cells[:position], value, *cells[position + 1 :]] for cells in padded]]


def load_waiting():
    return db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waiting")).all()


@prepared
def run_of_two(uploader, approver, db_session):
    """The import of two people uploaded before their case, which is registered by now."""
    pk = upload_and_import(uploader, approver, "ecrime-2012.csv", "ecrime-2012")
    import_file("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    return pk


@prepared
def run_of_three(db_session, tmp_path):
    """The import of one case with a suspect and two victims, rejected because its place is unknown."""
    defaults = {
        "case.old": "K-1", "case.occurred_from": "14-09-2016 21:30", "case.reported_at": "15-09-2016 07:00",
        "case.report_kind": "complaint", "case.place": UNKNOWN_PLACE, "case.summary": "x" * 40, "case.status": "open",
        "offence.offence": "PC2009-353_356", "offence.offence_class": "misdemeanour", "person.surname_km": "សុខ",
        "person.sex": "M", "person.nationality": "KH", "exhibit.kind": "phone", "exhibit.property_role": "stolen",
        "exhibit.description": "x", "exhibit.state": "missing",
    }  # fmt: skip
    people = ("suspect", "ដារ៉ា", "1-2-1990"), ("victim", "បូរ៉ា", "3-4-1991"), ("victim", "មាលា", "5-6-1992")
    rows = [
        defaults | {"involvement.role": role, "person.given_km": name, "person.born_on": born}
        for role, name, born in people
    ]
    lines = [[row.get(key, "") for key in PROFILE.columns] for row in rows]
    file = write_text(tmp_path / "cases.csv", [list(PROFILE.columns.values()), *lines])
    return import_file(PROFILE, file).id


def test_problem_of_several_rows_is_listed_once(run_of_three, approver):
    (entry,) = load_waiting()
    for address in (f"/rejected-entries/list/{run_of_three}", f"/rejected-entries/fix/{entry.id}"):
        notes = approver.page(address).all("li", css="small")
        assert len([one for one in notes if UNKNOWN_PLACE in one.text]) == 1, address


def list_sheet_files():
    return set(uploads.get_path("").glob("sheet-*"))


def load_given_names():
    return set(db.session.scalars(select(Person.given_km)))


def test_small_fix_sheet_is_processed_at_once(run_of_two, read_fix_sheet, upload_fix_sheet):
    response = upload_fix_sheet(run_of_two, set_column(read_fix_sheet(run_of_two), NUMBER, "2010/0001"))
    assert response.location == f"/rejected-entries/list/{run_of_two}"
    run = db.session.get(ImportRun, run_of_two)
    assert (run.waiting, run.fixed, run.entered) == (0, 2, 0)
    assert approve_fixes(run) == 2


def test_large_fix_sheet_becomes_a_visible_job(
    run_of_two, approver, read_fix_sheet, upload_fix_sheet, monkeypatch
):
    monkeypatch.setattr(fix_sheet_import, "MAX_DIRECT_ROWS", 1)
    sheet = set_column(read_fix_sheet(run_of_two), NUMBER, "2010/0001")
    response = upload_fix_sheet(run_of_two, sheet)
    job = db.session.scalars(select(Job).where(Job.state == "waiting")).one().id
    assert response.location == f"/jobs/show/{job}"
    for address in (f"/import/show/{run_of_two}", f"/rejected-entries/list/{run_of_two}"):
        page = approver.page(address)
        assert "Fixed spreadsheet of ecrime-2012.csv" in page.text
        assert page.all("button", formaction=f"/jobs/cancel/{job}"), "its owner may cancel it here"
        assert page.all("section", **{"data-poll": f"/jobs/rows/{job}"}), "the page polls the job"
    assert not page.all("input", name="file"), "no other spreadsheet is accepted during the job"
    run_jobs()
    assert db.session.get(ImportRun, run_of_two).fixed == 2
    assert db.session.get(Job, job).progress_text == "បានកែ រង់ចាំអនុញ្ញាត៖ ២។ នៅរង់ចាំកែ៖ ០។", (
        "in the language of its owner"
    )
    assert (
        "Finished: Fixed spreadsheet"
        in approver.get("/inbox/list/?box=seen").text + approver.get("/inbox/list/").text
    )
    assert not uploads.get_path(db.session.get(Job, job).arguments["sheet"]).exists()


def test_fix_sheet_sent_twice_is_one_job(
    run_of_two, approver, client_as, read_fix_sheet, upload_fix_sheet, monkeypatch
):
    sheet = set_column(read_fix_sheet(run_of_two), NUMBER, "2010/0001")
    monkeypatch.setattr(fix_sheet_import, "MAX_DIRECT_ROWS", 1)
    monkeypatch.setattr("tests.imports.conftest.uuid4", lambda: "same")
    files_before = list_sheet_files()
    one, two = (upload_fix_sheet(run_of_two, sheet) for _attempt in range(2))
    assert one.location == two.location
    other = upload_fix_sheet(run_of_two, sheet[:2])
    assert other.status_code == 409 and "is still being processed" in other.text
    run_jobs()
    assert approve_fixes(db.session.get(ImportRun, run_of_two)) == 2
    assert db.session.scalar(select(func.count(Person.id))) == 4
    assert list_sheet_files() == files_before


def test_concurrent_fix_sheets_register_people_once(
    run_of_two, approver, read_fix_sheet, upload_fix_sheet, each_database
):
    sheet = set_column(read_fix_sheet(run_of_two), NUMBER, "2010/0001")
    db.session.commit()
    with ThreadPoolExecutor(4) as clicks:
        responses = list(clicks.map(lambda _number: upload_fix_sheet(run_of_two, sheet), range(4)))
    assert {one.status_code for one in responses} == {302}
    db.session.expire_all()
    run = db.session.get(ImportRun, run_of_two)
    assert (run.waiting, run.fixed) == (0, 2)
    assert approve_fixes(run) == 2
    assert db.session.scalar(select(func.count(Person.id))) == 4


def test_concurrent_large_fix_sheets_start_one_job(
    run_of_two, approver, read_fix_sheet, upload_fix_sheet, monkeypatch, each_database
):
    monkeypatch.setattr(fix_sheet_import, "MAX_DIRECT_ROWS", 1)
    sheet = set_column(read_fix_sheet(run_of_two), NUMBER, "2010/0001")
    db.session.commit()
    with ThreadPoolExecutor(4) as clicks:
        responses = list(clicks.map(lambda _number: upload_fix_sheet(run_of_two, sheet), range(4)))
    assert {one.status_code for one in responses} <= {302, 409}
    jobs = select(func.count(Job.id)).where(Job.kind == "import_sheet")
    assert db.session.scalar(jobs) == 1


def test_file_of_stopped_fix_sheet_expires_after_a_day(
    run_of_two, approver, read_fix_sheet, upload_fix_sheet, monkeypatch
):
    monkeypatch.setattr(fix_sheet_import, "MAX_DIRECT_ROWS", 1)
    upload_fix_sheet(run_of_two, read_fix_sheet(run_of_two))
    job = db.session.scalars(select(Job).where(Job.kind == "import_sheet")).one()
    path = uploads.get_path(job.arguments["sheet"])
    os.utime(path, (time() - 90_000,) * 2)
    uploads.delete_expired()
    assert path.exists()
    approver.send(f"/jobs/cancel/{job.id}")
    uploads.delete_expired()
    assert not path.exists()


def test_fix_sheet_of_another_import_is_refused(
    uploader, approver, db_session, read_fix_sheet, upload_fix_sheet
):
    one = upload_and_import(uploader, approver, "ecrime-2010.csv", "ecrime-2010")
    other = upload_and_import(uploader, approver, "ecrime-2016.csv", "ecrime-2016")
    response = upload_fix_sheet(other, read_fix_sheet(one))
    assert (
        response.status_code == 422
        and "No row of this spreadsheet is waiting in this import" in response.text
    )


def test_fix_sheet_without_column_keeps_its_values(
    uploader, approver, db_session, read_fix_sheet, upload_fix_sheet
):
    pk = upload_and_import(uploader, approver, "ecrime-2016.csv", "ecrime-2016")
    (entry,) = load_waiting()
    stored = entry.values
    upload_fix_sheet(pk, [row[:5] for row in read_fix_sheet(pk)])
    (entry,) = load_waiting()
    assert entry.values == stored


@pytest.mark.parametrize("language", ["km", "en"])
def test_unchanged_fix_sheet_keeps_values(
    uploader, approver, client_as, db_session, read_fix_sheet, upload_fix_sheet, language
):
    """A spreadsheet downloaded in Khmer comes back from a reader of English."""
    pk = upload_and_import(uploader, approver, "ecrime-2016.csv", "ecrime-2016")
    (entry,) = load_waiting()
    entry.values = [[row, values | {"case.place": KNOWN_PLACE}] for row, values in entry.values]
    stored = entry.values
    db.session.commit()
    upload_fix_sheet(pk, read_fix_sheet(pk, client_as("planning", language)))
    (entry,) = load_waiting()
    assert entry.values == stored


@pytest.mark.parametrize("place", [KNOWN_PLACE, "020310 · ស្វាយប៉ោ", "Svay Por", "បាត់ដំបង", "020310 · ភ្នំពេញ"])
def test_fix_sheet_place_is_found_by_code_or_unique_name(
    run_of_three, approver, read_fix_sheet, upload_fix_sheet, place
):
    page = upload_fix_sheet(run_of_three, set_column(read_fix_sheet(run_of_three), "Place", place))
    messages = [one["en"] for entry in load_waiting() for one in entry.problems]
    if place in (KNOWN_PLACE, "Svay Por"):
        assert page.status_code == 302 and not messages
    elif place == "បាត់ដំបង":
        assert "Several entries are named «បាត់ដំបង». Write the code of the correct one: 02, 0203." in messages
    else:
        assert f"«{place}» is not in the system. Fix it, or define its meaning in the profile." in messages


def test_fix_sheet_without_row_drops_no_one_from_case(run_of_three, read_fix_sheet, upload_fix_sheet):
    sheet = set_column(read_fix_sheet(run_of_three), "Place", KNOWN_PLACE)
    upload_fix_sheet(run_of_three, [*sheet[:2], sheet[3]])
    (entry,) = load_waiting()
    assert entry.problems[0]["en"].startswith("Row 3 is missing from the sheet.")
    assert [row for row, _values in entry.values] == [2, 3, 4]
    assert entry.values[0][1]["case.place"] == KNOWN_PLACE, "the other fixes are kept"
    assert next(iter(entry.values[0][1])) == "case.old", "the first value identifies the entry in the list"
    upload_fix_sheet(run_of_three, set_column(read_fix_sheet(run_of_three), "Place", KNOWN_PLACE))
    approve_fixes(db.session.get(ImportRun, run_of_three))
    assert load_given_names() == {"ដារ៉ា", "បូរ៉ា", "មាលា"}


def test_fix_sheet_cleared_row_is_skipped(run_of_three, read_fix_sheet, upload_fix_sheet):
    sheet = set_column(read_fix_sheet(run_of_three), "Place", KNOWN_PLACE)
    sheet[2] = sheet[2][:3]
    upload_fix_sheet(run_of_three, sheet)
    approve_fixes(db.session.get(ImportRun, run_of_three))
    assert not load_waiting() and load_given_names() == {"ដារ៉ា", "មាលា"}


def test_fix_sheet_all_cleared_or_duplicate_row_changes_nothing(
    run_of_three, read_fix_sheet, upload_fix_sheet
):
    sheet = set_column(read_fix_sheet(run_of_three), "Place", KNOWN_PLACE)
    upload_fix_sheet(run_of_three, [sheet[0], *[row[:3] for row in sheet[1:]]])
    (entry,) = load_waiting()
    assert "The spreadsheet clears every row" in entry.problems[0]["en"] and len(entry.values) == 3
    assert entry.values[0][1]["case.place"] == UNKNOWN_PLACE
    upload_fix_sheet(run_of_three, [*sheet, sheet[2]])
    (entry,) = load_waiting()
    assert "Row 3 appears in the spreadsheet twice" in entry.problems[0]["en"]
    assert not db.session.scalars(select(Case)).all()


def test_sorted_fix_sheet_is_equivalent(run_of_three, read_fix_sheet, upload_fix_sheet):
    head, *rows = set_column(read_fix_sheet(run_of_three), "Place", KNOWN_PLACE)
    upload_fix_sheet(run_of_three, [head, *reversed(rows)])
    approve_fixes(db.session.get(ImportRun, run_of_three))
    case = db.session.scalars(select(Case)).one()
    assert [row.person.given_km for row in case.involvements] == ["ដារ៉ា", "បូរ៉ា", "មាលា"]
