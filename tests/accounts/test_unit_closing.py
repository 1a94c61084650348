"""Two administrators close a unit: its successor takes over the people, the duties and the view of its records."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from app.accounts.chain_of_command import find_responsible_chief, is_in_command_chain
from app.accounts.staff_models import StaffRequest
from app.cases.drafts import Draft
from app.cases.models import Case
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.models import NOTICE, TASK, Message
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.schema import lookups
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people.visibility import Visibility
from app.reference.models import Unit
from app.reference.search import find_units, find_units_below
from tests import sample_rows
from tests.accounts.sample_staff import NOTE, acting_as, change_as_system, find_user
from tests.court_orders.sample_orders import assign_order, make_active_order

CLOSED, SUCCESSOR = "DI-0201", "PC-02"
POST = {
    "code": "PO-0201", "name_km": "ប៉ុស្តិ៍", "name_en": "Post", "kind": "post", "parent_code": CLOSED,
    "area_code": "0201",
}  # fmt: skip


@pytest.fixture
def twg(client_as):
    return client_as("twg", "en")


@pytest.fixture
def person_id(db_session):
    """A person of Phnom Penh that only the closed unit sees, and the duties of that unit."""
    person = sample_rows.make_registered_person()
    with sample_rows.acting_as("clerk.pp"):
        case = sample_rows.add_registered_case(place=sample_rows.PHNOM_PENH, people=[(person, "suspect")])
    now = dates.now()

    def add_rows():
        find_user("clerk.bb").unit_code = CLOSED
        db.session.add(Unit(**POST))
        db.session.execute(
            insert(Visibility.__table__).values(
                person_id=person.id, unit_code=CLOSED, hidden=False, minor=False
            )
        )
        db.session.add(
            Draft(
                token="t",
                user_id=find_user("clerk.pp").id,
                payload={"fields": []},
                saved_at=now,
                unit_code=CLOSED,
            )
        )
        db.session.add(
            AccessGrant(kind=SHARE, entity="case", entity_id=case.id, unit_code=CLOSED, granted_at=now)
        )
        send_message(db.session, TASK, text_key="draft.sent", to_unit=CLOSED, unit="x")

    change_as_system(add_rows)
    return person.id


def request_closing(browser, **over):
    today = dates.now().strftime("%d/%m/%Y")
    form = {
        "kind": "inspectorate", "parent": "PC-02", "area": "0201", "families__shown": "1",
        "valid_to": today, "successor": SUCCESSOR, "reason": "តាមប្រកាស",
    }  # fmt: skip
    return browser.send(f"/scope-changes/unit/{CLOSED}", form | over)


def decide_last(browser):
    one = db.session.scalar(select(StaffRequest.id).order_by(StaffRequest.id.desc()))
    return browser.send(f"/staff-requests/decide/{one}", {"decision": "yes", "note": NOTE})


def close_unit(twg, client_as):
    assert request_closing(twg).status_code == 302
    assert decide_last(client_as("admin", "en")).status_code == 302
    db.session.expire_all()


def test_successor_receives_people_duties_and_rows(twg, client_as, person_id, db_session, each_database):
    clerk = client_as("clerk.bb", "en")
    assert clerk.get(f"/person/show/{person_id}").status_code == 200
    other = client_as("investigator.bb", "en")
    assert other.get(f"/person/show/{person_id}").status_code == 404
    assert request_closing(twg).status_code == 302
    assert db.session.get(Unit, CLOSED).valid_to is None, "one person closes nothing"
    assert decide_last(client_as("admin", "en")).status_code == 302
    db.session.expire_all()
    unit = db.session.get(Unit, CLOSED)
    assert (unit.valid_to, unit.successor_code) == (dates.now().date(), SUCCESSOR)
    assert find_user("clerk.bb").unit_code == SUCCESSOR
    assert db.session.get(Unit, POST["code"]).parent_code == SUCCESSOR
    assert db.session.query(Draft).one().unit_code == SUCCESSOR
    assert db.session.query(AccessGrant).one().unit_code == SUCCESSOR
    assert not db.session.query(Message).filter_by(to_unit_code=CLOSED).count()
    for browser in clerk, other:  # the clerk is still signed in
        assert browser.get(f"/person/show/{person_id}").status_code == 200
    notified = {
        (one.to_role, one.to_unit_code) for one in db.session.query(Message).filter_by(text_key="staff.done")
    }
    assert {("Provincial chief", SUCCESSOR), ("Auditor", None)} <= notified
    assert unit.name_en in client_as("auditor", "en").page("/inbox/list/").text


def test_functions_of_the_moved_accounts_end(twg, client_as, person_id, db_session, each_database):
    """A juvenile officer of an inspectorate would see the minors of the whole province."""
    change_as_system(lambda: setattr(find_user("clerk.bb"), "functions", "juvenile_officer"))
    close_unit(twg, client_as)
    moved = find_user("clerk.bb")
    assert (moved.unit_code, moved.functions) == (SUCCESSOR, None)


def test_record_saved_while_the_unit_closes_reaches_the_successor(
    twg, client_as, person_id, db_session, each_database
):
    """The clerk's transaction still has the old unit."""
    with sample_rows.acting_as("clerk.bb"):
        case = sample_rows.add_registered_case(place="020101")
        case_id = case.id
    db_session.commit()
    close_unit(twg, client_as)
    assert db.session.get(Case, case_id).unit_code == CLOSED
    assert client_as("investigator.bb").get(f"/case/show/{case_id}").status_code == 200


