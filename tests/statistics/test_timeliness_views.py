"""Timeliness and quality: counted by unit and month, within the reader's area."""

import html
import re
from datetime import timedelta

import pytest

from app.cases.models import Case
from app.corrections.models import Correction
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Offence
from app.statistics import consistency_check, crime, periods, reader, store, timeliness, update_job
from tests.corrections.steps import find_user, void_record
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.statement_counts import counted


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
    page = chief.get(f"/statistics/timeliness/?month={current_month()}")
    assert page.status_code == 200
    assert "PC-02" in page.text and "PC-12" not in page.text
    records = chief.get(f"/statistics/timeliness/records/late/PC-02?month={current_month()}").text
    assert cases.number in records
    months = timeliness.list_months(
        reader.open_reader(), reader.Limits("02"), "PC-12", current_month(), dates.now()
    )
    assert sum(row.entered for row in months) == 0  # another province


def test_officers_are_shown_to_the_own_chief_only(client_as, cases):
    assert (
        "ព្រំ សុភា"
        in client_as("chief.bb", "en").get(f"/statistics/timeliness/unit/PC-02?month={current_month()}").text
    )
    assert (
        "ព្រំ សុភា"
        not in client_as("manager", "en")
        .get(f"/statistics/timeliness/unit/PC-02?month={current_month()}")
        .text
    )


@pytest.mark.parametrize("month", ["abc", "202613", "256911", "٢٠٢٦١١", "-20261", "99999999999999"])
def test_invalid_month_is_explained(client_as, month, figures_folder):
    page = client_as("chief.bb", "en").get(f"/statistics/timeliness/?month={month}")
    assert page.status_code == 400 and "Choose" in page.text


@pytest.mark.parametrize("path", ["unit/NOPE", "records/late/NOPE", "unit/%00"])
def test_unknown_unit_is_not_found(client_as, path, cases, each_database):
    assert client_as("chief.bb").get(f"/statistics/timeliness/{path}").status_code == 404


def test_page_before_the_first_figures_says_so(client_as, figures_folder):
    assert "being prepared" in client_as("chief.bb", "en").get("/statistics/timeliness/").text


def test_own_month_opens_its_cases(client_as, cases):
    """The number opened the list of all cases."""
    clerk = client_as("clerk.bb", "en")
    links = {
        html.unescape(one)
        for one in re.findall(r'href="(/case/list/[^"]*_flt_0_officer[^"]*)"', clerk.get("/").text)
    }
    opened = [clerk.page(one).text for one in sorted(links)]
    assert any(cases.number in one for one in opened)
    assert len(links) == (2 if dates.now().day <= periods.YOUNG_DAYS else 1)


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
    (row,) = timeliness.list_units(figures, reader.NATIONWIDE, current_month(), dates.now())
    assert (row.entered, row.errors) == (0, (0, 1))
    assert figures.fetch_rows("SELECT count(*) FROM cases") == [(1,)] and isinstance(case, Case)


def test_protected_case_is_in_the_own_month_only(session, client_as):
    """A number of a unit and month, also of open cases by age, could give a protected case away."""
    with acting_as("clerk.bb"):
        case = add_registered_case(sensitivity="sexual")
    session.commit()
    apply_correction(case)
    update_job.update_figures(session)
    figures, now = reader.open_reader(), dates.now()
    assert timeliness.list_units(figures, reader.NATIONWIDE, current_month(), now) == []
    assert timeliness.list_parts(figures, reader.NATIONWIDE, "PC-02", current_month(), "officer", now) == []
    assert sum(timeliness.count_delays(figures, reader.NATIONWIDE, current_month())) == 0
    assert (
        timeliness.find_ids(figures, reader.NATIONWIDE, "entered", current_month(), now, unit="PC-02") == []
    )
    assert sum(crime.count_open_cases(figures, reader.NATIONWIDE, now.date())) == 0
    officer = figures.fetch_rows("SELECT officer FROM cases")[0][0]
    assert timeliness.count_own_month(figures, officer, current_month(), now).entered == 1


