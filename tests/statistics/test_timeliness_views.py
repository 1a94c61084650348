"""Timeliness and quality: counted by unit and month, within the reader's area."""

from datetime import timedelta

import pytest

from app.cases.models import Case
from app.kernel.text import dates
from app.statistics import crime, reader, timeliness, update_job
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person


@pytest.fixture
def cases(session):
    late = dates.now().replace(second=0, microsecond=0) - timedelta(hours=60)
    with acting_as("clerk.bb"):
        add_registered_case(people=[(make_registered_person(), "suspect")])
        slow = add_registered_case(
            people=[(make_registered_person(1), "suspect")],
            occurred_from=late, occurred_to=late, reported_at=late,
        )  # fmt: skip
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(make_registered_person(2), "suspect")])
    session.commit()
    update_job.update_figures(session)
    return slow


def current_month():
    return int(f"{dates.now():%Y%m}")


def test_late_entry_lowers_the_share_of_the_unit(app, cases):
    figures = reader.open_reader()
    rows = {
        row.key: row
        for row in timeliness.list_units(figures, reader.NATIONWIDE, current_month(), dates.now())
    }
    assert (rows["PC-02"].entered, rows["PC-02"].on_time, rows["PC-02"].on_time_percent) == (2, 1, 50.0)
    assert (rows["PC-12"].entered, rows["PC-12"].on_time_percent) == (1, 100.0)
    assert next(iter(rows)) == "PC-02"  # worst first


def test_chief_sees_own_province_and_opens_the_records(client_as, cases):
    chief = client_as("chief.bb", "en")
    page = chief.get("/statistics/timeliness/")
    assert page.status_code == 200
    assert "PC-02" in page.text and "PC-12" not in page.text
    records = chief.get("/statistics/timeliness/records/late/PC-02").text
    assert cases.number in records
    months = timeliness.list_months(
        reader.open_reader(), reader.Limits("02"), "PC-12", current_month(), dates.now()
    )
    assert sum(row.entered for row in months) == 0  # another province


def test_officers_are_shown_to_the_own_chief_only(client_as, cases):
    assert "ព្រំ សុភា" in client_as("chief.bb", "en").get("/statistics/timeliness/unit/PC-02").text
    assert "ព្រំ សុភា" not in client_as("manager", "en").get("/statistics/timeliness/unit/PC-02").text


@pytest.mark.parametrize("month", ["abc", "202613", "256911", "٢٠٢٦١١", "-20261", "99999999999999"])
def test_invalid_month_is_explained(client_as, month, figures_folder):
    page = client_as("chief.bb", "en").get(f"/statistics/timeliness/?month={month}")
    assert page.status_code == 400 and "Choose" in page.text


def test_page_before_the_first_figures_says_so(client_as, figures_folder):
    assert "being prepared" in client_as("chief.bb", "en").get("/statistics/timeliness/").text


def test_clerk_sees_own_month_on_the_home_page(client_as, cases):
    assert "Entries of this month" in client_as("clerk.bb", "en").get("/").text
    assert client_as("clerk.bb", "en").get("/statistics/timeliness/").status_code in (302, 403)


def test_nothing_to_divide_is_no_percentage():
    assert timeliness.Row("x").on_time_percent is None and timeliness.percent(0, 0) is None


def test_imported_case_is_no_work(session):
    with acting_as("clerk.bb"):
        case = add_registered_case(origin="import:old")
    session.commit()
    update_job.update_figures(session)
    figures = reader.open_reader()
    assert timeliness.list_units(figures, reader.NATIONWIDE, current_month(), dates.now()) == []
    assert figures.fetch_rows("SELECT count(*) FROM cases") == [(1,)] and isinstance(case, Case)


def test_protected_case_is_in_the_own_month_only(session, client_as):
    """A number of a unit and month, also of open cases by age, could give a protected case away."""
    with acting_as("clerk.bb"):
        add_registered_case(sensitivity="sexual")
    session.commit()
    update_job.update_figures(session)
    figures, now = reader.open_reader(), dates.now()
    assert timeliness.list_units(figures, reader.NATIONWIDE, current_month(), now) == []
    assert timeliness.list_parts(figures, reader.NATIONWIDE, "PC-02", current_month(), "officer", now) == []
    assert sum(timeliness.count_delays(figures, reader.NATIONWIDE, current_month())) == 0
    assert timeliness.find_ids(figures, reader.NATIONWIDE, "entered", "PC-02", current_month(), now) == []
    assert sum(crime.count_open_cases(figures, reader.NATIONWIDE, now.date())) == 0
    officer = figures.fetch_rows("SELECT officer FROM cases")[0][0]
    assert timeliness.count_own_month(figures, officer, current_month(), now).entered == 1


def test_entries_before_two_years_do_not_make_a_unit_silent(app, publish_facts):
    now = dates.now()
    days = [now - timedelta(days=20 + 2 * number) for number in range(25)]
    publish_facts(
        cases=[
            {"id": number, "unit": unit, "imported": False, "recorded": day - timedelta(days=back)}
            for unit, back in (("PC-02", 0), ("PC-12", 900))
            for number, day in enumerate(days)
        ]
    )
    with app.app_context():
        rows = timeliness.list_units(reader.open_reader(), reader.NATIONWIDE, current_month(), now)
    assert [(row.key, row.silent_days, row.is_silent) for row in rows] == [("PC-02", 20, True)]
