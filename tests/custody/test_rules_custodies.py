"""Rules of police custody as pure objects: the limit that a form shows, and which unit may hold a person for how long."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.custody.rules import CustodyFacts, custodies
from tests.custody.rule_examples import ARRESTED, CONFIRMED, make_custody
from tests.factories import NOW

FACTS = CustodyFacts(now=NOW, limits=CONFIRMED)


def find_shown_limit(custody, facts=FACTS):
    (notice,) = custodies.limit_is_shown(custody, facts)
    return notice.text.values["when"]


def test_form_shows_the_limit_from_the_arrival():
    assert find_shown_limit(make_custody()) == ARRESTED + timedelta(hours=48)


@pytest.mark.parametrize(("hours", "granted", "limit"), [(0, 0, 48), (-24, 0, 24), (-24, 24, 48), (2, 0, 48)])
def test_later_custody_after_the_same_arrest_shows_the_limit_of_the_first(hours, granted, limit):
    first = replace(FACTS, first_arrival=ARRESTED + timedelta(hours=hours), granted_hours=granted)
    assert find_shown_limit(make_custody(), first) == ARRESTED + timedelta(hours=limit)


@pytest.mark.parametrize("values", [{"arrived_at": None}, {"arrived_at": None, "arrest": None}])
def test_no_limit_is_shown_without_an_arrival(values):
    assert list(custodies.limit_is_shown(make_custody(**values), FACTS)) == []


def test_limit_is_shown_without_an_arrest():
    shown = find_shown_limit(make_custody(arrest=None, arrived_at=datetime(2026, 3, 5, 9)))
    assert shown == datetime(2026, 3, 7, 9)