def test_entry_of_a_protected_case_does_not_end_a_silence(app, publish_facts):
    """The day of the last entry gave away that a unit had registered a protected case."""
    now = dates.now()
    cases = [
        {"id": number, "unit": "PC-02", "imported": False, "recorded": now - timedelta(days=10 + 2 * number)}
        for number in range(25)
    ]
    cases.append({"id": 99, "unit": "PC-02", "imported": False, "recorded": now, "protected": "sexual"})
    publish_facts(cases=[{"protected": None} | one for one in cases])
    with app.app_context():
        (silence,) = timeliness.find_silence(reader.open_reader(), reader.NATIONWIDE, now)
    assert (silence.days, silence.last_case) == (10, 0)


def count_corrections():
    return timeliness.count_corrections(reader.open_reader(), reader.NATIONWIDE, current_month())


def protect_by_sensitivity(case):
    case.sensitivity = "sexual"


def protect_by_relation(case):
    case.involvements[0].relation = "spouse"
    case.offences[0].offence = db.session.get(Offence, "PC2009-217")


def protect_by_offence(case):
    case.offences[0].offence = db.session.get(Offence, "DV2005-X01")


@pytest.mark.parametrize("protect", [protect_by_sensitivity, protect_by_relation, protect_by_offence])
def test_corrections_of_a_protected_case_are_not_counted(session, protect, each_database):
    """A cause, province and month could have the number 1."""
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(make_registered_person(), "suspect")])
    session.commit()
    apply_correction(case)
    update_job.update_figures(session)
    assert count_corrections() == [("typing_error", 1)]
    with acting_as("clerk.bb"):
        protect(case)
    session.commit()
    update_job.update_figures(session)
    assert count_corrections() == []
    figures, now = reader.open_reader(), dates.now()
    assert timeliness.find_ids(figures, reader.NATIONWIDE, "corrections", current_month(), now) == []
    assert timeliness.find_ids(figures, reader.NATIONWIDE, "errors", current_month(), now) == []
    assert consistency_check.find_drift(session)[1] == []


def test_corrections_of_a_void_protected_case_are_not_counted(session, each_database):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        protect_by_offence(case)
    session.commit()
    void_record(case)
    session.commit()
    update_job.update_figures(session)
    assert count_corrections() == []
    assert consistency_check.find_drift(session)[1] == []


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


def apply_correction(case, cause="typing_error", kind="change"):
    """Add an applied correction of the case, without the change itself, and return its number."""
    asked, decided, applied = (find_user(name).id for name in ("chief.bb", "planning", "twg"))
    now = dates.now()
    correction = Correction(
        kind=kind, state="applied", cause=cause, entity="case", entity_id=case.id, case_id=case.id,
        province_code="02", reason="x" * 20, letter_no="1", overrides=[], requested_at=now, due_at=now,
        requested_by_id=asked, decided_at=now, decided_by_id=decided, exempt_until=now, applied_at=now,
        applied_by_id=applied,
    )  # fmt: skip
    db.session.add(correction)
    db.session.commit()
    return correction.number


def test_error_rate_counts_errors_and_no_new_information(session, cases, client_as, each_database):
    late, typing = apply_correction(cases, "late_document"), apply_correction(cases)
    apply_correction(cases, "wrong_code")
    update_job.update_figures(session)
    figures, now = reader.open_reader(), dates.now()
    rows = {row.key: row for row in timeliness.list_units(figures, reader.NATIONWIDE, current_month(), now)}
    assert (rows["PC-02"].errors, rows["PC-02"].error_percent) == ((1, 2), 50.0)
    assert rows["PC-12"].errors == (0, 1)
    assert dict(timeliness.count_corrections(figures, reader.NATIONWIDE, current_month())) == {
        "late_document": 1, "typing_error": 1, "wrong_code": 1,
    }  # fmt: skip
    assert consistency_check.find_drift(session)[1] == []
    chief = client_as("chief.bb", "en")
    assert (
        cases.number in chief.get(f"/statistics/timeliness/records/errors/PC-02?month={current_month()}").text
    )
    assert cases.number in chief.get(f"/statistics/timeliness/records/errors/?month={current_month()}").text
    shown = chief.get(
        f"/statistics/timeliness/records/corrections/?cause=late_document&month={current_month()}"
    ).text
    assert late in shown and typing not in shown


