"""A mended sheet comes back: at once or as a job, in words or codes, and nothing of it is guessed or comes in twice."""

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
from tests.imports.sample_files import SAMPLES, let_in, worked
from tests.imports.steps import brought_in
from tests.imports.workbooks import text

NUMBER = "Number of the case, of this register or an old one"
PROFILE = replace(profiles.shipped()["ecrime-2016"], encoding="utf-8", era="common")
WRONG, RIGHT = "029999", "020310"


def with_cells(rows, column, value):
    """The sheet with that value in each row of a column."""
    place = rows[0].index(column)
    padded = [[*cells, *[None] * (place + 1 - len(cells))] for cells in rows[1:]]
    return [rows[0], *[[*cells[:place], value, *cells[place + 1 :]] for cells in padded]]


def waiting_entries():
    return db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waits")).all()


@pytest.fixture
def two_wait(reader, second, db_session):
    """The import of two people that came before their case, which is in the register by now."""
    pk = let_in(reader, second, "ecrime-2012.csv", "ecrime-2012")
    brought_in("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    return pk


@pytest.fixture
def a_case_of_three(db_session, tmp_path):
    """The import of one case with a suspect and two victims, which waits since nobody knows its place."""
    usual = {
        "case.old": "K-1", "case.occurred_from": "14-09-2016 21:30", "case.reported_at": "15-09-2016 07:00",
        "case.report_kind": "complaint", "case.place": WRONG, "case.summary": "x" * 40, "case.status": "open",
        "offence.offence": "PC2009-353_356", "offence.offence_class": "misdemeanour", "person.surname_km": "សុខ",
        "person.sex": "M", "person.nationality": "KH", "exhibit.kind": "phone", "exhibit.property_role": "stolen",
        "exhibit.description": "x", "exhibit.state": "missing",
    }  # fmt: skip
    people = ("suspect", "ដារ៉ា", "1-2-1990"), ("victim", "បូរ៉ា", "3-4-1991"), ("victim", "មាលា", "5-6-1992")
    rows = [
        usual | {"involvement.role": role, "person.given_km": name, "person.born_on": born}
        for role, name, born in people
    ]
    lines = [[row.get(key, "") for key in PROFILE.columns] for row in rows]
    file = text(tmp_path / "cases.csv", [list(PROFILE.columns.values()), *lines])
    return brought_in(PROFILE, file).id


def test_what_several_rows_have_in_common_is_said_once(a_case_of_three, second):
    (entry,) = waiting_entries()
    for address in (f"/import-waiting/list/{a_case_of_three}", f"/import-waiting/mend/{entry.id}"):
        notes = second.page(address).all("li", css="small")
        assert len([one for one in notes if WRONG in one.text]) == 1, address


def kept():
    return set(uploads.path_of("").glob("sheet-*"))


def names_registered():
    return set(db.session.scalars(select(Person.given_km)))


def test_a_small_sheet_is_worked_off_at_once(two_wait, waiting_sheet, sent_back):
    answer = sent_back(two_wait, with_cells(waiting_sheet(two_wait), NUMBER, "2010/0001"))
    assert answer.location == f"/import-waiting/list/{two_wait}"
    run = db.session.get(ImportRun, two_wait)
    assert (run.waiting, run.entered) == (0, 2)


def test_a_large_sheet_becomes_a_job_that_its_pages_show(
    two_wait, second, waiting_sheet, sent_back, monkeypatch
):
    monkeypatch.setattr(fix_sheet_import, "SMALL", 1)
    sheet = with_cells(waiting_sheet(two_wait), NUMBER, "2010/0001")
    answer = sent_back(two_wait, sheet)
    job = db.session.scalars(select(Job).where(Job.state == "waiting")).one().id
    assert answer.location == f"/jobs/show/{job}"
    for address in (f"/import/show/{two_wait}", f"/import-waiting/list/{two_wait}"):
        page = second.page(address)
        assert "Mended sheet of ecrime-2012.csv" in page.text
        assert page.all("button", formaction=f"/jobs/cancel/{job}"), "its owner may stop it here"
        assert page.all("section", **{"data-poll": f"/jobs/rows/{job}"}), "and the page follows it"
    assert not page.all("input", name="file"), "no other sheet is taken meanwhile"
    worked()
    assert db.session.get(ImportRun, two_wait).entered == 2
    assert db.session.get(Job, job).words == "ក្នុងប្រព័ន្ធ៖ ២។ នៅរង់ចាំ៖ ០។", "in the language of its owner"
    assert "Done: Mended sheet" in second.get("/inbox/list/?box=seen").text + second.get("/inbox/list/").text
    assert not uploads.path_of(db.session.get(Job, job).arguments["sheet"]).exists()


def test_a_sheet_that_is_sent_twice_is_one_job_and_another_one_waits_its_turn(
    two_wait, second, client_as, waiting_sheet, sent_back, monkeypatch
):
    sheet = with_cells(waiting_sheet(two_wait), NUMBER, "2010/0001")
    monkeypatch.setattr(fix_sheet_import, "SMALL", 1)
    monkeypatch.setattr("tests.imports.conftest.uuid4", lambda: "same")
    before = kept()
    one, two = (sent_back(two_wait, sheet) for _time in range(2))
    assert one.location == two.location
    other = sent_back(two_wait, sheet[:2])
    assert other.status_code == 409 and "is being brought in" in other.text
    worked()
    assert db.session.scalar(select(func.count(Person.id))) == 4
    assert kept() == before


def test_of_four_clicks_at_once_each_person_comes_once(
    two_wait, second, waiting_sheet, sent_back, each_database
):
    sheet = with_cells(waiting_sheet(two_wait), NUMBER, "2010/0001")
    db.session.commit()
    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(lambda _number: sent_back(two_wait, sheet), range(4)))
    assert {one.status_code for one in answers} == {302}
    db.session.expire_all()
    run = db.session.get(ImportRun, two_wait)
    assert (run.waiting, run.entered) == (0, 2)
    assert db.session.scalar(select(func.count(Person.id))) == 4


