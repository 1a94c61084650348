"""The wanted status follows from active orders, in the same transaction and nationwide."""

from app.people import nationwide, status
from app.people.models import Person
from tests.court_orders.sample_orders import (
    add_event,
    assign_order,
    execute_order,
    make_active_order,
    make_document,
    make_order,
)
from tests.people.sample_deaths import confirm_death
from tests.sample_rows import make_registered_person


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