def test_corrections_follow_their_case_to_another_place(session, cases, each_database):
    apply_correction(cases)
    update_job.update_figures(session)
    read = "SELECT district, commune FROM corrections"
    assert reader.open_reader().fetch_rows(read) == [("0203", "020310")]
    with acting_as("clerk.bb"):
        session.get(Case, cases.id).place_code = "020101"
    session.commit()
    update_job.update_figures(session)
    assert reader.open_reader().fetch_rows(read) == [("0201", "020101")]
    assert consistency_check.find_drift(session)[1] == []


def test_check_finds_a_correction_at_a_former_place(session, cases):
    apply_correction(cases)
    update_job.update_figures(session)
    with store.open_work_file() as work:
        work.execute("UPDATE corrections SET district = '0201', commune = '020101'")
    store.publish()
    assert {table for table, *_row in consistency_check.find_drift(session)[1]} == {"corrections"}


def test_parts_of_a_number_open_their_records(client_as, cases):
    for url, status in (
        ("none/PC-02", 404),
        ("entered/PC-02?officer=1", 200),
        ("entered/PC-12?officer=1", 403),
        ("entered/PC-02?officer=x", 400),
        ("has_photos/PC-02?district=0203", 200),
        ("delay_week/?cause=x", 200),
        ("orders/?district=0203", 200),
    ):
        assert (
            client_as("chief.bb", "en").get(f"/statistics/timeliness/records/{url}").status_code == status
        ), url


def test_every_number_of_a_page_opens_records(client_as, cases):
    chief = client_as("chief.bb", "en")
    for part in ("", "unit/PC-02"):
        page = chief.get(f"/statistics/timeliness/{part}?month={current_month()}").text
        links = set(re.findall(r'href="(/statistics/timeliness/records/[^"]+)"', page))
        assert len(links) > 10
        assert {chief.get(html.unescape(link)).status_code for link in sorted(links)[::7]} == {200}


@pytest.mark.parametrize(
    ("reader_name", "titles"),
    [
        ("chief.bb", ("On-time entry by unit", "Data quality", "What happened")),
        ("manager", ("On-time entry by unit", "Data quality", "What happened")),
        ("planning", ("On-time entry by unit", "Data quality", "What happened")),
        ("monitor", ("On-time entry by unit", "Data quality", "What happened")),
        ("admin.bb", ("On-time entry by unit", "Data quality")),
    ],
)
def test_first_page_shows_the_charts_of_the_role(client_as, cases, register, reader_name, titles):
    client = client_as(reader_name, "en")
    page = client.get("/")
    assert page.status_code == 200
    assert all(title in page.text for title in titles)
    assert ("card-chart" in page.text) is ("What happened" in titles)
    client.get("/")
    with counted(register) as statements:
        client.get("/")
    asked = [one for one in statements if "case_offence" in one or '"case"' in one or "correction" in one]
    assert len(asked) <= 6, "\n".join(asked)


def test_first_page_before_the_first_figures(client_as, figures_folder):
    assert "being prepared" in client_as("chief.bb", "en").get("/").text


def test_unit_administrator_sees_numbers_without_links_to_records(client_as, cases):
    client = client_as("admin.bb", "en")
    page = client.get(f"/statistics/timeliness/?month={current_month()}")
    assert page.status_code == 200 and "PC-02" in page.text
    assert "/statistics/timeliness/records/" not in page.text
    assert client.get(
        f"/statistics/timeliness/records/entered/PC-02?month={current_month()}"
    ).status_code in (302, 403)