def test_of_four_large_sheets_at_once_one_job_comes(
    two_wait, second, waiting_sheet, sent_back, monkeypatch, each_database
):
    monkeypatch.setattr(fix_sheet_import, "SMALL", 1)
    sheet = with_cells(waiting_sheet(two_wait), NUMBER, "2010/0001")
    db.session.commit()
    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(lambda _number: sent_back(two_wait, sheet), range(4)))
    assert {one.status_code for one in answers} <= {302, 409}
    jobs = select(func.count(Job.id)).where(Job.kind == "import_sheet")
    assert db.session.scalar(jobs) == 1


def test_the_file_of_a_sheet_that_was_stopped_goes_after_a_day_and_one_that_waits_stays(
    two_wait, second, waiting_sheet, sent_back, monkeypatch
):
    monkeypatch.setattr(fix_sheet_import, "SMALL", 1)
    sent_back(two_wait, waiting_sheet(two_wait))
    job = db.session.scalars(select(Job).where(Job.kind == "import_sheet")).one()
    path = uploads.path_of(job.arguments["sheet"])
    os.utime(path, (time() - 90_000,) * 2)
    uploads.sweep()
    assert path.exists()
    second.send(f"/jobs/cancel/{job.id}")
    uploads.sweep()
    assert not path.exists()


def test_a_sheet_of_another_import_is_told_apart(reader, second, db_session, waiting_sheet, sent_back):
    one = let_in(reader, second, "ecrime-2010.csv", "ecrime-2010")
    other = let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    answer = sent_back(other, waiting_sheet(one))
    assert answer.status_code == 422 and "No row of this sheet waits in this import" in answer.text


def test_a_column_that_was_taken_out_of_a_sheet_loses_nothing(
    reader, second, db_session, waiting_sheet, sent_back
):
    pk = let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    (entry,) = waiting_entries()
    held = entry.values
    sent_back(pk, [row[:5] for row in waiting_sheet(pk)])
    (entry,) = waiting_entries()
    assert entry.values == held


