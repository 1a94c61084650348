"""Who is wanted follows from active orders, in the same transaction and for the whole nation."""

from app.people import nationwide, status
from app.people.models import Person
from tests.court_orders.sample_orders import act, an_active_order, an_order, assigned, executed, paper_of
from tests.sample_rows import a_registered_person, written_by


def status_of(session, person):
    row = status.of(session, [person.id]).get(person.id)
    return row.status if row is not None else None


def test_a_person_is_wanted_from_the_check_until_the_execution(db_session, each_database):
    order = an_active_order()
    person = order.person
    assert status_of(db_session, person) == "wanted"
    row = status.of(db_session, [person.id])[person.id]
    assert (row.number, row.basis, row.unit_code) == ("118/26", "arrest", "PC-02")
    executed(order)
    assert status_of(db_session, person) is None


def test_an_order_that_nobody_has_checked_makes_nobody_wanted(db_session):
    an_order()
    db_session.commit()
    assert db_session.query(status.PersonStatus).count() == 0


def test_recall_acquittal_and_death_clear_it_at_once(db_session, each_database):
    for number, kind in enumerate(("recalled", "acquitted", "died")):
        order = an_active_order(number=f"{number}/26", person=_somebody(db_session, number))
        act(order, kind, **paper_of(order))
        assert status_of(db_session, order.person) == {"died": "deceased"}.get(kind), kind
    order = an_active_order(number="9/26", person=_somebody(db_session, 9))
    with written_by("investigator.bb"):
        order.person.deceased_on = order.issued_on
        db_session.flush()
    assert status_of(db_session, order.person) == "deceased"
    with written_by("investigator.bb"):
        order.person.deceased_on = None
        db_session.flush()
    assert status_of(db_session, order.person) == "wanted"


def test_a_notice_of_death_on_one_order_ends_the_search_on_all_until_it_is_taken_back(
    db_session, each_database
):
    person = _somebody(db_session, 1)
    first, _second = (an_active_order(number=f"{number}/26", person=person) for number in (1, 2))
    act(first, "died", **paper_of(first))
    assert status_of(db_session, person) == "deceased"
    act(first, "revived", **paper_of(first))
    assert status_of(db_session, person) == "wanted"


def test_another_active_order_keeps_somebody_wanted(db_session):
    person = _somebody(db_session, 1)
    first, second = (
        an_active_order(number="1/26", person=person),
        an_active_order(number="2/26", person=person),
    )
    executed(first)
    assert status_of(db_session, person) == "wanted"
    executed(second)
    assert status_of(db_session, person) is None


def test_the_card_says_wanted_to_a_clerk_of_another_province(db_session, client_as):
    order = an_active_order()
    db_session.commit()
    page = client_as("clerk.pp").send("/find/", {"q": str(order.person)}).text
    assert "កំពុងតាមចាប់" in page and "118/26" in page


def test_somebody_is_seen_where_his_order_is(db_session, client_as, each_database):
    order = an_active_order()
    db_session.commit()
    url = f"/person/show/{order.person_id}"
    assert client_as("clerk.pp").get(url).status_code == 404
    assert client_as("clerk.bb").get(url).status_code == 200
    assigned(order)
    db_session.commit()
    assert client_as("clerk.pp").get(url).status_code == 200
    assert client_as("clerk.bb").get(url).status_code == 200
    assert client_as("clerk.bb").get(f"/courtorder/show/{order.id}").status_code == 200


def test_an_order_is_as_shut_as_its_part(db_session, client_as):
    order = an_active_order()
    db_session.commit()
    assert client_as("warrant.pp").get(f"/courtorder/show/{order.id}").status_code == 404
    assert "118/26" not in client_as("warrant.pp").get("/courtorder/list/").text


def _somebody(session, number):
    person = a_registered_person(number)
    session.add(person)
    session.flush()
    return person


def test_the_card_of_a_person_carries_his_status(app, db_session):
    order = an_active_order()
    db_session.commit()
    with nationwide.nation() as session:
        row = status.of(session, [order.person_id])[order.person_id]
        card = nationwide.Card.of(session.get(Person, order.person_id), row)
    assert card.status.status == "wanted"
