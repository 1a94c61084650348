"""Limitation runs from the last act of the court: entries in the system and acts of the police do not count."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.court_orders import limitation_notices
from app.court_orders.models import OrderEvent
from app.court_orders.rules import OrderFacts
from app.court_orders.rules.limitation import add_years, limitation_has_not_passed
from app.inbox.models import Message
from app.kernel.text import dates
from app.reference.time_limits import get_limits
from tests.court_orders.rule_examples import make_order
from tests.court_orders.sample_orders import add_event, make_active_order, make_document

MISDEMEANOUR = {"offence_class": "misdemeanour", "issued_on": date(2008, 3, 5)}


@pytest.fixture
def limits(db_session, each_database):
    """The limits as shipped."""
    return get_limits()


def is_asked(order, day, limits, kind="validated"):
    """Return whether an act of that day on the order gets the warning."""
    act = OrderEvent(order=order, kind=kind, at=datetime.combine(day, datetime.min.time()))
    problems = list(limitation_has_not_passed(act, OrderFacts(limits=limits)))
    order.acts.remove(act)
    return [(one.rule, one.severity) for one in problems] == [("V078", "warning")]


@pytest.mark.parametrize(
    ("values", "last_day"),
    [
        (MISDEMEANOUR, date(2013, 3, 4)),
        (MISDEMEANOUR | {"offence_class": "felony"}, date(2023, 3, 4)),
        (MISDEMEANOUR | {"offence_class": "petty"}, date(2009, 3, 4)),
        (MISDEMEANOUR | {"kind": "judgment"}, date(2013, 3, 4)),
        (MISDEMEANOUR | {"kind": "judgment", "offence_class": "felony"}, date(2028, 3, 4)),
        (MISDEMEANOUR | {"issued_on": date(2008, 3, 31)}, date(2013, 3, 30)),
    ],
)
def test_limitation_passes_on_the_day_of_the_law(limits, values, last_day):
    order = make_order(**values)
    for kind in ("checked", "validated", "executed"):
        assert not is_asked(order, last_day, limits, kind)
        assert is_asked(order, date.fromordinal(last_day.toordinal() + 1), limits, kind)


@pytest.mark.parametrize("kind", ["checked", "assigned", "attempt", "seen", "validated", "notice"])
def test_own_entries_interrupt_nothing(limits, kind):
    order = make_order(**MISDEMEANOUR)
    order.acts.append(OrderEvent(kind=kind, at=datetime(2026, 3, 5), document_date=date(2026, 3, 5)))
    assert is_asked(order, date(2026, 3, 6), limits)


def test_later_document_of_the_court_begins_the_period_again(limits):
    order = make_order(**MISDEMEANOUR)
    order.acts.append(OrderEvent(kind="restored", at=datetime(2022, 5, 1), document_date=date(2022, 4, 30)))
    assert not is_asked(order, date(2026, 3, 6), limits) and is_asked(order, date(2027, 4, 30), limits)
    order.acts[0].voided_at = datetime(2022, 5, 2)
    assert is_asked(order, date(2026, 3, 6), limits)


def test_warrant_of_a_judgment_has_the_limitation_of_the_penalty(limits):
    judgment = make_order(kind="judgment", issuer="court")
    felony = {"kind": "detention_warrant", "offence_class": "felony", "issued_on": date(2008, 3, 5)}
    assert is_asked(make_order(**felony), date(2024, 1, 1), limits)
    assert not is_asked(make_order(**felony, basis_order=judgment), date(2024, 1, 1), limits)


def test_leap_day_ends_on_28_february():
    assert (add_years(date(2020, 2, 29), 5), add_years(date(2020, 2, 29), 4)) == (
        date(2025, 2, 28),
        date(2024, 2, 29),
    )


def make_old_order(number, days, years=5, **over):
    """Add an active order whose limitation ends in so many days, unless a later document of the court begins it again."""
    issued_on = add_years(dates.now().date() + timedelta(days=days), -years)
    return make_active_order(number=f"{number}/26", issued_on=issued_on, received_on=issued_on, **over)


def list_notified(db_session):
    """Return the ids of the orders that the notices are about, each with the unit in charge."""
    found = select(Message).where(Message.text_key == limitation_notices.ENDS_SOON)
    return sorted((one.entity_id, one.to_unit_code) for one in db_session.scalars(found))


def test_unit_in_charge_is_notified_once_before_the_limitation_ends(db_session, each_database):
    due = [
        make_old_order(1, 88),
        make_old_order(2, 2),
        make_old_order(3, 30, years=15, offence_class="felony"),
    ]
    others = [make_old_order(4, 92), make_old_order(5, -2), make_old_order(6, 30, years=15)]
    recalled = make_old_order(7, 30)
    add_event(recalled, "recalled", **make_document(recalled))
    db_session.commit()
    assert limitation_notices.send_notices(db_session) == 3
    assert list_notified(db_session) == [(one.id, one.owner_unit_code) for one in due]
    assert limitation_notices.send_notices(db_session) == 0, others
    assert len(list_notified(db_session)) == 3


def test_document_of_the_court_begins_the_limitation_again(db_session, each_database):
    ended, renewed = make_old_order(1, 30), make_old_order(2, 30, years=9)
    for order, document_date in (
        (ended, dates.now().date() - timedelta(days=9)),
        (renewed, add_years(dates.now().date() + timedelta(days=30), -5)),
    ):
        add_event(order, "acquitted", **make_document(order))
        add_event(order, "restored", document_no="4/26", document_date=document_date)
    db_session.commit()
    assert limitation_notices.send_notices(db_session) == 1
    assert list_notified(db_session) == [(renewed.id, renewed.owner_unit_code)]
