"""The page of the query builder: its answers, bad input, saved tables, printout and files."""

import io
import re
from datetime import date

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.kernel.screens.saved_views import SavedView
from tests.statistics.test_crime_views import make_case

URL = "/statistics/tables/"
YEAR = "first=01/2026&last=12/2026"


@pytest.fixture
def facts(publish_facts):
    """Publish four open cases of two provinces and one protected case."""
    rows = [
        make_case(1, date(2026, 3, 5)),
        make_case(2, date(2026, 4, 5)),
        make_case(3, date(2026, 4, 6), "drugs", province="12", district="1203"),
        make_case(4, date(2024, 2, 29), "drugs"),
        make_case(5, date(2026, 4, 7), "sexual", "sexual"),
    ]
    publish_facts(cases=[case for case, _offence in rows], offences=[offence for _case, offence in rows])


def read_table(page):
    """Return the cells of the table of an answer."""
    table = page.text.partition('<table class="figures">')[2].partition("</table>")[0]
    cells = re.compile(r"<t[hd][^>]*>([^<]*)</t[hd]>")
    return [[cell.strip() for cell in cells.findall(row)] for row in table.split("<tr>")[1:]]


def test_table_has_totals(client_as, facts):
    page = client_as("monitor", "en").get(f"{URL}?count=cases&rows=family&columns=month&{YEAR}")
    assert page.status_code == 200
    assert read_table(page) == [
        ["Offence family", "March 2026", "April 2026", "Total"],
        ["Offences against property", "1", "1", "2"],
        ["Drugs", "0", "1", "1"],
        ["Total", "1", "2", "3"],
    ]
    assert "Protected cases are left out" in page.text and "Figures of" in page.text


def test_filters_and_charts(client_as, facts):
    client = client_as("monitor", "en")
    page = client.get(f"{URL}?rows=province&f_family=drugs&show=map&{YEAR}")
    assert read_table(page)[-1] == ["Total", "1"] and "<svg" in page.text and "OpenStreetMap" in page.text
    assert "<svg" in client.get(f"{URL}?rows=family&columns=province&show=bars&{YEAR}").text
    assert "<svg" in client.get(f"{URL}?rows=month&show=line&{YEAR}").text
    refused = client.get(f"{URL}?rows=family&show=line&{YEAR}").text
    assert "A line needs months as rows." in refused and read_table(client.get(f"{URL}?{YEAR}")) != []


def test_reader_counts_the_own_area_and_one_sum_of_the_country(client_as, facts):
    page = client_as("chief.bb", "en").get(f"{URL}?rows=province&{YEAR}")
    assert read_table(page)[-1] == ["Total", "2"] and len(read_table(page)) == 3
    assert "Whole country and period, without filters: 3." in page.text


def test_role_without_figures_has_no_table(client_as, facts):
    assert client_as("clerk.bb", "en").get(URL).status_code in (302, 403)


def test_bad_input_is_explained_and_kept(client_as, facts):
    for query, text in (
        ("count=murders", "not in the list"),
        ("rows=name", "not in the list"),
        ("rows=sex", "cannot be divided by"),
        ("count=grams&rows=family", "cannot be divided by"),
        ("rows=family&columns=family", "need different fields"),
        ("rows=group", "cannot be divided by"),
        ("f_sex=M", "cannot be filtered by"),
        ("f_family=sexual", "not in the list"),
        ("f_family=x' OR 1=1 --", "not in the list"),
        ("f_month=202601", "not in the list"),
        ("f_nothing=1", "not in the list"),
        ("show=pie", "not in the list"),
        ("first=12/2026&last=01/2026", "ends before it begins"),
        ("first=01/1900&last=12/2026", "at most 30 years"),
        ("first=01/2569&last=12/2569", "2026"),
        ("first=29/02/2025&last=12/2026", ""),
        ("first=13/2026&last=12/2026", ""),
        ("first=x&last=y", ""),
    ):
        page = client_as("monitor", "en").get(f"{URL}?{query}")
        assert page.status_code == 422 and text in page.text, query
        assert '<table class="figures">' not in page.text


def test_province_outside_the_area_is_refused(client_as, facts):
    page = client_as("chief.bb", "en").get(f"{URL}?f_province=12&{YEAR}")
    assert page.status_code == 422 and "outside your area" in page.text


