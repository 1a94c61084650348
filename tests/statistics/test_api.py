"""The API counts what the screen counts: the same numbers, limits, hidden numbers, messages and log entries."""

from datetime import date

import pytest
from sqlalchemy import select

from app.kernel.audit.models import AuditEvent
from app.statistics import measures
from tests.statistics.test_crime_views import make_case

DAY = date(2026, 3, 5)
MONTHS = {"first": "01/2026", "last": "06/2026"}


@pytest.fixture
def facts(publish_facts):
    """Three open thefts in Battambang, one in Phnom Penh, and two protected cases."""
    other = {"province": "12", "district": "1203"}
    rows = [
        *(make_case(number, DAY) for number in range(1, 4)),
        make_case(4, DAY, **other),
        *(make_case(number, DAY, "sexual", "sexual") for number in (5, 6)),
    ]
    publish_facts(cases=[case for case, _offence in rows], offences=[offence for _case, offence in rows])


def ask(client, **args):
    return client.get("/api/v1/statistics-tables/", query_string=MONTHS | args)


def test_table_has_the_numbers_of_the_screen(facts, client_as, db_session, each_database):
    answer = ask(client_as("planning", "en"), rows="province", columns="year", count="cases")
    assert answer.status_code == 200
    table = answer.json["result"]
    assert [(row["key"], row["label"], row["numbers"], row["total"]) for row in table["rows"]] == [
        ("02", "Battambang Province", [3], 3),
        ("12", "Phnom Penh", [1], 1),
    ]
    assert (table["total"], table["column_totals"], table["whole_country"]) == (4, [4], None)
    assert (table["first"], table["last"]) == ("2026-01-01", "2026-06-30")
    assert table["measure"]["code"] == "cases" and any("Protected cases" in one for one in table["rules"])
    event = db_session.scalars(select(AuditEvent).where(AuditEvent.action == "access.exported")).one()
    assert event.entity == "statistics"


def test_table_respects_the_scope(facts, client_as):
    chief = client_as("chief.bb", "en")
    table = ask(chief, rows="province").json["result"]
    assert [row["key"] for row in table["rows"]] == ["02"] and table["whole_country"] == 4
    refused = ask(chief, rows="commune", f_province="12")
    assert refused.status_code == 422 and "outside your area" in refused.json["detail"]


def test_small_numbers_of_protected_cases_are_null(facts, client_as):
    table = ask(client_as("planning", "en"), count="protected", rows="group").json["result"]
    numbers = {row["key"]: row["total"] for row in table["rows"]}
    assert numbers["sexual"] is None and numbers["children"] == 0


@pytest.mark.parametrize(
    ("args", "status", "field"),
    [
        ({"count": "souls"}, 422, "count"),
        ({"rows": "sex"}, 422, "rows"),
        ({"first": "12/2569"}, 422, "first"),
        ({"first": "07/2026"}, 422, "last"),
        ({"f_family": "never"}, 422, "f_family"),
        ({"f_nothing": "1"}, 400, None),
        ({"rows": "offence", "columns": "unit", "first": "01/1900"}, 422, "last"),
    ],
)
def test_wrong_question_is_explained(facts, client_as, args, status, field):
    answer = ask(client_as("planning", "en"), **args)
    assert answer.status_code == status and answer.json["detail"]
    if field:
        assert answer.json["code"] == "invalid_values" and list(answer.json["errors"]) == [field]


def test_reader_without_the_screen_has_no_table(facts, client_as, app):
    assert ask(client_as("auditor")).status_code == 403
    assert app.test_client().get("/api/v1/statistics-tables/").status_code == 401


def test_before_the_first_figures_the_answer_says_so(client_as, figures_folder):
    answer = ask(client_as("planning", "en"))
    assert (answer.status_code, answer.json["code"]) == (422, "not_possible")
    assert "being prepared" in answer.json["detail"]


def test_info_and_measures_describe_what_is_counted(facts, client_as):
    planner = client_as("planning", "en")
    info = planner.get("/api/v1/statistics-tables/_info").json
    people = next(one for one in info["counts"] if one["count"] == "people")
    assert "sex" in people["axes"] and info["fields"]["sex"] == "Sex"
    listed = planner.get("/api/v1/measures/").json["result"]
    assert [one["code"] for one in listed] == [one.code for one in measures.MEASURES]
    assert listed[0]["rule"].startswith("Each case counts once.")
