"""Exchange sets hold the agreed columns for one receiver and one period, within the scope and limits of an export."""

import json
from datetime import timedelta

import pytest

from app.exports import exchange_sets
from app.exports.columns import build_columns
from app.extensions import db
from app.jobs.models import FAILED
from app.kernel.text import dates
from app.kernel.text.dates import format_date
from app.reference.models import Court
from tests.court_orders import sample_orders as orders
from tests.custody.sample_rows import imprison
from tests.exports.file_contents import download, get_job, run_export, unzip
from tests.sample_rows import acting_as, take_step
from tests.special_access.sample_cases import foreign, own  # noqa: F401

URL, COURT = "/export/exchange", "CFI-02"


@pytest.fixture
def investigator(client_as):
    return client_as("investigator.bb", "en")


def export_set(client, receiver, day=None, **fields):
    day = format_date(day or dates.now().date(), "en")
    return run_export(client, URL, "jsonl", receiver=receiver, begins=day, ends=day, **fields)


def read_tables(client, export):
    """Return table → rows, and the description."""
    files = unzip(download(client, export))
    tables = {
        name.removesuffix(".jsonl"): list(map(json.loads, content.decode().splitlines()))
        for name, content in files.items()
        if name.endswith(".jsonl")
    }
    return tables, json.loads(files["datapackage.json"])


def test_prosecution_receives_the_cases_sent_to_it(investigator, own, foreign, each_database):  # noqa: F811
    court = db.session.get(Court, COURT)
    for case in (own, foreign):
        writer = "clerk.bb" if case is own else "clerk.pp"
        take_step(case, "at_prosecutor", writer, court=court)
    db.session.commit()
    tables, about = read_tables(investigator, export_set(investigator, f"prosecution/{COURT}"))
    assert [row["number"] for row in tables["case"]] == [own.number]
    assert set(tables) == {"case", "case_offence", "involvement", "person", "exhibit"}
    assert [row["number"] for row in tables["person"]] == [own.involvements[0].person.number]
    assert about["profile"] == "tabular-data-package"
    assert {one["hash"][:7] for one in about["resources"]} == {"sha256:"}


def test_other_receiver_and_other_period_have_no_rows(investigator, own):  # noqa: F811
    take_step(own, "at_prosecutor", court=db.session.get(Court, COURT))
    db.session.commit()
    assert get_job(export_set(investigator, "prosecution/CFI-12")).state == FAILED
    last_year = dates.now().date() - timedelta(days=400)
    assert get_job(export_set(investigator, f"prosecution/{COURT}", last_year)).state == FAILED


def test_court_receives_its_executed_orders(investigator, own):  # noqa: F811
    order = orders.make_active_order(person=own.involvements[0].person)
    waiting = orders.make_active_order(person=own.involvements[0].person, number="7/26")
    orders.execute_order(order)
    db.session.commit()
    tables, _about = read_tables(investigator, export_set(investigator, f"court/{order.court_code}"))
    assert [row["number"] for row in tables["court_order"]] == [order.number]
    assert waiting.number not in json.dumps(tables["order_event"])
    assert len(tables["person"]) == 1


def test_prison_receives_the_detentions_that_began(investigator, own):  # noqa: F811
    with acting_as("investigator.bb"):
        detention = imprison(own.involvements[0].person, dates.now().date(), involvement=own.involvements[0])
    db.session.commit()
    tables, _about = read_tables(investigator, export_set(investigator, f"prison/{detention.prison_code}"))
    assert [row["id"] for row in tables["detention"]] == [detention.id]


@pytest.mark.parametrize("name", exchange_sets.SETS)
def test_set_has_each_agreed_column(app, name, db_session):
    chosen = exchange_sets.SETS[name]
    with app.test_request_context(), acting_as("manager"):
        for view in app.appbuilder.baseviews:
            names = chosen.columns.get(getattr(view, "endpoint", ""))
            if names:
                built = [column.name for column in build_columns(view, names)]
                assert built[: len(names)] == list(names), (name, view.endpoint)


def test_unknown_receiver_is_refused_and_the_form_keeps_its_values(investigator, own):  # noqa: F811
    answer = export_set(investigator, "prison/NO", status=422)
    assert "02-2026-000001" in answer.text


@pytest.mark.parametrize("username", ["clerk.bb", "planning", "admin", "auditor"])
def test_role_without_exports_sees_no_set(client_as, username, db_session):
    assert client_as(username).get(URL).status_code == 403
