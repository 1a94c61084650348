"""Time limits and terms as pure functions of dates and acts."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from types import SimpleNamespace

import pytest

from app.custody.rules import time_limits
from app.custody.rules.time_limits import (
    are_years_served,
    compute_release_date,
    compute_share_served,
    count_days_at_large,
    group_custodies,
    is_share_reached,
)
from app.kernel.text.dates import add_months

START = date(2016, 12, 31)


def make_sentence(**values):
    fields = {
        "kind": "prison", "years": 3, "months": None, "days": None, "suspended_months": None, "starts_on": START,
        "credit_days": None,
    }  # fmt: skip
    return SimpleNamespace(**fields | values)


def make_change(kind, days=None, done_on=date(2018, 1, 1), document_no="1/18", years=None):
    return SimpleNamespace(kind=kind, days=days, done_on=done_on, document_no=document_no, years=years)


def test_years_of_a_life_sentence_are_counted_by_dates():
    life = make_sentence(kind="life", years=None)
    assert not are_years_served(life, date(2026, 12, 30), 10)
    assert are_years_served(life, date(2026, 12, 31), 10)
    assert not are_years_served(life, date(2026, 1, 1), 10), "nine years and a day"
    assert not are_years_served(life, date(2026, 12, 31), 10, days_at_large=1)


@pytest.mark.parametrize(("amount", "days"), [(1, 365), (2, 730)])
def test_thirds_of_a_sentence_are_exact(amount, days):
    limit = SimpleNamespace(amount=amount, measure="third")
    sentence = make_sentence(starts_on=date(2017, 1, 1))  # 1,095 days
    share, _is_short = compute_share_served(sentence, date(2017, 1, 1) + timedelta(days=days))
    assert share == Fraction(amount, 3) and is_share_reached(share, limit)
    early, _is_short = compute_share_served(sentence, date(2017, 1, 1) + timedelta(days=days - 1))
    assert not is_share_reached(early, limit)


def test_sentence_without_a_day_to_serve_has_no_share():
    whole = make_sentence(years=None, months=6, suspended_months=6)
    assert compute_share_served(whole, date(2017, 1, 1)) is None
    assert compute_share_served(make_sentence(years=None, months=None), date(2017, 1, 1)) is None


def test_same_document_counts_once():
    twice = [make_change("reduction", 60), make_change("reduction", 60)]
    other = make_change("reduction", 60, document_no="2/18")
    whole = compute_release_date(make_sentence(), [])
    assert compute_release_date(make_sentence(), twice) == whole - timedelta(days=60)
    assert compute_release_date(make_sentence(), [*twice, other]) == whole - timedelta(days=120)


def test_pardon_without_days_ends_the_sentence():
    assert compute_release_date(make_sentence(), [make_change("pardon")]) == date(2018, 1, 1)
    life = make_sentence(kind="life", years=None)
    assert compute_release_date(life, []) is None
    assert compute_release_date(life, [make_change("pardon")]) == date(2018, 1, 1)


def test_commuted_life_sentence_is_a_term():
    life = make_sentence(kind="life", years=None)
    changes = [make_change("commutation", years=20), make_change("reduction", 30)]
    assert compute_release_date(life, changes) == date(2036, 12, 1)


def test_suspended_part_shortens_the_term():
    assert compute_release_date(make_sentence(suspended_months=24), []) == date(2017, 12, 31)


@pytest.mark.parametrize("kind", ["suspended", "fine", "community", "additional"])
def test_other_penalties_have_no_release_date(kind):
    assert compute_release_date(make_sentence(kind=kind), [make_change("pardon")]) is None


def test_days_at_large_are_from_escape_to_recapture():
    steps = [
        SimpleNamespace(kind=kind, done_on=date(2020, 1, day))
        for kind, day in (("escape", 1), ("transfer", 5), ("recapture", 11), ("escape", 20))
    ]
    assert count_days_at_large(steps[:3]) == (10, False)
    assert count_days_at_large(steps) == (10, True)
    ends = compute_release_date(make_sentence(), [])
    assert compute_release_date(make_sentence(), [], days_at_large=10) == ends + timedelta(days=10)


@pytest.mark.parametrize(
    ("outcome", "same_arrest", "groups"),
    [
        ("transferred", False, 1),
        ("hospital", False, 1),
        ("released", True, 1),
        ("released", False, 2),
        ("escaped", False, 2),
    ],
)
def test_custody_continues_after_a_transfer_or_for_the_same_arrest(outcome, same_arrest, groups):
    first, second = object(), object()
    custodies = [
        SimpleNamespace(arrived_at=datetime(2026, 3, 5, 9), outcome=outcome, arrest=first),
        SimpleNamespace(
            arrived_at=datetime(2026, 3, 6, 9), outcome=None, arrest=first if same_arrest else second
        ),
    ]
    assert len(group_custodies(reversed(custodies))) == groups


def test_age_without_a_case_is_the_age_in_custody():
    person = SimpleNamespace(
        born_on=date(2010, 6, 1),
        birth_precision="day",
        birth_year=None,
        age_from=None,
        age_to=None,
        age_stated=None,
    )
    assert time_limits.get_ages_at_offence(person, None, date(2026, 3, 5)) == (15, 15)
    case = SimpleNamespace(occurred_from=datetime(2023, 6, 2))
    assert time_limits.get_ages_at_offence(person, case, date(2026, 3, 5)) == (13, 13)
    assert time_limits.get_ages_at_offence(person, None) is None


@pytest.mark.parametrize(("day", "months", "ends"), [
    (date(2027, 8, 31), 6, date(2028, 2, 29)), (date(2026, 8, 31), 6, date(2027, 2, 28)),
    (date(2028, 2, 29), 12, date(2029, 2, 28)), (date(2028, 2, 29), 48, date(2032, 2, 29)),
    (date(2026, 10, 31), 1, date(2026, 11, 30)), (date(2026, 11, 30), 2, date(2027, 1, 30)),
])  # fmt: skip
def test_months_end_on_the_last_day_of_a_shorter_month(day, months, ends):
    assert add_months(day, months) == ends


def test_custody_counts_the_hours_of_a_leap_day():
    limit = SimpleNamespace(amount=48, measure="hour")
    ends = time_limits.compute_custody_end(datetime(2028, 2, 28, 23, 30), limit, granted=24)
    assert ends == datetime(2028, 3, 2, 23, 30)