def test_table_with_a_million_cells_is_refused(client_as, publish_facts):
    rows = [
        make_case(number, date(2026, 3, 5), commune=f"02{number:04}", unit=f"U{number}")
        for number in range(1100)
    ]
    publish_facts(cases=[case for case, _offence in rows], offences=[offence for _case, offence in rows])
    page = client_as("monitor", "en").get(f"{URL}?rows=commune&columns=unit&{YEAR}")
    assert page.status_code == 422 and "too many cells" in page.text
    assert (
        client_as("monitor", "en").get(f"/printout/table/csv?rows=commune&columns=unit&{YEAR}").status_code
        == 400
    )


def test_protected_table_with_too_many_cells_is_refused(client_as, publish_facts):
    rows = [
        make_case(number, date(2025, 3, 5), "sexual", "sexual", province=f"{number:02}")
        for number in range(1, 26)
    ]
    publish_facts(cases=[case for case, _offence in rows], offences=[])
    args = "count=protected&rows=province&columns=month&first=01/1997&last=12/2025"
    page = client_as("monitor", "en").get(f"{URL}?{args}")
    assert page.status_code == 422 and "too many cells" in page.text


def test_protected_cases_are_suppressed(client_as, publish_facts):
    day = date(2025, 3, 5)
    wanted = [("02", "sexual", 2), ("02", "children", 9), ("12", "sexual", 12), ("12", "children", 30)]
    places = [(province, group) for province, group, number in wanted for _case in range(number)]
    rows = [
        make_case(number, day, "sexual", group, province=province)
        for number, (province, group) in enumerate(places, 1)
    ]
    publish_facts(cases=[case for case, _offence in rows], offences=[])
    client, period = client_as("monitor", "en"), "first=01/2025&last=12/2025"
    table = read_table(client.get(f"{URL}?count=protected&rows=group&columns=province&{period}"))
    hidden = {row[0]: row[1:] for row in table}
    assert hidden["Total"] == ["•", "42", "53"]
    assert hidden["Offences against children"] == ["•", "•", "39"]
    assert {row[1] for row in table[1:] if "•" in row} == {"•"}
    refused = client.get(f"{URL}?count=protected&rows=district&{period}")
    assert refused.status_code == 422 and "cannot be divided by" in refused.text


def test_department_counts_no_protected_cases_of_other_families(client_as, publish_facts):
    """By groups, by another axis, or by a filter."""
    rows = [make_case(number, date(2025, 3, 5), "sexual", "sexual") for number in range(1, 13)]
    publish_facts(cases=[case for case, _offence in rows], offences=[])
    client, period = client_as("investigator.drugs", "en"), "count=protected&first=01/2025&last=12/2025"
    for args in ("rows=group", "rows=group&columns=province", "rows=group&f_group=sexual", "rows=province"):
        page = client.get(f"{URL}?{args}&{period}")
        assert page.status_code == 200
        assert not {"12", "•"} & {cell for row in read_table(page) for cell in row}, args
    assert "12" in client_as("monitor", "en").get(f"{URL}?rows=group&{period}").text


def test_tables_are_saved_shared_and_deleted(client_as, facts, db_session):
    chief, other = client_as("chief.bb", "en"), client_as("monitor", "en")
    arguments = f"count=cases&rows=family&f_province=02&{YEAR}&evil=1"
    chief.send(f"{URL}save", {"arguments": arguments, "name": "Families", "shared": "1"})
    chief.send(f"{URL}save", {"arguments": arguments, "name": "Families"})  # a second time
    saved = db_session.scalars(select(SavedView)).one()
    assert ["f_province", "02"] in saved.arguments["pairs"] and "evil" not in str(saved.arguments)
    page = chief.get(URL).text
    assert "Families" in page and "f_province=02" in page
    assert "Families" not in other.get(URL).text
    assert other.send(f"{URL}{saved.id}/delete", {}).status_code == 404
    chief.send(f"{URL}save", {"name": " "})
    assert "Give the table a name." in chief.get(URL).text
    chief.send(f"{URL}{saved.id}/delete", {})
    db_session.expire_all()
    assert db_session.scalars(select(SavedView)).all() == []


def test_files_have_the_numbers_and_how_they_are_counted(client_as, facts):
    client, query = client_as("monitor", "en"), f"rows=family&columns=month&{YEAR}"
    text = client.get(f"/printout/table/csv?{query}").get_data(as_text=True)
    assert text.startswith("\ufeff# Registered cases") and "Total,1,2,3" in text and "# Left out" not in text
    assert "# Protected cases are left out" in text
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/printout/table/xlsx?{query}").data))
    assert book.get_sheet_by_name(book.sheet_names[0]).to_python()[-1] == ["Total", 1, 2, 3]
    assert client.get(f"/printout/table/?{query}&show=bars").data.startswith(b"%PDF")
    assert client.get("/printout/table/?rows=sex").status_code == 400
