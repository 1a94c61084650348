"""The demo's orders stand as real ones would: their state is that of their acts, and the right people are wanted."""

from datetime import datetime

from sqlalchemy import func, select

from app.court_orders import derived_columns, state_machine
from app.court_orders.flush_hooks import standing
from app.court_orders.models import CourtOrder, OrderEvent
from app.demo import court_orders
from app.kernel.actor import NOBODY
from app.people import status
from app.people.visibility import Visibility
from app.reference.models import Unit
from tests.demo.conftest import UNTIL, quiet

ORDERS = 400


def with_orders(session, owner, orders=ORDERS):
    court_orders.fill(owner, orders=orders, seed=1, say=quiet, until=UNTIL)
    session.expire_all()


def test_orders_are_as_their_acts_make_them(small_country, owner, each_database):
    with_orders(small_country, owner)
    orders = small_country.scalars(select(CourtOrder)).unique().all()
    assert len(orders) == ORDERS

    def area_of(code):
        return small_country.get(Unit, code).area_code

    for order in orders:
        for name, value in derived_columns.told(order, standing(order), area_of, NOBODY).items():
            assert getattr(order, name) == value, (order.number, name)
        assert order.issued_on >= datetime(2000, 1, 1).date()
        assert [act.at for act in order.acts] == sorted(act.at for act in order.acts)


def test_every_stored_status_is_the_computed_one(small_country, owner, each_database):
    with_orders(small_country, owner)
    count, differ = status.differences(small_country.connection())
    wanted = small_country.scalar(select(func.count()).where(status.PersonStatus.status == "wanted"))
    searched = select(func.count(CourtOrder.person_id.distinct())).where(
        CourtOrder.status == state_machine.ACTIVE, CourtOrder.kind.in_(state_machine.WANTED_FOR)
    )
    assert count >= 400 and differ == []
    assert 0 < wanted <= small_country.scalar(searched)


def test_whoever_sees_an_order_sees_its_person(small_country, owner):
    with_orders(small_country, owner)
    named = small_country.scalars(select(CourtOrder.id).where(CourtOrder.person_id.is_not(None))).all()
    assert set(small_country.scalars(select(Visibility.order_id).distinct())) - {None} == set(named)


def test_a_second_run_adds_to_the_first(small_country, owner):
    with_orders(small_country, owner, 50)
    with_orders(small_country, owner, 50)
    assert small_country.scalar(select(func.count(CourtOrder.id))) == 100
    assert small_country.scalar(select(func.count(OrderEvent.id))) > 100
