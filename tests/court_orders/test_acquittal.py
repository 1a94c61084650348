"""An acquittal holds the orders of its own case, in whichever province they are searched for, and no other order."""

from datetime import date

from sqlalchemy import event, select

from app.accounts.models import User
from app.accounts.user_scope import scope_of
from app.court_orders.acquittal import hold_orders
from app.court_orders.models import CourtOrder
from app.kernel.actor import THE_REGISTER, Actor, act_as
from app.people import status
from tests.court_orders.sample_orders import an_active_order
from tests.sample_rows import a_registered_case, written_by


def test_it_ends_the_search_at_once_and_of_that_case_alone(db_session, each_database):
    """V055."""
    with written_by("clerk.bb"):
        case, other = a_registered_case(), a_registered_case(place="020301")
    person = case.involvements[0].person
    of_case = an_active_order(person, number="1/26", case=case)
    of_other = an_active_order(person, number="2/26", case=other)
    db_session.commit()
    judge = db_session.scalars(select(User).where(User.username == "clerk.pp")).unique().one()
    ids = person.id, case.id
    keys = of_case.id, of_other.id
    actor = Actor(judge.id, judge.unit_code, scope=scope_of(judge))
    db_session.expunge_all()
    act_as(db_session, actor)
    held = []  # a session forgets by itself what nobody holds, and would prove nothing
    event.listen(db_session(), "loaded_as_persistent", lambda _session, one: held.append(one))
    assert hold_orders(db_session, *ids, "12/26", date(2026, 11, 1)) == 1
    assert any(isinstance(one, CourtOrder) for one in held)
    assert db_session.get(CourtOrder, keys[0]) is None  # nothing of it is shown in Phnom Penh
    db_session.commit()
    act_as(db_session, THE_REGISTER)
    states = [db_session.get(CourtOrder, key).status for key in keys]
    assert states == ["held", "active"]
    assert status.of(db_session, [ids[0]])[ids[0]].entity_id == keys[1]
    assert hold_orders(db_session, ids[0], other_case(db_session, keys[1]), "13/26", date(2026, 11, 1)) == 1
    db_session.commit()
    assert status.of(db_session, [ids[0]]) == {}


def other_case(session, order_id):
    return session.get(CourtOrder, order_id).case_id
