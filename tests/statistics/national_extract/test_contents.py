"""The national extract of a year adds up, says what is missing or unusual, and is for readers of the whole country."""

import csv
import io
from datetime import date, datetime

import pytest
from flask_babel import force_locale
from python_calamine import CalamineWorkbook

from app.reference.load import read_data_file
from app.statistics import periods, reader
from app.statistics.national_extract import contents

TODAY = date(2026, 11, 29)
THEFT, KILLING = "PC2009-353_356", "PC2009-199"


def make_facts():
    """Return the rows of a year: thefts each month in one province, and one case of each kind of problem."""
    cases, offences = [], []

    def add(day, offence, province="02", attempt=False, protected=None, **case):
        number = len(cases) + 1
        cases.append({
            "id": number, "day": day, "month": day.year * 100 + day.month, "province": province, "district": f"{province}01",
            "commune": f"{province}0101", "reported_day": day, "recorded_month": 202501, "recorded": datetime(2025, 1, 31), "protected": protected,
            "imported": False,
        } | case)  # fmt: skip
        offences.append(
            {"id": number, "case_id": number, "offence": offence, "attempt": attempt, "family": "property"}
        )

    for month in range(1, 12):  # none in December
        for day in range(1, 8):
            add(date(2025, month, day), THEFT)
    add(date(2024, 2, 29), THEFT)
    add(date(2025, 3, 1), KILLING, attempt=True)
    add(date(2025, 3, 1), "UNTAC1992-43", "12")
    add(date(2025, 3, 2), THEFT, "99", reported_day=date(2025, 3, 1))
    add(date(2025, 4, 2), THEFT, protected="sexual")
    add(date(2025, 4, 3), THEFT, province=None, district=None, commune=None)
    return {"cases": cases, "offences": offences}


@pytest.fixture
def figures(app, publish_facts):
    publish_facts(**make_facts())
    with app.test_request_context(), force_locale("en"):
        yield reader.open_reader()


def find(extract):
    return {check.title: (check.result, check.found) for check in extract.checks}


def test_every_row_of_the_table_names_an_offence_and_a_category():
    offences = {row["code"] for row in read_data_file("offences")}
    categories = contents.load_categories()
    for code, row in contents.load_mapping().items():
        assert code in offences and row["iccs"] in categories and row["also"] in {"", *categories}
        assert row["to_confirm"] == "1"
    for code in categories:
        parents = {one for one in categories if code.startswith(one)}
        assert len(code) == 2 or parents > {code}, code


def test_rows_add_up_and_checks_name_what_is_wrong(figures):
    extract = contents.build_extract(figures, 2025, TODAY)
    assert sum(row.offences for row in extract.rows) == 77 + 4
    assert [row for row in extract.rows if row.category == "0102"] == [("0102", "02", 202503, 1, 1)]
    assert dict(extract.sum_sections())[""] == 1
    assert {number for *_key, number in extract.protected} == {None}
    found = find(extract)
    assert found["The totals add up"] == ("good", [])
    assert found["Every offence has a category of the ICCS"] == ("look", ["UNTAC1992-43: 1"])
    places = found["Every case has a known place"]
    assert places[0] == "look" and places[1][:2] == [
        "Province unknown: 1",
        "99: 1",
    ]
    assert found["The dates are plausible"] == ("look", ["Reported before it happened: 1"])
    assert found["No month of a province is empty"] == ("look", ["Battambang Province: December 2025"])
    assert found["No number is far from the year before"][0] == "look"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2030", "This year is in the future. There are no figures yet."),
        ("2569", None), ("1899", None), ("20.5", None), ("", None), ("25", None), ("២០២៥", ""),
    ],
)  # fmt: skip
def test_a_year_that_cannot_be_asked_gets_a_message(app, text, message):
    with app.test_request_context(), force_locale("en"):
        if message == "":
            assert contents.parse_year(text, TODAY) == 2025
            return
        with pytest.raises(periods.InvalidPeriod) as raised:
            contents.parse_year(text, TODAY)
        assert str(raised.value) == (message or str(raised.value)) != ""


def test_page_and_files_are_for_the_whole_country(app, client_as, publish_facts):
    publish_facts(**make_facts())
    client = client_as("planning")
    page = client.get("/statistics/national/?year=2025")
    assert page.status_code == 200 and "UNTAC1992-43" in page.text
    assert "/statistics/national/" in client.get("/officialreport/list/").text
    wrong = client.get("/statistics/national/?year=2569")
    assert wrong.status_code == 422 and 'value="2569"' in wrong.text
    assert client.get("/statistics/national/csv?year=abc").status_code == 400
    assert client.get("/statistics/national/?year=1999").status_code == 200

    rows = list(
        csv.DictReader(io.StringIO(client.get("/statistics/national/csv?year=2025").text.lstrip("\ufeff")))
    )
    assert sum(int(row["offences"]) for row in rows) == 81
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/statistics/national/xlsx?year=2025").data))
    sheets = [book.get_sheet_by_index(number).to_python() for number in range(len(book.sheet_names))]
    assert sum(row[6] for row in sheets[0][1:]) == 81
    assert len(sheets[3]) == 1 + len(contents.load_mapping())

    chief = client_as("chief.bb")
    assert chief.get("/statistics/national/?year=2025").status_code == 403
    assert chief.get("/statistics/national/csv?year=2025").status_code == 403
    assert "/statistics/national/" not in chief.get("/officialreport/list/").text
