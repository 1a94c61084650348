"""Rules of order events as pure objects: what they accept, and records that are not complete yet."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from app.court_orders.models import OrderEvent
from app.court_orders.rules import OrderFacts, events, limitation
from app.reference.time_limits import LegalLimit
from tests.court_orders.rule_examples import PAPER, make_order
from tests.factories import NOW

FACTS = OrderFacts(
    now=NOW,
    limits={"limitation_misdemeanour": LegalLimit("limitation_misdemeanour", 5, "year", "basis", False)},
)
BEFORE = datetime.combine(make_order().issued_on, datetime.min.time()) - timedelta(days=1)


def find(rule, kind, order, facts=FACTS, **values):
    act = OrderEvent(order=order, kind=kind, at=NOW)
    for name, value in values.items():
        setattr(act, name, value)
    return [(one.rule, one.field) for one in rule(act, facts)]


def test_only_the_verification_and_the_arrest_may_be_older_than_the_order():
    rule = events.is_not_before_the_order
    assert find(rule, "attempt", make_order(), at=BEFORE) == [("V071", "at")]
    for kind in ("checked", "executed"):  # the rule of executions refuses with its own words
        assert find(rule, kind, make_order(), at=BEFORE) == []


def test_act_without_an_order_or_a_time_is_not_compared():
    rule = events.is_not_before_the_order
    assert find(rule, "attempt", None) == find(rule, "attempt", make_order(), at=None) == []
    assert find(rule, "attempt", make_order(issued_on=None)) == []


def test_only_a_recall_asks_about_the_judicial_supervision():
    rule, facts = events.recall_ends_the_supervision, replace(FACTS, supervisions=("R-0000007",))
    assert find(rule, "recalled", make_order(), facts) == [("V185", "document_no")]
    assert find(rule, "returned", make_order(), facts) == find(rule, "recalled", make_order()) == []


def make_executed(**values):
    order = make_order(status="executed")
    OrderEvent(order=order, **{"kind": "executed", "at": NOW} | values)
    return order


@pytest.mark.parametrize(
    ("done", "at", "refused"),
    [
        ({}, NOW - timedelta(minutes=1), True),
        ({}, NOW, False),
        ({"kind": "attempt"}, NOW - timedelta(minutes=1), False),
        ({"voided_at": NOW}, NOW - timedelta(minutes=1), False),
        ({"at": datetime(2026, 3, 5), "time_unknown": True}, datetime(2026, 3, 5, 9), True),
        ({"at": datetime(2026, 3, 5), "time_unknown": True}, datetime(2026, 3, 6), False),
    ],
)
def test_return_follows_the_execution_in_force(done, at, refused):
    found = find(events.return_follows_the_execution, "returned", make_executed(**done), at=at)
    assert found == [("V082", "at")] * refused


def test_replacement_that_is_not_loaded_is_checked_when_it_is_saved():
    rule = events.replacement_is_another_order
    assert find(rule, "replaced", make_order(), by_order_id=7, **PAPER) == []
    assert find(rule, "replaced", make_order(), **PAPER) == [("V083", "by_order")]


def test_limitation_of_an_order_without_a_date_is_not_asked():
    rule = limitation.limitation_has_not_passed
    assert find(rule, "validated", make_order(issued_on=None)) == []
    assert find(rule, "validated", make_order(issued_on=date(2021, 3, 1))) == [("V078", "at")]
