"""An acquittal suspends the orders of its case in every province, and no other order."""

from datetime import date

from sqlalchemy import event, select

from app.accounts.models import User
from app.accounts.user_scope import build_user_scope
from app.court_orders.acquittal import Decision, apply_decision
from app.court_orders.models import CourtOrder
from app.kernel.actor import SYSTEM, Actor, act_as
from app.people import status
from tests.court_orders.sample_orders import make_active_order
from tests.sample_rows import acting_as, add_registered_case

DECISION = Decision(1, "12/26", date(2026, 11, 1), date(2026, 11, 1))


def test_acquittal_suspends_only_orders_of_its_case(db_session, each_database):
    """V055."""
    with acting_as("clerk.bb"):
        case, other = add_registered_case(), add_registered_case(place="020301")
    person = case.involvements[0].person
    in_case = make_active_order(person, number="1/26", case=case)
    in_other = make_active_order(person, number="2/26", case=other)
    db_session.commit()
    judge = db_session.scalars(select(User).where(User.username == "clerk.pp")).unique().one()
    ids = person.id, case.id
    keys = in_case.id, in_other.id
    actor = Actor(judge.id, judge.unit_code, scope=build_user_scope(judge))
    db_session.expunge_all()
    act_as(db_session, actor)
    loaded = []  # strong references: the session drops unreferenced records, which would hide a leak
    event.listen(db_session(), "loaded_as_persistent", lambda _session, one: loaded.append(one))
    assert apply_decision(db_session, *ids, DECISION) == 1
    assert any(isinstance(one, CourtOrder) for one in loaded)
    assert db_session.get(CourtOrder, keys[0]) is None  # not visible in Phnom Penh
    db_session.commit()
    act_as(db_session, SYSTEM)
    states = [db_session.get(CourtOrder, key).status for key in keys]
    assert states == ["suspended", "active"]
    assert status.get_statuses(db_session, [ids[0]])[ids[0]].entity_id == keys[1]
    assert apply_decision(db_session, ids[0], get_case_id(db_session, keys[1]), DECISION) == 1
    db_session.commit()
    assert status.get_statuses(db_session, [ids[0]]) == {}


def get_case_id(session, order_id):
    return session.get(CourtOrder, order_id).case_id
