"""Demo orders are consistent: their state follows from their events, and the right persons are wanted."""

from datetime import date, datetime

from sqlalchemy import func, select

from app.court_orders import derived_columns, state_machine
from app.court_orders.flush_hooks import valid_events
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.rules import OrderFacts
from app.court_orders.rules.people import is_minor
from app.demo import court_orders
from app.kernel.actor import ANONYMOUS
from app.kernel.schema.rules import ERROR, check_rules
from app.people import status
from app.people.models import Person
from app.people.rules import get_ages_on
from app.people.visibility import Visibility
from app.reference.models import Unit
from tests.demo.conftest import UNTIL, ignore_output

ORDERS = 400


def generate_orders(session, owner, orders=ORDERS):
    court_orders.generate_orders(owner, orders=orders, seed=1, report=ignore_output, until=UNTIL)
    session.expire_all()


def test_orders_match_their_events(small_country, owner, each_database):
    generate_orders(small_country, owner)
    orders = small_country.scalars(select(CourtOrder)).unique().all()
    assert len(orders) == ORDERS

    def area_of(code):
        return small_country.get(Unit, code).area_code

    for order in orders:
        for name, value in derived_columns.compute_columns(
            order, valid_events(order), area_of, ANONYMOUS
        ).items():
            assert getattr(order, name) == value, (order.number, name)
        assert order.issued_on >= datetime(2000, 1, 1).date()
        assert [act.at for act in order.acts] == sorted(act.at for act in order.acts)


def test_stored_statuses_match_computed_ones(small_country, owner, each_database):
    generate_orders(small_country, owner)
    count, differ = status.find_drift(small_country.connection())
    wanted = small_country.scalar(select(func.count()).where(status.PersonStatus.status == "wanted"))
    searched = select(func.count(CourtOrder.person_id.distinct())).where(
        CourtOrder.status == state_machine.ACTIVE, CourtOrder.kind.in_(state_machine.WANTED_KINDS)
    )
    assert count >= 400 and differ == []
    assert 0 < wanted <= small_country.scalar(searched)


def test_orders_make_their_persons_visible(small_country, owner):
    generate_orders(small_country, owner)
    named = small_country.scalars(select(CourtOrder.id).where(CourtOrder.person_id.is_not(None))).all()
    assert set(small_country.scalars(select(Visibility.order_id).distinct())) - {None} == set(named)


def test_second_run_adds_rows(small_country, owner):
    generate_orders(small_country, owner, 50)
    generate_orders(small_country, owner, 50)
    assert small_country.scalar(select(func.count(CourtOrder.id))) == 100
    assert small_country.scalar(select(func.count(OrderEvent.id))) > 100


def list_errors(record, facts):
    problems = check_rules(record.__rules__, record, facts)
    return [(one.rule, one.field) for one in problems if one.severity == ERROR]


def test_orders_and_their_events_pass_all_rules(small_country, owner, app):
    generate_orders(small_country, owner)
    orders = small_country.scalars(select(CourtOrder)).unique().all()
    assert {one.kind for one in orders} >= set(court_orders.KINDS.values)
    with app.test_request_context():
        for order in orders:
            assert list_errors(order, OrderFacts(now=order.recorded_at)) == [], (order.kind, order.issued_on)
            for event in order.acts:
                assert list_errors(event, OrderFacts(now=event.recorded_at)) == [], (order.kind, event.kind)


def test_no_order_is_against_a_child(small_country, owner):
    generate_orders(small_country, owner)
    orders = small_country.scalars(select(CourtOrder).where(CourtOrder.person_id.is_not(None))).unique().all()
    ages = [get_ages_on(one.person, one.occurred_on or one.issued_on) for one in orders]
    assert ages and all(lowest >= 18 for lowest, _highest in ages)


def test_person_of_an_order_is_of_age_though_only_the_year_of_birth_is_known():
    none = dict.fromkeys(court_orders.Suspect.__dataclass_fields__)
    suspect = court_orders.Suspect(**none | {"born_on": date(2000, 1, 1)})
    person = Person(born_on=suspect.born_on, birth_precision="year")
    assert not is_minor(CourtOrder(issued_on=suspect.adult_since), person)
