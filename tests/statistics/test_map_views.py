"""The map: figures of the reader's area, places that open, cases that the reader may see, and wrong questions."""

import re
from datetime import date

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from app.kernel.schema.code_lists import Code
from app.kernel.text import dates
from app.reference.models import Place
from app.statistics import map_figures, update_job
from app.statistics.charts.outlines import ATTRIBUTION
from app.statistics.map_figures import MapQuery
from app.statistics.periods import Period
from app.statistics.reader import Limits
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case

YEAR = str(dates.now().year)


@pytest.fixture
def session(app, db_session, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "STATISTICS_DIR", tmp_path)
    return db_session


def count_cases(session, *places):
    """Register a case at each place, update the figures, and return the cases."""
    with acting_as("clerk.bb"):
        cases = [add_registered_case(**({"place": place} if place else {})) for place in places]
    session.commit()
    update_job.update_figures(session)
    return cases


def read_map(client, path="", **args):
    answer = client.get(f"/statistics/map/{path}", query_string={"period": YEAR} | args)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_figures_are_those_of_the_scope_and_the_period(session, each_database):
    count_cases(session, None, None, PHNOM_PENH)
    year = int(YEAR) * 100
    query = MapQuery(year + 1, year + 12)
    assert map_figures.count_by_place(query, Limits(), 2) == {"02": 2, "12": 1}
    assert map_figures.count_by_place(query, Limits("02"), 2) == {"02": 2}
    assert map_figures.count_by_place(query, Limits("02"), 6) == {"020310": 2}
    assert map_figures.count_by_place(MapQuery(year - 99, year - 88), Limits(), 2) == {}
    assert map_figures.count_by_place(MapQuery(year + 1, year + 12, "drugs"), Limits(), 2) == {}
    limited = Limits(families=("drugs",))
    assert map_figures.count_by_place(query, limited, 2) == {}


def test_nation_has_rates_counts_and_the_sources(session, client_as):
    count_cases(session, None, PHNOM_PENH)
    page = read_map(client_as("planning"))

    assert ATTRIBUTION in page
    assert "/statistics/map/02" in page
    assert "997" in page or "៩៩៧" in page  # the population of Battambang
    assert "/case/show/" not in page
    assert read_map(client_as("planning"), by="count") != page


def test_officer_of_a_province_sees_that_province_alone(session, client_as):
    cases = count_cases(session, None, PHNOM_PENH)
    client = client_as("clerk.bb")

    assert client.get("/statistics/map/").location.endswith("/statistics/map/02")
    assert client.get("/statistics/map/12").location.endswith("/statistics/map/")
    commune = cases[0].commune_code
    page = read_map(client, commune)
    assert f"/case/show/{cases[0].id}" in page
    assert f"/case/show/{cases[1].id}" not in page


def test_map_of_a_family_lists_and_shows_the_counted_cases_only(session, client_as, each_database):
    """Not those of another family or protected ones, which the numbers of the map leave out."""
    with acting_as("clerk.bb"):
        theft, protected = (
            add_registered_case(sensitivity=one, latitude=13.1, longitude=103.2)
            for one in ("normal", "sexual")
        )
    session.commit()
    update_job.update_figures(session)
    district, commune = theft.district_code, theft.commune_code
    period = f"{theft.occurred_from:%Y}"
    for place in (district, commune):
        page = read_map(client_as("chief.bb"), place, period=period, family="property")
        assert f"/case/show/{theft.id}" in page and f"/case/show/{protected.id}" not in page
        other = read_map(client_as("chief.bb"), place, period=period, family="drugs")
        assert f"/case/show/{theft.id}" not in other


def test_protected_cases_are_on_no_map(session):
    with acting_as("clerk.bb"):
        add_registered_case(sensitivity="sexual")
        add_registered_case(place=PHNOM_PENH)
    session.commit()
    update_job.update_figures(session)
    year = int(YEAR) * 100
    assert map_figures.count_by_place(MapQuery(year + 1, year + 12), Limits(), 2) == {"12": 1}


