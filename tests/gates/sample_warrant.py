"""A warrant walks through three provinces, two cases and forty days, by form, API, a file and plain SQL. After each
chapter every screen of every reader is compared with a small model of who is wanted and who sees which order.

tests/gates/test_clocks.py runs this file under a clock that follows the file named by FAKETIME_TIMESTAMP_FILE.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from app.accounts import actions
from app.accounts.models import SignIn
from app.cases.models import Involvement
from app.court_orders import consistency_check as orders
from app.court_orders.models import CourtOrder, Hit
from app.custody import consistency_check as custodies
from app.custody import deadline_index
from app.extensions import db
from app.kernel.text import dates, khmer
from app.people import status
from tests import sign_ins
from tests.court_orders.form_data import day, typed
from tests.custody.form_data import a_suspect, ago, arrest, custody, step
from tests.exports.file_contents import ask, csv_of, fetched
from tests.gates.fake_clock import HOUR, clock  # noqa: F401  (a fixture)
from tests.html_pages import Page
from tests.imports.steps import brought_in
from tests.imports.test_rules_of_orders import PROFILE, a_file
from tests.sample_rows import BATTAMBANG, a_registered_case, written_by
from tests.sql_calls import Program

DAY = 24 * HOUR
SIEM_REAP = "PC-17"
# reader → (area, unit); whoever has no area reads the nation.
READERS = {
    "warrant.bb": ("02", "PC-02"),
    "warrant.pp": ("12", "PC-12"),
    "warrant.sr": ("17", SIEM_REAP),
    "manager": ("", "GCNP"),
}
WANTED = "កំពុងតាមចាប់"
pytestmark = pytest.mark.usefixtures("each_database")


@dataclass
class Paper:
    """What the model knows of an order."""

    person: str  # the name under which everybody looks for him
    province: str
    received_by: str
    status: str = "received"

    def lies_with(self, area):
        return area in ("", self.province)

    def is_seen_by(self, area, unit):
        return self.lies_with(area) or unit == self.received_by


class Walk:
    """The register, the browsers of all readers, and what the model knows."""

    def __init__(self, app, client_as, clock):  # noqa: F811
        refused = actions.create_user(
            "warrant.sr", "ឈឹម ដារ៉ា", "Warrant officer", SIEM_REAP, "a password of a test"
        )
        assert refused is None
        sign_ins.write("warrant.sr")
        self.client_as, self.clock, self.papers = client_as, clock, {}

    def on_day(self, number):
        """So many days after the beginning; everybody has just signed in."""
        db.session.rollback()
        self.clock(number * DAY)
        now = dates.now()
        db.session.execute(
            update(SignIn).values(
                began_at=now, seen_at=now, proved_at=now, purpose_until=now + timedelta(hours=1)
            )
        )
        db.session.commit()
        self.by = {name: self.client_as(name) for name in (*READERS, "investigator.bb", "clerk.bb")}

    def compare(self):
        db.session.rollback()
        wanted = {one.person for one in self.papers.values() if one.status == "active"}
        people = {one.person for one in self.papers.values() if one.status != "received"}
        numbers = {pk: db.session.get(CourtOrder, pk).number for pk in self.papers}
        persons = {pk: db.session.get(CourtOrder, pk).person_id for pk in self.papers}
        stored = {pk: db.session.get(CourtOrder, pk).status for pk in self.papers}
        assert stored == {pk: one.status for pk, one in self.papers.items()}
        assert status.differences(db.session.connection())[1] == []
        db.session.rollback()
        for name, (area, unit) in READERS.items():
            browser, api = self.by[name], Program(self.by[name])
            seen = {pk for pk, one in self.papers.items() if one.is_seen_by(area, unit)}
            there = {pk for pk, one in self.papers.items() if one.lies_with(area)}
            open_ones = {pk for pk in there if self.papers[pk].status == "active"}
            assert {one["id"] for one in api.get("court-orders/", page_size=100)["result"]} in (
                seen,
                there,
            ), name
            rows = browser.page("/courtorder/list/").all("tr", data_row=True)
            assert len(rows) == len(there), (name, "list")
            work = browser.get("/orders/work/").text
            home = browser.page("/").text
            assert f"{khmer.khmer_digits(len(open_ones))} ដីកា" in home, (name, "board")
            for pk in self.papers:
                code = 200 if pk in seen else 404
                assert browser.get(f"/courtorder/show/{pk}").status_code == code, (name, pk, "show")
                api.get(f"court-orders/{pk}", code)
                assert (f'/courtorder/show/{pk}"' in work) is (pk in open_ones), (name, pk, "work list")
                if pk in seen and persons[pk] is not None:
                    life = browser.get(f"/person/show/{persons[pk]}").text
                    assert numbers[pk] in life, (name, pk, "time line")
            for person in people:
                cards = Page.of(browser.send("/find/", {"q": person})).all("li", css="hit")
                told = [one.text for one in cards if person in one.text]
                assert told, (name, person, "quick search")
                is_wanted = any(WANTED in one for one in told)
                assert is_wanted is (person in wanted), (name, person, "card", told)
        for name in ("warrant.bb", "warrant.pp"):
            there = [numbers[pk] for pk, one in self.papers.items() if one.lies_with(READERS[name][0])]
            if not there:
                continue  # what is empty becomes no file
            content = fetched(self.by[name], ask(self.by[name], "/export/of/CourtOrderView"))
            _mark, headings, rows = csv_of(content)
            assert len(rows) == len(there), (name, "export", rows)
            assert all(any(number in row for row in rows) for number in there), (name, "export", rows)


def test_a_warrant_walks_through_three_provinces_two_cases_and_forty_days(
    app, client_as, db_session, clock, tmp_path  # noqa: F811
):  # fmt: skip
    walk = Walk(app, client_as, clock)
    suspect = a_suspect(hours=24 * 60)
    person, name, first_case = suspect.person_id, str(suspect.person), suspect.case_id
    number = suspect.case.number

    # Day 0, by form: Battambang receives the warrant. Nobody is wanted before it was checked.
    walk.on_day(0)
    answer = walk.by["warrant.bb"].send("/courtorder/add", typed(case=str(first_case), occurred_on=day(60)))
    assert answer.status_code == 302, answer.text[-2000:]
    pk = db.session.scalar(select(CourtOrder.id))
    walk.papers[pk] = Paper(name, "02", "PC-02")
    walk.compare()

    # Day 1, by API: a second officer finds the person.
    walk.on_day(1)
    api = Program(walk.by["investigator.bb"])
    body = {"person": person, "person__reason": "other"}
    api.post(f"court-orders/{pk}/check", body)
    walk.papers[pk].status = "active"
    walk.compare()

    # Day 3, by API: he is said to be in Phnom Penh, whose unit searches from now on.
    walk.on_day(3)
    api = Program(walk.by["warrant.bb"])
    api.post(f"court-orders/{pk}/assign", {"at": now(), "to_unit": "PC-12"})
    walk.papers[pk].province = "12"
    walk.compare()

    # Day 10: he stands in another case, of Siem Reap. The unit that searches is asked, and says that it is he.
    walk.on_day(10)
    with written_by("warrant.sr"):
        other = a_registered_case(place="171002", occurred_to=None)
        other.involvements.append(Involvement(person_id=person, role="witness"))
        db.session.add(other)
        db.session.commit()
    hit = db.session.scalars(select(Hit)).one()
    assert (hit.owner_unit_code, hit.case_id) == ("PC-12", other.id)
    Program(walk.by["warrant.pp"]).post(f"hits/{hit.id}/confirm", {"reason": "ស្នាមម្រាមដៃដូចគ្នា"}, 200)
    walk.compare()

    # Day 20, by a file: another register's warrant for somebody else, active from that day on.
    walk.on_day(20)
    run = brought_in(PROFILE, a_file(tmp_path, {"order.state": "OPEN", "order.unit": SIEM_REAP}))
    assert run.entered == 1
    brought = db.session.scalars(select(CourtOrder).order_by(CourtOrder.id.desc())).first()
    walk.papers[brought.id] = Paper(str(brought.person), "17", brought.unit_code, "active")
    walk.compare()

    # Day 25, by plain SQL, as the application's own user: what the paper, its acts and the person's part in the case say is shut.
    # What it may write is followed by no page, or is found out: who, which order, which act.
    walk.on_day(25)
    for shut in SHUT_BY_THEN:
        with pytest.raises(IntegrityError, match="lock"):
            by_hand(shut, pk=pk, person=person)
    for written, found in (
        (STATE, {"status", "order"}),
        (FOUND_BY_NOBODY, {"status", "order"}),
        (RECALLED_BY_NOBODY, {"order"}),
        (FORGOTTEN, {"status"}),
        (SEEN, set()),
    ):
        assert by_hand(written, pk=pk, person=person, other=brought.person_id) == found, written
    walk.compare()

    # Day 30, by form: he is arrested in Battambang on the warrant, which executes it. He is held, and wanted no more.
    walk.on_day(30)
    made = arrest(
        walk.by["clerk.bb"], suspect, ground="warrant", order=pk, place=BATTAMBANG, at=ago(hours=6),
    )  # fmt: skip
    held = custody(walk.by["clerk.bb"], made, offence_class="misdemeanour")
    walk.papers[pk].status = "executed"
    walk.compare()
    assert db.session.get(status.PersonStatus, person).status == "in_custody"

    # Day 31: before the limit he is brought before the prosecutor. Day 40: both papers are done with.
    walk.on_day(31)
    step(walk.by["clerk.bb"], held, "lawyer", who="មេធាវី សុខ", at=ago(hours=20))
    step(walk.by["clerk.bb"], held, "end", outcome="to_prosecutor")
    assert db.session.get(status.PersonStatus, person) is None
    walk.on_day(40)
    Program(walk.by["warrant.pp"]).post(f"court-orders/{pk}/return", {"at": now()})
    recall = {"at": now(), "paper_no": "7/26", "paper_on": dates.now().date().isoformat()}
    Program(walk.by["warrant.sr"]).post(f"court-orders/{brought.id}/recall", recall)
    walk.papers[pk].status, walk.papers[brought.id].status = "returned", "recalled"
    walk.compare()
    assert number in walk.by["warrant.bb"].get(f"/person/show/{person}").text


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
ON_NO_BOARD = "DELETE FROM open_clock WHERE person_id = :person"


def by_hand(statement, **values):
    """What `status check` finds out of this change, as whoever has the application's password would make it past every act; it
    is taken back.
    """
    db.session.rollback()
    connection = db.session.connection()
    try:
        named = {name: value for name, value in values.items() if f":{name}" in statement}
        connection.execute(text(statement), named)
        found = {
            "status": status.differences(connection)[1],
            "order": orders.differences(connection),
            "custody": custodies.differences(connection),
            "clock": deadline_index.differences(connection),
        }
        return {name for name, rows in found.items() if rows}
    finally:
        db.session.rollback()
