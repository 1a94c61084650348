"""What happened: periods, the rule of what is usual, and protected cases."""

import random
import re
from datetime import date, datetime, timedelta
from urllib.parse import unquote

import pytest

from app.cases.models import Exhibit
from app.kernel.text import dates
from app.statistics import crime, periods, reader, record_pages, update_job
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case


def make_case(number, day, family="property", protected=None, **over):
    values = {
        "id": number, "day": day, "month": day.year * 100 + day.month, "hour": 10, "weekday": day.isoweekday(),
        "province": "02", "district": "0203", "status": "open", "recorded": datetime(2026, 10, 31), "imported": False,
        "reported_day": day, "protected": protected, "unit": "PC-02", "on_time": True, "delay": 1.0,
    }  # fmt: skip
    return values | over, {"id": number, "case_id": number, "family": family}


@pytest.fixture
def facts(publish_facts):
    """Publish cases: (day, family, protected group, further values) each."""

    def publish(*wanted, **more):
        rows = [
            make_case(number, day, family, group, **over)
            for number, (day, family, group, over) in enumerate(wanted, 1)
        ]
        tables = {
            "cases": [case for case, _offence in rows],
            "offences": [offence for _case, offence in rows],
        }
        publish_facts(**tables, **more)

    return publish


def test_same_period_of_earlier_years(app, facts):
    facts(*[(date(year, 3, 5), "property", None, {}) for year in (2026, 2026, 2025, 2024)])
    with app.app_context():
        period = periods.build_period(periods.MONTH, date(2026, 3, 9))
        counts = crime.compare_families(reader.open_reader(), reader.NATIONWIDE, period, 3)
    assert counts == {"": [2, 1, 1, 0], "property": [2, 1, 1, 0]}


def test_leap_day_of_another_year_is_28_february():
    period = periods.build_period(periods.DAY, date(2024, 2, 29))
    assert period.shift_years(-1) == periods.Period(date(2023, 2, 28), date(2023, 2, 28))


@pytest.mark.parametrize(
    ("kind", "last", "years", "first", "expected"),
    [
        (periods.MONTH, date(2025, 2, 10), -1, date(2024, 2, 1), date(2024, 2, 29)),
        (periods.MONTH, date(2024, 2, 10), -1, date(2023, 2, 1), date(2023, 2, 28)),
        (periods.YEAR_TO_DATE, date(2025, 2, 28), -1, date(2024, 1, 1), date(2024, 2, 29)),
        (periods.YEAR_TO_DATE, date(2024, 3, 5), -1, date(2023, 1, 1), date(2023, 3, 5)),
        (periods.WEEK, date(2024, 3, 3), -1, date(2023, 2, 26), date(2023, 3, 4)),
        (periods.WEEK, date(2025, 3, 3), -1, date(2024, 2, 25), date(2024, 3, 2)),
        (periods.FOUR_WEEKS, date(2025, 2, 28), -1, date(2024, 2, 1), date(2024, 2, 28)),
        (periods.YEAR, date(2024, 2, 29), -4, date(2020, 1, 1), date(2020, 12, 31)),
    ],
)
def test_same_period_of_another_year_has_whole_months_or_as_many_days(kind, last, years, first, expected):
    found = periods.build_period(kind, last).shift_years(years)
    assert (found.first, found.last) == (first, expected)


def test_february_is_compared_with_its_leap_day(app, facts):
    facts(
        *[(date(2024, 2, day), "property", None, {}) for day in (28, 29)],
        (date(2025, 2, 28), "property", None, {}),
    )
    with app.app_context():
        period = periods.build_period(periods.MONTH, date(2025, 2, 10))
        assert crime.compare_families(reader.open_reader(), reader.NATIONWIDE, period, 1)[""] == [1, 2]


