"""Limitation runs from the last act of the court: entries in the system and acts of the police do not count."""

from datetime import date, datetime

import pytest

from app.court_orders.models import OrderEvent
from app.court_orders.rules import OrderFacts
from app.court_orders.rules.limitation import add_years, limitation_has_not_passed
from app.reference.time_limits import get_limits
from tests.court_orders.rule_examples import make_order

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