def test_closed_unit_is_offered_in_filters_only(twg, client_as, person_id, db_session):
    close_unit(twg, client_as)
    assert CLOSED not in [one["id"] for one in find_units(CLOSED)]
    (found,) = [one for one in find_units(CLOSED, ended=True) if one["id"] == CLOSED]
    assert found["detail"].endswith(("closed", "បានបិទ"))
    assert CLOSED in find_units_below(SUCCESSOR)
    manager = client_as("manager", "en")
    page = manager.page(f"/case/list/?_flt_0_unit={CLOSED}")
    assert "(closed)" in page.text
    with acting_as("admin"):
        assert "បាត់ដំបង" in lookups.get_lookup("unit").explain(db.session.get(Unit, CLOSED))


def test_successor_answers_for_a_closed_unit(twg, client_as, person_id, db_session):
    close_unit(twg, client_as)
    chief = find_user("chief.bb")
    assert is_in_command_chain(chief, CLOSED) and find_responsible_chief(CLOSED)[1] == SUCCESSOR
    message = send_message(db.session, NOTICE, text_key="draft.sent", to_unit=CLOSED, unit="x")
    assert message.to_unit_code == SUCCESSOR


def test_own_work_list_has_the_orders_of_the_closed_unit(
    twg, client_as, person_id, db_session, each_database
):
    order = make_active_order()
    assign_order(order, CLOSED)
    db_session.commit()
    browser = client_as("warrant.bb")
    assert order.number not in browser.get("/orders/worklist/?own=1").text
    close_unit(twg, client_as)
    assert order.number in browser.get("/orders/worklist/?own=1").text


@pytest.mark.parametrize(
    ("over", "text"),
    [
        ({"successor": "PC-12"}, "must include the area"),
        ({"successor": "D-DRUG"}, "must include those"),
        ({"successor": ""}, "Enter both"),
        ({"valid_to": ""}, "Enter both"),
        ({"valid_to": (dates.now() + timedelta(days=1)).strftime("%d/%m/%Y")}, "cannot be in the future"),
        ({"successor": CLOSED}, "cannot be the unit itself"),
        ({"successor": POST["code"]}, "cannot be the unit itself or a unit below it"),
    ],
)
def test_unsuitable_successor_is_refused_and_the_form_kept(twg, person_id, db_session, over, text):
    answer = request_closing(twg, **over)
    assert answer.status_code == 422 and text in answer.text and "តាមប្រកាស" in answer.text
    assert not db.session.query(StaffRequest).count()


def test_unit_does_not_end_before_its_last_entry(twg, client_as, person_id, db_session, each_database):
    """At the request, and at the approval if a record was entered in between."""
    yesterday = (dates.now() - timedelta(days=1)).strftime("%d/%m/%Y")
    assert request_closing(twg, valid_to=yesterday).status_code == 302
    with sample_rows.acting_as("clerk.bb"):
        sample_rows.add_registered_case(place="0201")
        db_session.commit()
    assert "entered a record" in decide_last(client_as("admin", "en")).text
    db_session.expire_all()
    assert db_session.get(Unit, CLOSED).valid_to is None
    answer = request_closing(twg, valid_to=yesterday)
    assert answer.status_code == 422 and "entered a record" in answer.text and "តាមប្រកាស" in answer.text


def test_nothing_new_is_given_to_a_closed_unit(twg, client_as, person_id, db_session):
    close_unit(twg, client_as)
    answer = request_closing(twg, valid_to="", successor="", parent=CLOSED)
    assert answer.status_code == 422
    with acting_as("admin"), pytest.raises(RuleViolation):
        find_user("clerk.pp").unit_code = CLOSED
        db_session.flush()


def test_second_closing_moves_the_first_units_rows_too(twg, client_as, person_id, db_session):
    new = POST | {"code": "PC-02N", "kind": "inspectorate", "area_code": "02", "parent_code": "GCNP"}
    change_as_system(lambda: db.session.add(Unit(**new)))
    close_unit(twg, client_as)
    change_as_system(lambda: setattr(db.session.get(Unit, SUCCESSOR), "phone", None))
    form = {
        "kind": "provincial_commissariat", "parent": "GCNP", "area": "02", "families__shown": "1",
        "valid_to": (dates.now() - timedelta(days=1)).strftime("%d/%m/%Y"), "successor": "PC-02N", "reason": "x",
    }  # fmt: skip
    unit = db.session.get(Unit, SUCCESSOR)
    form |= {"kind": unit.kind, "parent": unit.parent_code or ""}
    assert twg.send(f"/scope-changes/unit/{SUCCESSOR}", form).status_code == 302
    assert decide_last(client_as("admin", "en")).status_code == 302
    db.session.expire_all()
    assert db.session.get(Unit, CLOSED).successor_code == "PC-02N"
    assert find_user("clerk.bb").unit_code == "PC-02N"
    assert client_as("clerk.bb").get(f"/person/show/{person_id}").status_code == 200