@pytest.mark.parametrize("kind", [periods.MONTH, periods.YEAR])
def test_running_period_is_compared_with_as_many_days(facts, client_as, kind):
    """The figures are of 29 November 2026: the days after it have no cases yet."""
    of_year = {2026: 29, 2025: 30, 2024: 30, 2023: 30}
    facts(
        *[
            (date(year, 11, day), "property", None, {})
            for year, days in of_year.items()
            for day in range(1, days + 1)
            for _case in range(3)
        ]
    )
    page = client_as("monitor", "en").page(f"/statistics/crime/?kind={kind}&until=29/11/2026")
    cells = [cell.text.strip() for cell in page.all("table")[0].all("td")]
    assert cells[:7] == ["All cases", "87", "87", "87", "87", "0", "within the usual"]
    assert "29/11/2026, and the same days of the years before." in page.text


@pytest.mark.parametrize(
    ("today", "crime", "work"),
    [
        (date(2026, 12, 1), "November 2026, the last complete month", 202611),
        (date(2026, 12, 7), "November 2026, the last complete month", 202611),
        (date(2026, 12, 8), "November 2026, the last complete month", 202612),
        (date(2027, 1, 1), "December 2026, the last complete month", 202612),
    ],
)
def test_page_shows_first_a_month_that_has_records(facts, client_as, today, crime, work):
    """On the first of a month every number was 0."""
    facts((date(2026, 11, 5), "property", None, {}), as_of=f"{today}T09:00:00")
    assert periods.choose_month(today) == work
    page = client_as("monitor", "en").page("/statistics/crime/")
    assert page.all("p", css="sub")[0].text.strip() == crime


