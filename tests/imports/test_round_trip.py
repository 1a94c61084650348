"""The set for another E-Crime system is imported into an empty one, whose own set is then equal to it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app import jobs
from app.accounts.user_scope import build_user_scope
from app.cases.models import Exhibit
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.imports import computed_columns, existing_records, profiles, runner, transfer_tables
from app.imports.models import ImportRun
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.text import dates
from app.kernel.text.dates import format_date
from app.reference.models import Court
from tests.court_orders import sample_orders as orders
from tests.exports.file_contents import download, latest_export, run_export, unzip
from tests.imports.steps import APPROVER, create_run, list_waiting
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person, take_step
from tests.special_access.sample_cases import find_user

PROFILES = ("e-crime-cases", "e-crime-orders")


def add_records():
    """Add two cases that share a suspect, in several states, and two orders; each has what a set holds and more."""
    with acting_as("clerk.bb"):
        suspect = make_registered_person(1)
        by_year = make_registered_person(
            2, given_km="វុទ្ធី", born_on=None, birth_year=1990, birth_precision="year", documents=[], names=[]
        )
        case = add_registered_case(people=[(suspect, "suspect"), (make_registered_person(3), "victim")])
        case.exhibits.append(
            Exhibit(kind="phone", property_role="stolen", description="=1+1", state="stored", quantity=2)
        )
        day = datetime.combine(dates.now().date() - timedelta(days=3), datetime.min.time())
        other = add_registered_case(
            people=[(suspect, "suspect"), (by_year, "other")], occurred_from=day, occurred_to=None, time_unknown=True,
            summary="បន្ទាត់ទីមួយ\nបន្ទាត់ទីពីរ", place_text="ផ្ទះលេខ ៥",
        )  # fmt: skip
        db.session.flush()
    take_step(case, "at_prosecutor", court=db.session.get(Court, "CFI-02"))
    orders.make_active_order(person=suspect, number="1/26", note="ក\nខ")
    orders.execute_order(orders.make_active_order(person=suspect, number="2/26"))
    db.session.commit()
    return other.number


def export_set(client, format="jsonl"):
    """Return the files of the set of this month."""
    begins, ends = (format_date(dates.now().date() - timedelta(days=days), "en") for days in (30, 0))
    fields = {"receiver": "system/", "begins": begins, "ends": ends}
    return download(client, run_export(client, "/export/exchange", format, **fields))


def test_approval_of_a_large_set_is_for_all_its_lines(app, client_as, db_session, monkeypatch):
    add_records()
    monkeypatch.setitem(app.extensions, "ecrime.export_rows", {"Manager": 1})
    manager, reason = client_as("manager"), "ត្រូវការសម្រាប់ប្រព័ន្ធផ្សេងទៀត"
    begins, ends = (format_date(dates.now().date() - timedelta(days=days), "en") for days in (30, 0))
    export = run_export(manager, "/export/exchange", receiver="system/", begins=begins, ends=ends)
    manager.send(f"/export/request-approval/{export.id}", {"reason": reason})
    client_as("monitor").send(f"/export/decide/{export.id}", {"decision": reason, "verdict": "approve"})
    manager.send(f"/export/start/{export.id}")
    jobs.run_job(latest_export().job_id)
    assert latest_export().sha256 and latest_export().rows == export.rows == 6, (
        "two people in each of two cases"
    )


def import_set(path):
    """Import the files of the set in their order; return the imports."""
    runs = []
    for key in PROFILES:
        profile = profiles.load_shipped()[key]
        run = create_run(profile, key)
        with acting_as(APPROVER):
            runner.run_import(run, computed_columns.read_rows(path, profile))
        runs.append(db.session.get(ImportRun, run.id, populate_existing=True))
    return runs


def read_rows(content):
    files = unzip(content)
    return {
        name: list(map(json.loads, files[name].decode().splitlines()))
        for name in sorted(files)
        if "jsonl" in name
    }


@pytest.mark.parametrize("format", ["jsonl", "xlsx"])
def test_set_of_the_importing_system_is_equal(
    register, client_as, db_session, tmp_path, format, each_database
):
    """The second system begins with a person of its own, so that its own keys differ."""
    add_records()
    client, path = client_as("manager", "en"), tmp_path / "set"
    path.write_bytes(export_set(client, format))
    first = read_rows(export_set(client))
    db.session.remove()
    register.set_back()
    act_as(db.session, SYSTEM)
    with acting_as("clerk.pp"):
        long_ago = {
            "reported_at": dates.now() - timedelta(days=90),
            "occurred_from": dates.now() - timedelta(days=91),
        }
        people = [(make_registered_person(9), "victim")]
        add_registered_case(place=PHNOM_PENH, people=people, occurred_to=None, **long_ago)
        db.session.commit()
    runs = import_set(path)
    assert [run.waiting for run in runs] == [0, 0], [
        one.problems for run in runs for one in list_waiting(run)
    ]
    second = read_rows(export_set(client_as("manager", "en")))
    assert second == first
    assert len(first["case.jsonl"]) == 4 and len(first["court_order.jsonl"]) == 2


def test_set_of_the_same_system_is_refused(client_as, db_session, tmp_path):
    """Each case would be entered a second time."""
    add_records()
    path = tmp_path / "set"
    path.write_bytes(export_set(client_as("manager", "en")))
    run = import_set(path)[0]
    assert (run.entered, run.waiting) == (0, 2)
    assert all(one.problems[0]["rule"] == "V112" for one in list_waiting(run))


def test_profiles_have_each_column_of_the_set(app):
    for key in PROFILES:
        profile = profiles.load_shipped()[key]
        assert profile.source == existing_records.SOURCE_SYSTEM
        assert profile.columns.keys() == profile.targets.keys() - transfer_tables.LEFT_OUT.keys()
        assert all(name == target for target, name in profile.columns.items())


def test_set_of_a_period_without_cases_has_its_orders_and_names_no_minor(client_as, db_session, tmp_path):
    born = dates.now().date().replace(year=dates.now().year - 16, day=1)
    child = make_registered_person(7, born_on=born, surname_latin="Wjqk")
    orders.make_active_order(person=child, number="7/26", born_on=born)
    db.session.commit()
    rows = read_rows(export_set(client_as("manager", "en")))
    (order,) = rows["court_order.jsonl"]
    assert not rows.get("case.jsonl") and order["order.number"] == "7/26"
    identity = {f"order.{name}" for name in CourtOrder.__identity_fields__}
    assert not [key for key in identity & order.keys() if order[key]]


def test_confirmed_match_lets_no_set_name_a_minor(db_session, each_database):
    born = dates.now().date().replace(year=dates.now().year - 16, day=1)
    child = make_registered_person(7, born_on=born, surname_latin="Wjqk")
    order = orders.make_active_order(person=child, number="7/26", born_on=born, surname_latin="Wjqk")
    db_session.commit()
    user = find_user("warrant.pp")
    with acting_as(user.username):
        scope = replace(build_user_scope(user), matched_order_ids=frozenset([order.id]))
        act_as(db_session, Actor(user.id, user.unit_code, scope=scope.without_minors()))
        db_session.expire_all()
        assert not db_session.get(CourtOrder, order.id).hides_identity, "the unit of the match sees the name"
        (row,), people = transfer_tables._build_order_rows([order.id])
    assert row["order.number"] == "7/26" and not people
    assert not row.keys() & {"person.old", *(f"order.{name}" for name in CourtOrder.__identity_fields__)}