def add_province(session, code, **over):
    values = {
        "code": code, "name_km": "ខេត្តថ្មី", "name_en": "New Province", "kind": "province", "level": 1,
        "search_text": "new province",
    }  # fmt: skip
    session.add(Place(**values | over))
    session.commit()


def test_province_without_a_census_has_no_rate(session, client_as, each_database):
    add_province(session, "26", valid_from=date(int(YEAR), 1, 2))
    count_cases(session, None)
    for by in ("", "count"):
        page = read_map(client_as("planning", "en"), by=by)
        row = page.partition("/statistics/map/26")[2].partition("</tr>")[0]
        assert row.count("—") == 2
    page = read_map(client_as("planning", "en"))
    assert "not in the rate of the nation: New Province." in page
    assert f"New Province exists since 02/01/{YEAR}." in page
    paper = client_as("planning").get("/printout/statistics-report/", query_string={"period": YEAR})
    book = client_as("planning").get("/printout/statistics-report/workbook", query_string={"period": YEAR})
    assert (paper.status_code, book.status_code) == (200, 200)


def test_rate_of_the_nation_counts_provinces_with_a_census(app, session):
    add_province(session, "26")
    with app.test_request_context():
        people = map_figures.load_population()["02"]
        assert map_figures.compute_national_rate({"02": 50, "26": 9}) == 50 * map_figures.PER / people
        assert map_figures.compute_national_rate({"26": 9}) is None
        assert map_figures.compute_rate("26", 9) is None


def test_province_of_another_time_is_left_out_without_cases(app, session):
    add_province(session, "26", valid_from=date(2026, 1, 1))
    add_province(session, "27", valid_to=date(2020, 5, 1))
    with app.test_request_context():
        period = Period(date(2020, 1, 1), date(2020, 12, 31))
        assert "27" in map_figures.list_counted_provinces({}, period)
        assert "26" not in map_figures.list_counted_provinces({}, period)
        assert "26" in map_figures.list_counted_provinces({"26": 1}, period)
        with force_locale("en"):
            notes = " ".join(map_figures.list_province_notes({"27": 2}, period))
        assert "New Province ended on 01/05/2020." in notes


@pytest.mark.parametrize(
    ("path", "args", "status"),
    [
        ("99", {}, 404),
        ("0201010101", {}, 404),
        ("x", {}, 404),
        ("", {"period": "2569"}, 400),
        ("", {"period": "-1"}, 400),
        ("", {"family": "nothing"}, 400),
        ("", {"family": "sexual"}, 400),
    ],
)
def test_wrong_questions_have_a_clear_answer(session, client_as, path, args, status):
    answer = client_as("planning").get(f"/statistics/map/{path}", query_string=args)
    assert answer.status_code == status


def test_retired_family_remains_in_the_map_and_the_tables(session, client_as):
    count_cases(session, None)
    family = select(Code).where(Code.list == "offence_family", Code.key == "property")
    session.scalars(family).one().valid_to = date(2020, 1, 1)
    session.commit()
    client = client_as("planning", "en")
    page = read_map(client, family="property")
    assert "Offences against property (no longer in force)" in page and "/statistics/map/02" in page
    args = {"rows": "family", "f_family": "property", "first": f"01/{YEAR}", "last": f"12/{YEAR}"}
    table = client.get("/statistics/tables/", query_string=args)
    assert table.status_code == 200 and "Offences against property (no longer in force)" in table.text
    assert client.get("/statistics/crime/?family=property").status_code == 200
    assert client.get("/statistics/tables/?f_family=never").status_code == 422


def test_map_without_figures_says_so(session, client_as):
    answer = client_as("planning").get("/statistics/map/")
    assert answer.status_code == 200
    assert "<svg xmlns" not in answer.get_data(as_text=True)


def test_map_opens_the_list_of_its_cases(session, client_as):
    case, _other = count_cases(session, None, PHNOM_PENH)
    client = client_as("planning")
    page = read_map(client, "02", family="property")
    link = re.search(r'href="(/case/list/[^"]*_flt_0_area=02[^"]*)"', page)[1].replace("&amp;", "&")

    answer = client.get(link)
    assert answer.status_code == 200
    assert case.number in answer.get_data(as_text=True)
