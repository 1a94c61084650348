"""The wanted status follows from active orders, in the same transaction and nationwide."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.court_orders import consistency_check
from app.court_orders.models import CourtOrder, OrderMatch
from app.court_orders.rules.people import is_child
from app.extensions import db
from app.inbox.models import Message
from app.kernel.actor import unrestricted
from app.kernel.schema.record_lock import exempt_changes
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people import nationwide, status
from app.people.deaths import DeathReport
from app.people.models import Person, PersonDocument
from app.people.visibility import Visibility
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.sample_orders import (
    add_event,
    assign_order,
    execute_order,
    make_active_order,
    make_document,
    make_order,
)
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, registered_before
from tests.people.sample_deaths import confirm_death
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


def read_status(session, person):
    """Return the current status of the person, or None."""
    row = status.get_statuses(session, [person.id]).get(person.id)
    return row.status if row is not None else None


def test_person_is_wanted_from_check_to_execution(db_session, each_database):
    order = make_active_order()
    person = order.person
    assert read_status(db_session, person) == "wanted"
    row = status.get_statuses(db_session, [person.id])[person.id]
    assert (row.number, row.basis, row.unit_code) == ("118/26", "arrest", "PC-02")
    execute_order(order)
    assert read_status(db_session, person) is None


def test_unchecked_order_makes_no_person_wanted(db_session):
    make_order()
    db_session.commit()
    assert db_session.query(status.PersonStatus).count() == 0


def test_recall_acquittal_and_death_end_wanted_status(db_session, each_database):
    for number, kind in enumerate(("recalled", "acquitted", "died")):
        order = make_active_order(number=f"{number}/26", person=_add_person(db_session, number))
        if kind == "died":
            confirm_death(order.person)
        add_event(order, kind, **make_document(order))
        assert read_status(db_session, order.person) == {"died": "deceased"}.get(kind), kind


def test_death_notice_ends_wanted_status_of_all_orders(db_session, each_database):
    person = _add_person(db_session, 1)
    first, _second = (make_active_order(number=f"{number}/26", person=person) for number in (1, 2))
    confirm_death(person)
    add_event(first, "died", **make_document(first))
    assert read_status(db_session, person) == "deceased"


def test_void_report_of_death_reopens_the_orders(db_session, client_as, each_database):
    person = _add_person(db_session, 1)
    order = make_active_order(person=person)
    confirm_death(person)
    add_event(order, "died", **make_document(order))
    db_session.commit()
    report = db_session.scalars(select(DeathReport)).one()
    number = request_correction(client_as("chief.bb"), report, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db_session.expire_all()
    assert (order.status, order.acts[-1].kind) == ("active", "revived")
    assert read_status(db_session, person) == "wanted"
    open_tasks = select(Message.text_key).where(Message.entity_id == order.id, Message.done_at.is_(None))
    keys = set(db_session.scalars(open_tasks.where(Message.entity == "court_order")))
    assert "order.alive" in keys and "order.death_confirmed" not in keys


def test_void_report_of_death_counts_for_a_suspended_order_too(db_session, client_as, each_database):
    """An acquittal followed the notice of death. When it is undone, the order is active: no person has died."""
    person = _add_person(db_session, 1)
    order = make_active_order(person=person)
    confirm_death(person)
    add_event(order, "died", **make_document(order))
    add_event(order, "acquitted", **make_document(order))
    db_session.commit()
    assert order.status == "suspended"
    report = db_session.scalars(select(DeathReport)).one()
    number = request_correction(client_as("chief.bb"), report, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db_session.expire_all()
    assert (order.status, order.acts[-1].kind) == ("suspended", "revived")
    alive = select(Message.id).where(Message.text_key == "order.alive", Message.entity_id == order.id)
    assert not db_session.scalars(alive).all(), "it is not active"
    add_event(order, "restored", **make_document(order))
    assert (order.status, read_status(db_session, person)) == ("active", "wanted")


def test_void_report_of_death_asks_for_no_recall(db_session, client_as, each_database):
    person = _add_person(db_session, 1)
    order = make_active_order(person=person)
    confirm_death(person)
    db_session.commit()
    assert find_tasks(db_session, "order.death_confirmed") == ["PC-02"]
    void(client_as, db_session.scalars(select(DeathReport)).one())
    assert find_tasks(db_session, "order.death_confirmed") == []
    assert (order.status, read_status(db_session, person)) == ("active", "wanted")


def test_unit_learns_that_its_order_is_in_force_again(db_session, client_as, each_database):
    """A recall and a replacement were void, and the unit that had stopped its search heard nothing."""
    person = _add_person(db_session, 1)
    recalled, replaced, other = (
        make_active_order(number=f"{number}/26", person=person) for number in (1, 2, 3)
    )
    recall = add_event(recalled, "recalled", **make_document(recalled))
    add_event(replaced, "replaced", by_order=other, **make_document(replaced))
    db_session.commit()
    assert (recalled.status, replaced.status) == ("recalled", "replaced")
    ids = recalled.id, replaced.id
    for act in (recall, other):
        number = request_correction(client_as("chief.bb"), act, kind="void")
        decide(client_as("planning"), number)
        apply_correction(client_as("twg"), number)
    db_session.expire_all()
    assert [db_session.get(CourtOrder, one).status for one in ids] == ["active", "active"]
    found = select(Message.entity_id, Message.to_unit_code).where(Message.text_key == "order.in_force_again")
    assert sorted(map(tuple, db_session.execute(found))) == [(one, "PC-02") for one in ids]


def test_minority_on_an_order_follows_the_day_of_the_offence(db_session, client_as, each_database):
    """An order without a day of its own counts from its case, also after the day or the case is corrected."""
    year = dates.now().year
    with acting_as("clerk.bb"):
        case, other = (
            add_registered_case(occurred_from=datetime(year - years, 6, 1, 8), occurred_to=None, late_reason="reported_late")
            for years in (2, 1)
        )  # fmt: skip
        db_session.commit()
    person = _add_person(db_session, 1)
    person.born_on = date(year - 19, 3, 1)
    db_session.commit()
    with registered_before(LOCKED_AGE):
        order = make_active_order(person=person, case=case)
        db_session.commit()
    assert order.minor, "17 years old"
    assert consistency_check.find_drift(db_session.connection()) == []

    def correct(record, **values):
        number = request_correction(client_as("chief.bb"), record, **values)
        decide(client_as("planning"), number)
        apply_correction(client_as("twg"), number)
        db_session.expire_all()
        assert consistency_check.find_drift(db_session.connection()) == []
        return db_session.get(CourtOrder, order.id).minor

    assert not correct(order, occurred_on=f"01-06-{year - 1}"), "18 years old"
    assert correct(order, occurred_on="")
    assert not correct(order, case=str(other.id))
    assert correct(order, case=str(case.id))


def test_corrected_day_of_a_case_hides_the_name_on_its_order(db_session, each_database):
    year = dates.now().year
    with acting_as("clerk.bb"):
        day = datetime(year - 1, 6, 1, 8)
        case = add_registered_case(occurred_from=day, occurred_to=None, late_reason="reported_late")
    person = _add_person(db_session, 1)
    person.born_on = date(year - 19, 3, 1)
    order = make_active_order(person=person, case=case)
    db_session.commit()
    assert not order.minor
    with acting_as("clerk.bb"):
        case.occurred_from = datetime(year - 2, 6, 1, 8)
        db_session.commit()
    db_session.expire_all()
    assert order.minor
    assert set(db_session.scalars(select(Visibility.minor).where(Visibility.order_id == order.id))) == {True}


def test_second_active_order_keeps_wanted_status(db_session):
    person = _add_person(db_session, 1)
    first, second = (
        make_active_order(number="1/26", person=person),
        make_active_order(number="2/26", person=person),
    )
    execute_order(first)
    assert read_status(db_session, person) == "wanted"
    execute_order(second)
    assert read_status(db_session, person) is None


def test_card_in_another_province_shows_wanted_status(db_session, client_as):
    order = make_active_order()
    db_session.commit()
    page = client_as("clerk.pp").send("/find/", {"q": str(order.person)}).text
    assert "កំពុងតាមចាប់" in page and "118/26" in page


def test_person_is_visible_in_provinces_of_the_order(db_session, client_as, each_database):
    order = make_active_order()
    db_session.commit()
    url = f"/person/show/{order.person_id}"
    assert client_as("clerk.pp").get(url).status_code == 404
    assert client_as("clerk.bb").get(url).status_code == 200
    assign_order(order)
    db_session.commit()
    assert client_as("clerk.pp").get(url).status_code == 200
    assert client_as("clerk.bb").get(url).status_code == 200
    assert client_as("clerk.bb").get(f"/courtorder/show/{order.id}").status_code == 200


def test_order_outside_scope_is_not_visible(db_session, client_as):
    order = make_active_order()
    db_session.commit()
    assert client_as("warrant.pp").get(f"/courtorder/show/{order.id}").status_code == 404
    assert "118/26" not in client_as("warrant.pp").get("/courtorder/list/").text


def _add_person(session, number):
    person = make_registered_person(number)
    session.add(person)
    session.flush()
    return person


def test_person_card_includes_status(app, db_session):
    order = make_active_order()
    db_session.commit()
    with nationwide.nationwide_session() as session:
        row = status.get_statuses(session, [order.person_id])[order.person_id]
        card = nationwide.PersonCard.from_person(session.get(Person, order.person_id), row)
    assert card.status.status == "wanted"


def correct(person, **values):
    """Change a person as an applied correction does."""
    with acting_as("twg"), unrestricted(db.session), exempt_changes(db.session, {}):
        for name, value in values.items():
            setattr(person, name, value)
    db.session.commit()


def find_tasks(session, text_key):
    """Return the units with an open task."""
    tasks = select(Message.to_unit_code).where(Message.text_key == text_key, Message.done_at.is_(None))
    return session.scalars(tasks).all()


def test_child_by_a_corrected_birth_is_not_wanted_and_the_owner_is_notified(db_session, each_database):
    """V049."""
    order = make_active_order(occurred_on=date(2026, 10, 1))
    db_session.commit()
    correct(order.person, born_on=date(2014, 10, 1))
    assert read_status(db_session, order.person) is None and not order.is_wanted
    assert order.status == "active" and find_tasks(db_session, "order.person_is_child") == ["PC-02"]
    correct(order.person, born_on=date(2012, 10, 1))
    assert read_status(db_session, order.person) == "wanted" and order.is_wanted
    assert find_tasks(db_session, "order.person_is_child") == []
    assert status.find_drift(db_session.connection())[1] == []


@pytest.mark.parametrize(("of", "name", "value"), [
    ("order", "kind", "summons"), ("order", "occurred_on", date(1999, 1, 1)), ("order", "issued_on", date(1999, 1, 1)),
    ("person", "born_on", dates.now().date() - timedelta(days=4000)), ("case", "occurred_from", datetime(1999, 1, 1, 8)),
])  # fmt: skip
def test_no_edit_by_one_officer_ends_a_search(db_session, client_as, each_database, of, name, value):
    with acting_as("clerk.bb"):
        case = add_registered_case() if of == "case" else None
    order = make_active_order(case=case)
    db_session.commit()
    record = {"order": order, "person": order.person, "case": case}[of]
    with acting_as("warrant.bb"):
        with pytest.raises(RuleViolation) as refused:
            setattr(record, name, value)
            db_session.flush()
        db_session.rollback()
    assert [one.field for one in refused.value.problems] == [name]
    assert read_status(db_session, order.person) == "wanted"
    assert consistency_check.find_drift(db_session.connection()) == []


@pytest.mark.parametrize(("name", "value"), [("surname_km", "ម៉ៅ"), ("given_latin", "Xyz"), ("sex", "F")])
def test_wanted_person_gets_no_other_name_from_one_officer(db_session, clerk, each_database, name, value):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        db_session.commit()
    person = case.involvements[0].person
    order = make_active_order(person, surname_latin=None)
    db_session.commit()
    url, before = f"/person/edit/{person.id}", getattr(person, name)
    typed = clerk.page(url).typed()
    refused = clerk.post(url, data=typed | {name: value})
    assert refused.status_code == 422 and order.number in Page(refused.text).by_id(f"{name}-bad").text
    db_session.expire_all()
    assert getattr(person, name) == before


def test_wanted_person_gets_the_name_of_the_checked_order(db_session, each_database):
    with acting_as("clerk.bb"):
        person = _add_person(db_session, 3)
    person.given_km = "ដារ៉"
    make_active_order(person)
    db_session.commit()
    with acting_as("clerk.bb"):
        person.given_km = "ដារ៉ា"
        db_session.commit()
    db_session.expire_all()
    assert person.given_km == "ដារ៉ា"


@pytest.mark.parametrize("edit", [
    lambda person: setattr(person.documents[0], "number", "099999999"),
    lambda person: setattr(person, "born_on", date(1980, 1, 1)),
    lambda person: setattr(person.names[0], "text_km", "ផ្សេង"),
    lambda person: person.documents.append(PersonDocument(kind="national_id", number="010123456")),
], ids=["document", "birth", "other name", "new document"])  # fmt: skip
def test_chief_is_notified_of_an_edited_identity_of_a_wanted_person(db_session, each_database, edit):
    with acting_as("clerk.bb"):
        order = make_active_order(_add_person(db_session, 3))
        db_session.commit()
        edit(order.person)
        db_session.commit()
    found = select(Message.to_role, Message.to_unit_code).where(Message.text_key == "order.person_edited")
    assert set(db_session.execute(found)) == {(None, "PC-02"), ("Provincial chief", "PC-02")}


@pytest.mark.parametrize("values", [
    {"born_on": date(2012, 10, 2)}, {"born_on": date(2012, 11, 30), "birth_precision": "month"},
    {"born_on": date(2013, 6, 1), "birth_precision": "year"}, {"born_on": None, "birth_year": 2013},
    {"born_on": None, "birth_year": None, "age_from": 10, "age_to": 13}, {"born_on": None, "birth_year": None, "age_stated": 13},
    {"born_on": date(2012, 10, 1)}, {"born_on": date(2012, 10, 31), "birth_precision": "month"},
    {"born_on": date(2012, 6, 1), "birth_precision": "year"}, {"born_on": None, "birth_year": 2012},
    {"born_on": None, "birth_year": None, "age_from": 10, "age_to": 14}, {"born_on": None, "birth_year": None},
    {"born_on": date(2026, 10, 2)},
])  # fmt: skip
def test_database_and_rule_agree_on_who_is_a_child(db_session, each_database, values):
    order = make_active_order(occurred_on=date(2026, 10, 1))
    db_session.commit()
    correct(order.person, **values)
    assert (read_status(db_session, order.person) == "wanted") is not is_child(order, order.person)


def test_order_before_the_code_of_procedure_follows_the_law_of_its_day(db_session, each_database):
    day = date(2003, 5, 1)
    order = make_active_order(occurred_on=day, issued_on=day, received_on=day)
    db_session.commit()
    correct(order.person, born_on=date(1990, 4, 1))
    assert read_status(db_session, order.person) == "wanted"
    correct(order.person, born_on=date(1990, 6, 1))
    assert read_status(db_session, order.person) is None


def void(client_as, record):
    """Void a record by a correction of three officers."""
    number = request_correction(client_as("chief.bb"), record, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db.session.expire_all()


def test_void_person_is_not_wanted_and_the_owner_is_notified(db_session, person, client_as, each_database):
    order = make_active_order(person)
    db_session.commit()
    void(client_as, person)
    assert person.is_void and read_status(db_session, person) is None
    assert order.status == "active" and find_tasks(db_session, "order.person_void") == ["PC-02"]
    assert status.find_drift(db_session.connection())[1] == []


def test_void_person_is_not_under_judicial_supervision(db_session, person, client_as):
    make_active_order(person, kind="supervision")
    db_session.commit()
    assert read_status(db_session, person) == "supervised"
    void(client_as, person)
    assert read_status(db_session, person) is None
    assert status.find_drift(db_session.connection())[1] == []


def test_order_of_a_void_person_is_verified_again(db_session, person, client_as, each_database):
    order, right = make_active_order(person), _add_person(db_session, 5)
    db_session.commit()
    void(client_as, person)
    add_event(order, "checked", person=right)
    db_session.commit()
    assert (order.person_id, order.status) == (right.id, "active")
    assert read_status(db_session, right) == "wanted" and find_tasks(db_session, "order.person_void") == []
    with pytest.raises(RuleViolation):
        add_event(order, "checked", person=person)
    db_session.rollback()


def test_match_follows_the_person_of_its_order(db_session, person, client_as, each_database):
    """The record of the person was void: the order is about another person, who was met in the same case."""
    order, right = make_active_order(person), _add_person(db_session, 5)
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(person, "suspect"), (right, "suspect")])
    db_session.commit()
    void(client_as, next(one for one in case.involvements if one.person is person))
    void(client_as, person)
    add_event(order, "checked", person=right)
    db_session.commit()
    match = db_session.scalars(select(OrderMatch)).one()
    assert (match.state, match.person_id) == ("waiting", right.id)
    assert consistency_check.find_drift(db_session.connection()) == []


def test_age_at_the_offence_of_the_case_decides_who_is_a_child(db_session, each_database):
    """The order comes two years after the offence. It names no day of the offence, so the day of the case counts."""
    occurred = dates.now().replace(microsecond=0) - timedelta(days=700)
    person = make_registered_person(born_on=(occurred - timedelta(days=4900)).date())  # 13 at the offence
    case = add_registered_case(
        people=[(person, "other")], occurred_from=occurred, occurred_to=None, reported_at=occurred,
        late_reason="reported_late",
    )  # fmt: skip
    order = make_active_order(person, case=case)
    assert is_child(order, person) and not order.is_wanted and read_status(db_session, person) is None
    case.occurred_from = occurred + timedelta(days=300)
    db_session.flush()
    assert not is_child(order, person) and order.is_wanted and read_status(db_session, person) == "wanted"
