"""The report of a place and a period: its figures, its PDF and its workbook."""

import io
from dataclasses import fields
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from app.kernel.text import dates
from app.statistics import crime, reader, update_job
from app.statistics.official_reports import contents
from app.statistics.periods import Period, add_days
from app.statistics.reader import Limits
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case

YEAR = dates.now().year
PERIOD = Period(date(YEAR, 1, 1), date(YEAR, 12, 31))


@pytest.fixture
def session(app, db_session, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "STATISTICS_DIR", tmp_path)
    with acting_as("clerk.bb"):
        for place in ("020310", "020310", PHNOM_PENH):
            add_registered_case(place)
        add_registered_case(sensitivity="sexual")
    db_session.commit()
    update_job.update_figures(db_session)
    return db_session


def test_tables_of_a_report_agree_with_each_other(session, each_database):
    figures, now = reader.open_reader(), dates.now()
    report = contents.build_report(figures, Limits(), PERIOD, now)

    assert report.total == [3, 0]
    assert report.families == [["property", 3, 0]]
    assert sum(count for _month, count in report.months) == 3
    assert sum(map(sum, report.week)) + report.unknown_hours == 3
    assert {code: count for code, count in report.places if count} == {"02": 2, "12": 1}
    same = contents.build_report(figures, Limits(), PERIOD, now)
    assert same.fingerprint == report.fingerprint and contents.list_differences(report, same) == []
    other = contents.build_report(figures, Limits("02"), PERIOD, now)
    assert other.fingerprint != report.fingerprint


def test_part_of_a_month_has_no_number_of_errors(session):
    """Errors are counted by month: 0 of 0 records would say that a week had none."""
    today = dates.now().date()
    week = Period(add_days(today, -6), today, is_fixed=True)
    assert not week.has_whole_months
    report = contents.build_report(reader.open_reader(), Limits(), week, dates.now())
    (work,) = (table for table in contents.list_tables(report) if table.code == "work")
    assert [row[1] for row in work.rows] == [3] and [row[-2:] for row in work.rows] == [[None, None]]


@pytest.mark.parametrize(
    ("now", "before", "expected"), [(10, 10, False), (14, 8, False), (40, 15, True), (0, 3, True)]
)
def test_differences_by_chance_are_within_the_usual(now, before, expected):
    assert crime.is_beyond_usual(now, before) is expected


def test_report_is_a_pdf_and_a_workbook_with_the_same_fingerprint(session, client_as):
    client = client_as("chief.bb")
    args = {"code": "02", "period": str(YEAR)}
    paper = client.get("/printout/statistics-report/", query_string=args)
    assert paper.status_code == 200
    assert paper.data.startswith(b"%PDF")

    answer = client.get("/printout/statistics-report/workbook", query_string=args)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert sheets[0][1][1:4] == [2, 0, 2]
    assert any(len(str(cell)) == 64 for row in sheets[-1] for cell in row)


def test_wrong_questions_are_refused(session, client_as):
    for user, args, status in (
        ("chief.bb", {"code": "12"}, 403),
        ("chief.bb", {}, 403),
        ("planning", {"code": "99"}, 404),
        ("planning", {"period": "1234567"}, 400),
        ("planning", {"period": "2569"}, 400),
    ):
        assert client_as(user).get("/printout/statistics-report/", query_string=args).status_code == status, (
            user,
            args,
        )


@pytest.mark.parametrize(
    ("was", "now", "shown"),
    [
        (6, 7, 6),
        (6, 2, 6),
        (6, 10, 6),
        (6, 11, 11),
        (30, 25, 25),
        (None, 7, None),
        (9, None, None),
        (0, 4, 0),
    ],
)
def test_revision_shows_no_small_change_of_protected_cases(app, was, now, shown):
    """«Sexual offences 6 → 7» reveals one case. What the first report hides stays hidden."""
    issued, current = (make_report(protected=[["sexual", number]]) for number in (was, now))
    revised = contents.keep_protected(issued, current)
    assert revised.protected == [["sexual", shown]]
    with app.test_request_context():
        assert bool(contents.list_differences(issued, revised)) is (was != shown)


def make_report(**values):
    empty = {one.name: [] for one in fields(contents.Report)}
    known = {"area": "", "first": "2025-01-01", "last": "2025-12-31", "total": [9, 9], "clearance": [9, 0, 0]}
    return contents.Report(**empty | known | {"unknown_hours": 0} | values)
