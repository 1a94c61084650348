"""Scenario: a warrant through three provinces, two cases and forty days, by form, API, import file and plain
SQL. After each chapter every screen of every user is compared with a small model of who is wanted and who
sees which order.

tests/gates/test_clocks.py runs this file with a time that follows the file named by FAKETIME_TIMESTAMP_FILE.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from app.accounts import actions
from app.accounts.models import LoginSession
from app.cases.models import Involvement
from app.court_orders import consistency_check as orders
from app.court_orders.models import CourtOrder, OrderEvent, OrderMatch
from app.custody import consistency_check as custodies
from app.custody import deadline_index
from app.extensions import db
from app.kernel.text import dates, khmer
from app.people import status
from tests import sign_ins
from tests.court_orders.form_data import days_ago, order_form
from tests.custody.form_data import enter_arrest, enter_custody, enter_custody_step, format_ago, make_suspect
from tests.exports.file_contents import download, parse_csv, run_export
from tests.gates.fake_clock import HOUR, clock  # noqa: F401  (a fixture)
from tests.html_pages import Page
from tests.imports.steps import import_file
from tests.imports.test_rules_of_orders import PROFILE, write_orders
from tests.people.sample_deaths import decide
from tests.sample_rows import BATTAMBANG, acting_as, add_registered_case
from tests.sql_calls import Program

DAY = 24 * HOUR
SIEM_REAP = "PC-17"
# user → (area, unit); a user without an area has national scope.
READERS = {
    "warrant.bb": ("02", "PC-02"),
    "warrant.pp": ("12", "PC-12"),
    "warrant.sr": ("17", SIEM_REAP),
    "manager": ("", "GCNP"),
}
WANTED = "កំពុងតាមចាប់"
pytestmark = pytest.mark.usefixtures("each_database")


@dataclass
class OrderModel:
    """The model of an order."""

    person: str  # the name under which the person is wanted
    province: str
    received_by: str
    status: str = "received"
    opened_to: str = ""  # the unit whose match was confirmed

    def is_assigned_to(self, area):
        return area in ("", self.province)

    def is_seen_by(self, area, unit):
        return self.is_assigned_to(area) or unit in (self.received_by, self.opened_to)


class Scenario:
    """The system, the browsers of all users, and the model."""

    def __init__(self, app, client_as, clock):  # noqa: F811
        for username, name in (("warrant.sr", "ឈឹម ដារ៉ា"), ("second.sr", "លី សុភា")):
            refused = actions.create_user(
                username, name, "Warrant officer", SIEM_REAP, "a password of a test"
            )
            assert refused is None
        sign_ins.write_session("warrant.sr")
        self.client_as, self.clock, self.orders = client_as, clock, {}

    def on_day(self, number):
        """Set the time to that many days after the start and sign in all users."""
        db.session.rollback()
        self.clock(number * DAY)
        now = dates.now()
        db.session.execute(
            update(LoginSession).values(
                started_at=now, last_seen_at=now, authenticated_at=now, purpose_until=now + timedelta(hours=1)
            )
        )
        db.session.commit()
        self.by = {name: self.client_as(name) for name in (*READERS, "investigator.bb", "clerk.bb")}

    def compare(self):
        db.session.rollback()
        wanted = {one.person for one in self.orders.values() if one.status == "active"}
        people = {one.person for one in self.orders.values() if one.status != "received"}
        numbers = {pk: db.session.get(CourtOrder, pk).number for pk in self.orders}
        persons = {pk: db.session.get(CourtOrder, pk).person_id for pk in self.orders}
        stored = {pk: db.session.get(CourtOrder, pk).status for pk in self.orders}
        assert stored == {pk: one.status for pk, one in self.orders.items()}
        assert status.find_drift(db.session.connection())[1] == []
        db.session.rollback()
        for name, (area, unit) in READERS.items():
            browser, api = self.by[name], Program(self.by[name])
            seen = {pk for pk, one in self.orders.items() if one.is_seen_by(area, unit)}
            there = {pk for pk, one in self.orders.items() if one.is_assigned_to(area)}
            open_ones = {pk for pk in there if self.orders[pk].status == "active"}
            assert {one["id"] for one in api.get("court-orders/", page_size=100)["result"]} in (
                seen,
                there,
            ), name
            rows = browser.page("/courtorder/list/").all("tr", data_row=True)
            assert len(rows) == len(there), (name, "list")
            work = browser.get("/orders/worklist/").text
            links = browser.page("/").all("a", href="/orders/worklist/")
            assert khmer.to_khmer_digits(len(open_ones)) in [one.text.split()[-1] for one in links], (
                name,
                "board",
            )
            for pk in self.orders:
                code = 200 if pk in seen else 404
                assert browser.get(f"/courtorder/show/{pk}").status_code == code, (name, pk, "show")
                api.get(f"court-orders/{pk}", code)
                assert (f'/courtorder/show/{pk}"' in work) is (pk in open_ones), (name, pk, "work list")
                if pk in seen and persons[pk] is not None:
                    life = browser.get(f"/person/show/{persons[pk]}").text
                    assert numbers[pk] in life, (name, pk, "time line")
            for person in people:
                cards = Page.from_response(browser.send("/find/", {"q": person})).all("li", css="result")
                told = [one.text for one in cards if person in one.text]
                assert told, (name, person, "quick search")
                is_wanted = any(WANTED in one for one in told)
                assert is_wanted is (person in wanted), (name, person, "card", told)
        for name in ("warrant.bb", "warrant.pp"):
            there = [numbers[pk] for pk, one in self.orders.items() if one.is_assigned_to(READERS[name][0])]
            if not there:
                continue  # empty results make no file
            content = download(self.by[name], run_export(self.by[name], "/export/table/CourtOrderView"))
            _mark, headings, rows = parse_csv(content)
            assert len(rows) == len(there), (name, "export", rows)
            assert all(any(number in row for row in rows) for number in there), (name, "export", rows)


def test_warrant_through_provinces_cases_and_forty_days(
    app, client_as, db_session, clock, tmp_path  # noqa: F811
):  # fmt: skip
    scenario = Scenario(app, client_as, clock)
    suspect = make_suspect(hours=24 * 60)
    person, name, first_case = suspect.person_id, str(suspect.person), suspect.case_id
    number = suspect.case.number

    # Day 0, by form: Battambang receives the warrant. The person is wanted only after it is verified.
    scenario.on_day(0)
    answer = scenario.by["warrant.bb"].send(
        "/courtorder/add", order_form(case=str(first_case), occurred_on=days_ago(60))
    )
    assert answer.status_code == 302, answer.text[-2000:]
    pk = db.session.scalar(select(CourtOrder.id))
    scenario.orders[pk] = OrderModel(name, "02", "PC-02")
    scenario.compare()

    # Day 1, by API: a second officer verifies the person.
    scenario.on_day(1)
    api = Program(scenario.by["investigator.bb"])
    body = {"person": person, "person__reason": "other"}
    body["version"] = api.get(f"court-orders/{pk}")["result"]["version"]
    api.post(f"court-orders/{pk}/check", body)
    scenario.orders[pk].status = "active"
    scenario.compare()

    # Day 3, by API: the person is reported in Phnom Penh, and its unit searches from now on.
    scenario.on_day(3)
    api = Program(scenario.by["warrant.bb"])
    api.post(f"court-orders/{pk}/assign", {"at": now(), "to_unit": "PC-12"})
    scenario.orders[pk].province = "12"
    scenario.compare()

    # Day 10: the person is in another case, of Siem Reap. The searching unit gets a match and confirms the
    # identity.
    scenario.on_day(10)
    with acting_as("warrant.sr"):
        other = add_registered_case(place="171002", occurred_to=None)
        other.involvements.append(Involvement(person_id=person, role="witness"))
        db.session.add(other)
        db.session.commit()
    match = db.session.scalars(select(OrderMatch)).one()
    assert (match.owner_unit_code, match.case_id) == ("PC-12", other.id)
    Program(scenario.by["warrant.pp"]).post(
        f"matches/{match.id}/confirm", {"reason": "ស្នាមម្រាមដៃដូចគ្នា", "compared": True}, 200
    )
    scenario.orders[pk].opened_to = SIEM_REAP
    scenario.compare()

    # Day 20, by import file: another system's warrant for another person, active from that day on.
    scenario.on_day(20)
    run = import_file(PROFILE, write_orders(tmp_path, {"order.state": "OPEN", "order.unit": SIEM_REAP}))
    assert run.entered == 1
    brought = db.session.scalars(select(CourtOrder).order_by(CourtOrder.id.desc())).first()
    scenario.orders[brought.id] = OrderModel(str(brought.person), "17", brought.unit_code, "active")
    scenario.compare()

    # Day 25, by plain SQL, as the application's own database user: the facts of the warrant, its actions and
    # the person's involvement are locked. A change that this user may write either has no effect on pages or
    # is detected: who, which order, which action.
    scenario.on_day(25)
    for shut in SHUT_BY_THEN:
        with pytest.raises(IntegrityError, match="lock"):
            check_sql_change(shut, pk=pk, person=person)
    for written, found in (
        (STATE, {"status", "order"}),
        (FOUND_BY_NOBODY, {"status", "order"}),
        (RECALLED_BY_NOBODY, {"order"}),
        (FORGOTTEN, {"status"}),
        (SEEN, set()),
    ):
        assert check_sql_change(written, pk=pk, person=person, other=brought.person_id) == found, written
    scenario.compare()

    # Day 30, by form: the person is arrested in Battambang on the warrant, which executes it. The person is
    # in custody and no longer wanted.
    scenario.on_day(30)
    made = enter_arrest(
        scenario.by["clerk.bb"], suspect, ground="warrant", order=pk, place=BATTAMBANG, at=format_ago(hours=6),
    )  # fmt: skip
    held = enter_custody(scenario.by["clerk.bb"], made, offence_class="misdemeanour")
    scenario.orders[pk].status = "executed"
    scenario.compare()
    assert db.session.get(status.PersonStatus, person).status == "in_custody"

    # Day 31: the person is brought before the prosecutor within the deadline. Day 40: both warrants are
    # closed.
    scenario.on_day(31)
    enter_custody_step(scenario.by["clerk.bb"], held, "lawyer", who="មេធាវី សុខ", at=format_ago(hours=20))
    enter_custody_step(scenario.by["clerk.bb"], held, "end", outcome="to_prosecutor")
    assert db.session.get(status.PersonStatus, person) is None
    scenario.on_day(40)
    Program(scenario.by["warrant.pp"]).post(f"court-orders/{pk}/return", {"at": now()})
    recall = {"at": now(), "document_no": "7/26", "document_date": dates.now().date().isoformat()}
    recall["document_no__reason"] = "other"  # no scan is attached
    Program(scenario.by["warrant.sr"]).post(f"court-orders/{brought.id}/recall", recall)
    decide(db.session.scalars(select(OrderEvent).where(OrderEvent.kind == "recalled")).one(), "second.sr")
    db.session.commit()
    scenario.orders[pk].status, scenario.orders[brought.id].status = "returned", "recalled"
    scenario.compare()
    assert number in scenario.by["warrant.bb"].get(f"/person/show/{person}").text


def now():
    return dates.now().isoformat(timespec="minutes")


SHUT_BY_THEN = (
    "UPDATE court_order SET number = '9/99' WHERE id = :pk",
    "UPDATE court_order SET recorded_at = changed_at, issued_on = '2001-01-01' WHERE id = :pk",
    "UPDATE court_order SET voided_at = recorded_at WHERE id = :pk",
    "UPDATE order_event SET kind = 'recalled' WHERE order_id = :pk",
    "UPDATE order_event SET voided_at = recorded_at WHERE order_id = :pk",
    "UPDATE involvement SET role = 'victim' WHERE person_id = :person",
    "UPDATE person SET surname_km = 'ទេព' WHERE id = :person",
    "DELETE FROM order_event WHERE order_id = :pk",
    "DELETE FROM court_order WHERE id = :pk",
    "DELETE FROM person WHERE id = :person",
)
STATE = "UPDATE court_order SET status = 'recalled' WHERE id = :pk"
FOUND_BY_NOBODY = "UPDATE court_order SET person_id = :other WHERE id = :pk"
RECALLED_BY_NOBODY = """INSERT INTO order_event (order_id, kind, at, recorded_at, changed_at, version)
SELECT order_id, 'recalled', at, recorded_at, changed_at, 1 FROM order_event WHERE order_id = :pk AND kind = 'checked'"""
FORGOTTEN = "DELETE FROM person_status WHERE person_id = :person"
SEEN = "INSERT INTO visibility (person_id, province_code, hidden) VALUES (:person, '09', false)"
LET_GO = "UPDATE custody SET ended_at = arrived_at, outcome = 'released' WHERE person_id = :person"
LONGER = "UPDATE custody SET limit_at = '2099-01-01 00:00:00' WHERE person_id = :person"
ON_NO_BOARD = "DELETE FROM active_deadline WHERE person_id = :person"


def check_sql_change(statement, **values):
    """Return what `status check` detects of this change. The change uses the application's database user and
    no action; it is rolled back.
    """
    db.session.rollback()
    connection = db.session.connection()
    try:
        named = {name: value for name, value in values.items() if f":{name}" in statement}
        connection.execute(text(statement), named)
        found = {
            "status": status.find_drift(connection)[1],
            "order": orders.find_drift(connection),
            "custody": custodies.find_drift(connection),
            "clock": deadline_index.find_drift(connection),
        }
        return {name for name, rows in found.items() if rows}
    finally:
        db.session.rollback()