@pytest.mark.parametrize(
    ("kind", "today", "first", "last"),
    [
        (periods.DAY, date(2026, 12, 1), date(2026, 11, 30), date(2026, 11, 30)),
        (periods.FOUR_WEEKS, date(2026, 12, 1), date(2026, 11, 3), date(2026, 11, 30)),
        (periods.YEAR_TO_DATE, date(2027, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
        (periods.YEAR, date(2027, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
        (periods.MONTH, date(2027, 1, 31), date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_period_that_is_not_chosen_ends_with_a_complete_day(kind, today, first, last):
    found = periods.build_period(kind, periods.find_last_complete_day(kind, today))
    assert (found.first, found.last) == (first, last)


def test_period_after_the_figures_is_refused(facts, client_as):
    facts((date(2026, 3, 5), "property", None, {}))
    page = client_as("monitor", "en").get("/statistics/crime/?kind=day&until=30/11/2026")
    assert page.status_code == 422 and "no figures of this period yet" in page.text


@pytest.mark.parametrize(
    ("now", "before", "unusual"), [(3, 1, False), (30, 10, True), (0, 0, False), (100, 110, False)]
)
def test_difference_beyond_usual(now, before, unusual):
    assert crime.is_beyond_usual(now, before) is unusual


def test_band_needs_history():
    assert crime.find_usual_band([]) is None
    assert crime.find_usual_band([10] * 24) is None
    assert crime.find_usual_band([1] * 60) is None
    expected, low, high = crime.find_usual_band([20] * 60)
    assert 0 < low < expected < high and round(expected) == 20


def test_band_raises_few_false_alarms():
    """On 400 series without any effect, few months are outside the band."""
    chance, outside = random.Random(5), 0
    for _series in range(400):
        mean = chance.randrange(8, 80)
        counts = [sum(chance.random() < 0.1 for _try in range(mean * 10)) for _month in range(61)]
        band = crime.find_usual_band(counts[:60])
        outside += band is not None and not band[1] <= counts[60] <= band[2]
    assert outside / 400 < 0.05


def test_protected_cases_are_in_no_other_table(app, facts, client_as):
    day = date(2026, 3, 5)
    facts(*[(day, "property", None, {})] * 3, *[(day, "sexual", "sexual", {})] * 2)
    with app.app_context():
        figures, period = reader.open_reader(), periods.build_period(periods.MONTH, day)
        assert crime.compare_families(figures, reader.NATIONWIDE, period, 0) == {"": [3], "property": [3]}
        assert dict(crime.list_protected(figures, reader.NATIONWIDE, 2026, 3))["sexual"] is None
        assert crime.list_protected(figures, reader.Limits("0203"), 2026, 3) == []
        counts, _unknown = crime.count_week(figures, reader.NATIONWIDE, period)
        assert sum(map(sum, counts)) == 3
    page = client_as("monitor", "en").get("/statistics/crime/?kind=month&until=05/03/2026")
    assert page.status_code == 200 and "fewer than 5" in page.text


def test_protected_case_counts_from_the_month_after_its_registration(app, facts):
    """The number of a past month grew by one on the day of a registration."""
    day = date(2026, 3, 5)
    facts(
        *[(day, "sexual", "sexual", {})] * 9, (day, "sexual", "sexual", {"recorded": datetime(2026, 11, 1)})
    )
    with app.app_context():
        found = dict(crime.list_protected(reader.open_reader(), reader.NATIONWIDE, 2026, 3))
    assert found["sexual"] == 9


def test_month_of_a_province_has_no_protected_numbers(app, facts, client_as):
    day = date(2025, 3, 5)
    facts(*[(day, "sexual", "sexual", {})] * 90)
    with app.app_context():
        figures = reader.open_reader()
        assert crime.list_protected(figures, reader.Limits("02"), 2025, 3) == []
        assert dict(crime.list_protected(figures, reader.Limits("02"), 2025))["sexual"] == 90
    chief = client_as("chief.bb", "en")
    for kind, shown in (("month", 0), ("year", 1)):
        page = chief.page(f"/statistics/crime/?kind={kind}&until=31/03/2025")
        assert len([one for one in page.all("h2") if one.text == "Protected cases"]) == shown


def test_page_leads_to_a_table_of_each_further_field(facts, client_as):
    facts((date(2026, 3, 5), "property", None, {}))
    monitor = client_as("monitor", "en")
    page = monitor.page("/statistics/crime/?kind=month&until=05/03/2026&family=property")
    links = [one["href"] for one in page.all("a", href=True) if "f_family=property" in one["href"]]
    assert len([one for one in links if "first=03/2026" in unquote(one)]) == 11
    for url in links:
        assert monitor.get(url).status_code == 200, url


def test_figures_respect_the_scope(app, facts, client_as):
    day = date(2026, 3, 5)
    facts(
        *[(day, "property", None, {})] * 2,
        *[(day, "drugs", None, {"province": "12", "district": "1203"})] * 7,
    )
    with app.app_context():
        figures, period = reader.open_reader(), periods.build_period(periods.MONTH, day)
        assert crime.compare_families(figures, reader.Limits("02"), period, 0)[""] == [2]
        assert crime.compare_families(figures, reader.Limits("", ("drugs",)), period, 0) == {
            "": [7],
            "drugs": [7],
        }
    page = client_as("chief.bb", "en").get("/statistics/crime/?kind=month&until=05/03/2026").text
    assert (
        "Whole country: 9 cases." in page
        and "Drugs" not in page.partition("Compared with")[2].partition("36 months")[0]
    )


def test_unknown_hours_are_apart(app, facts):
    facts((date(2026, 3, 5), "property", None, {"hour": None}), (date(2026, 3, 5), "property", None, {}))
    with app.app_context():
        period = periods.build_period(periods.MONTH, date(2026, 3, 5))
        counts, unknown = crime.count_week(reader.open_reader(), reader.NATIONWIDE, period)
    assert (sum(map(sum, counts)), unknown) == (1, 1) and counts[3][3] == 1


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("until=29/02/2025", 422, "29"),
        ("until=01/01/2569", 422, "2026"),
        ("until=01/01/2099", 422, "in the future"),
        ("until=abc", 422, ""),
        ("kind=decade", 400, "not in the list"),
        ("family=nothing", 400, "not in the list"),
        ("family=sexual", 400, "not in the list"),
        ("kind=year&until=01/01/1900", 200, "All cases"),
        ("kind=day&until=29/02/2024", 200, "29/02/2024"),
    ],
)
def test_bad_input_is_explained(client_as, facts, query, status, text):
    facts((date(2026, 3, 5), "property", None, {}))
    page = client_as("monitor", "en").get(f"/statistics/crime/?{query}")
    assert page.status_code == status and text in page.text


def add_cases_of_last_month():
    """Register cases with different hours, families, items and clearances; one is protected and one is imported."""
    last = periods.find_last_complete_day(periods.MONTH, dates.now().date())
    at = dates.now().replace(
        year=last.year, month=last.month, day=10, hour=9, minute=0, second=0, microsecond=0
    )
    with acting_as("clerk.bb"):
        for number, (place, values) in enumerate((
            ("020310", {}),
            ("020310", {"time_unknown": True}),
            ("020101", {"origin": "import:old", "status": "solved", "clearance": "arrest"}),
            ("020101", {"origin": "import:old", "status": "solved", "clearance": "exceptional_other"}),
            ("020101", {"sensitivity": "sexual"}),
        )):  # fmt: skip
            when = at + timedelta(days=number, hours=number)
            case = add_registered_case(
                place, occurred_from=when, occurred_to=when, reported_at=when, **values
            )
            case.exhibits.append(
                Exhibit(kind="drug", property_role="seized", substance="heroin", state="seized")
            )
        former = at.replace(year=at.year - 1)
        add_registered_case(
            "020310", occurred_from=former, occurred_to=former, reported_at=former, origin="import:old"
        )
    with acting_as("clerk.pp"):
        add_registered_case(PHNOM_PENH, occurred_from=at, occurred_to=at, reported_at=at)


def test_every_number_opens_as_many_records(session, client_as, each_database):
    """No number of the page opened its records."""
    add_cases_of_last_month()
    session.commit()
    update_job.update_figures(session)
    opened = set()
    for name in ("chief.bb", "monitor"):
        client = client_as(name, "en")
        for link in client.page("/statistics/crime/").all("a", href=True):
            if not link["href"].startswith("/statistics/crime/records/"):
                continue
            page = client.page(link["href"])
            rows = page.all("tbody")[0].all("tr")
            assert len(rows) == int(link.text.replace(",", "")), link["href"]
            assert f"{len(rows)} records" in page.text and "outside your area" not in page.text
            opened |= {
                link["href"].split("?")[0].rpartition("/")[2],
                *re.findall(r"[?&](\w+)=", link["href"]),
            }
    parts = {"cases", "items", "unsolved", "age", "first", "last"}
    assert opened == parts | set(crime.PARTS["cases"]) | set(crime.PARTS["items"])


def test_records_are_listed_to_the_last_one(session, client_as, monkeypatch):
    monkeypatch.setattr(record_pages, "RECORDS", 2)
    add_cases_of_last_month()
    session.commit()
    update_job.update_figures(session)
    client, listed = client_as("chief.bb", "en"), []
    url = next(
        one["href"]
        for one in client.page("/statistics/crime/").all("a", href=True)
        if "/records/cases" in one["href"]
    )
    while url:
        page = client.page(url)
        listed += [row.text for row in page.all("tbody")[0].all("tr")]
        url = next((one["href"] for one in page.all("a", href=True) if "after=" in one["href"]), "")
    assert len(listed) == len(set(listed)) == 4


def test_analyst_gets_no_link_to_a_record(session, client_as):
    add_cases_of_last_month()
    session.commit()
    update_job.update_figures(session)
    analyst = client_as("analyst", "en")
    assert "/statistics/crime/records/" not in analyst.get("/statistics/crime/").text
    assert analyst.get("/statistics/crime/records/cases?first=2026-01-01&last=2026-12-31").status_code in (
        302,
        403,
    )


@pytest.mark.parametrize(
    "query",
    [
        "cases", "cases?first=2026-01-01&last=x", "unsolved?age=9", "unsolved", "items?first=1",
        "cases?first=2026-01-01&last=2026-12-31&weekday=9", "cases?first=2026-01-01&last=2026-12-31&after=-1",
    ],
)  # fmt: skip
def test_bad_question_for_records_is_refused(client_as, facts, query):
    facts((date(2026, 3, 5), "property", None, {}))
    assert client_as("monitor", "en").get(f"/statistics/crime/records/{query}").status_code == 400