@pytest.mark.parametrize("language", ["km", "en"])
def test_what_nobody_touched_in_a_sheet_stays_as_the_file_has_it(
    reader, second, client_as, db_session, waiting_sheet, sent_back, language
):
    """A sheet that was downloaded in Khmer comes back to a reader of English."""
    pk = let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    (entry,) = waiting_entries()
    entry.values = [[row, values | {"case.place": RIGHT}] for row, values in entry.values]
    held = entry.values
    db.session.commit()
    sent_back(pk, waiting_sheet(pk, client_as("planning", language)))
    (entry,) = waiting_entries()
    assert entry.values == held


@pytest.mark.parametrize("place", [RIGHT, "020310 · ស្វាយប៉ោ", "Svay Por", "បាត់ដំបង", "020310 · ភ្នំពេញ"])
def test_a_place_is_read_by_its_code_or_by_a_name_that_it_alone_bears(
    a_case_of_three, second, waiting_sheet, sent_back, place
):
    page = sent_back(a_case_of_three, with_cells(waiting_sheet(a_case_of_three), "Place", place))
    waits = [one["en"] for entry in waiting_entries() for one in entry.problems]
    if place in (RIGHT, "Svay Por"):
        assert page.status_code == 302 and not waits
    elif place == "បាត់ដំបង":
        assert "Several have the name «បាត់ដំបង». Write the code of the one that is meant: 02, 0203." in waits
    else:
        assert f"«{place}» is not in the register. Mend it, or say in the profile what it means." in waits


def test_a_row_that_is_gone_from_a_sheet_drops_nobody(a_case_of_three, waiting_sheet, sent_back):
    sheet = with_cells(waiting_sheet(a_case_of_three), "Place", RIGHT)
    sent_back(a_case_of_three, [*sheet[:2], sheet[3]])
    (entry,) = waiting_entries()
    assert entry.problems[0]["en"].startswith("Row 3 is missing in the sheet.")
    assert [row for row, _values in entry.values] == [2, 3, 4]
    assert entry.values[0][1]["case.place"] == RIGHT, "what was mended beside it is kept"
    assert next(iter(entry.values[0][1])) == "case.old", "by which the list names it"
    sent_back(a_case_of_three, with_cells(waiting_sheet(a_case_of_three), "Place", RIGHT))
    assert names_registered() == {"ដារ៉ា", "បូរ៉ា", "មាលា"}


def test_a_row_is_left_out_by_emptying_it(a_case_of_three, waiting_sheet, sent_back):
    sheet = with_cells(waiting_sheet(a_case_of_three), "Place", RIGHT)
    sheet[2] = sheet[2][:3]
    sent_back(a_case_of_three, sheet)
    assert not waiting_entries() and names_registered() == {"ដារ៉ា", "មាលា"}


def test_a_sheet_with_every_row_emptied_or_one_row_twice_changes_nothing(
    a_case_of_three, waiting_sheet, sent_back
):
    sheet = with_cells(waiting_sheet(a_case_of_three), "Place", RIGHT)
    sent_back(a_case_of_three, [sheet[0], *[row[:3] for row in sheet[1:]]])
    (entry,) = waiting_entries()
    assert "The sheet has emptied every row" in entry.problems[0]["en"] and len(entry.values) == 3
    assert entry.values[0][1]["case.place"] == WRONG
    sent_back(a_case_of_three, [*sheet, sheet[2]])
    (entry,) = waiting_entries()
    assert "Row 3 stands in the sheet twice" in entry.problems[0]["en"]
    assert not db.session.scalars(select(Case)).all()


def test_a_sheet_that_was_sorted_is_the_same_sheet(a_case_of_three, waiting_sheet, sent_back):
    head, *rows = with_cells(waiting_sheet(a_case_of_three), "Place", RIGHT)
    sent_back(a_case_of_three, [head, *reversed(rows)])
    case = db.session.scalars(select(Case)).one()
    assert [row.person.given_km for row in case.involvements] == ["ដារ៉ា", "បូរ៉ា", "មាលា"]
