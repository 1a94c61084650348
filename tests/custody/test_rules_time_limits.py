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
        "credit_days": None, "changes": (),
    }  # fmt: skip
    return SimpleNamespace(**fields | values)


def make_change(kind, days=None, done_on=date(2018, 1, 1), document_no="1/18", years=None):
    return SimpleNamespace(
        kind=kind, days=days, done_on=done_on, document_no=document_no, years=years, voided_at=None
    )


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
    assert compute_release_date(whole, []) == START, "the whole term is suspended"
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


def test_share_of_a_commuted_life_sentence_is_that_of_its_years():
    life = make_sentence(kind="life", years=None, starts_on=date(2017, 1, 1))
    assert compute_share_served(life, date(2037, 1, 1)) is None
    life.changes = [make_change("commutation", years=20)]
    share, is_short = compute_share_served(life, date(2027, 1, 1))
    assert (share > Fraction(49, 100), share < Fraction(51, 100), is_short) == (True, True, False)
    life.changes[0].voided_at = date(2020, 1, 1)
    assert compute_share_served(life, date(2027, 1, 1)) is None


def test_age_of_a_person_held_on_an_order_is_that_of_the_day_it_states():
    person = SimpleNamespace(
        born_on=date(2006, 1, 10), birth_precision="day", birth_year=None, age_from=None, age_to=None, age_stated=None,
    )  # fmt: skip
    case = SimpleNamespace(occurred_from=datetime(2025, 6, 2))
    order = SimpleNamespace(case=case, occurred_on=date(2022, 6, 1))
    arrest = SimpleNamespace(person=person, case=None, order=order)
    assert time_limits.get_ages_of_detained(arrest, date(2026, 3, 5)) == (16, 16)
    order.occurred_on = None
    assert time_limits.get_ages_of_detained(arrest, date(2026, 3, 5)) == (19, 19)


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


def make_detention(since, ended_on=None, *steps, **values):
    """Return a detention of these days of January, with steps as (kind, day)."""
    rows = [
        SimpleNamespace(id=number, kind=kind, done_on=day(number_of_day), voided_at=None)
        for number, (kind, number_of_day) in enumerate(steps)
    ]
    fields = {"kind": "provisional", "voided_at": None, "case": None, "steps": rows}
    return SimpleNamespace(since=day(since), ended_on=day(ended_on) if ended_on else None, **fields | values)


def day(number):
    return date(2020, 1, number)


def test_times_in_prison_leave_out_the_time_at_large():
    escaped = make_detention(1, None, ("recapture", 9), ("escape", 4))
    assert time_limits.list_times_held([escaped]) == [(day(1), day(4)), (day(9), None)]
    later, within, next_day = make_detention(20, 25), make_detention(21, 23), make_detention(25, 27)
    assert time_limits.list_times_held([later, within, next_day]) == [(day(20), day(27))]
    assert time_limits.list_times_held([later, make_detention(22)]) == [(day(20), None)]
    released = make_detention(1, 6, ("recapture", 9), ("escape", 4))
    assert time_limits.list_times_held([released]) == [(day(1), day(4))], "a recapture after the release"
    escaped.steps[1].voided_at = day(5)
    assert time_limits.list_times_held([escaped]) == [(day(1), None)], "a void escape"


def test_days_in_prison_and_outside_are_counted_by_dates():
    first, second = make_detention(1, 11), make_detention(16, None, ("escape", 18), ("recapture", 21))
    held = [time_limits.count_days_held([first, second], day(until)) for until in (1, 5, 11, 16, 20, 22)]
    assert held == [0, 4, 10, 10, 12, 13]
    assert time_limits.count_days_out([first, second]) == 5 + 3
    outside = [time_limits.count_days_out([first, second], day(until)) for until in (1, 11, 14, 17, 20)]
    assert outside == [0, 0, 3, 5, 7]
    assert time_limits.count_days_out([]) == time_limits.count_days_out([], day(9)) == 0


@pytest.mark.parametrize(("others", "expected"), [
    ([], True), ([make_detention(1, 4)], True), ([make_detention(1, 5)], True), ([make_detention(1, 6)], False),
    ([make_detention(1)], False), ([make_detention(5, 5)], False), ([make_detention(9, None, ("escape", 12))], True),
])  # fmt: skip
def test_escape_ends_with_the_next_time_in_prison(others, expected):
    escaped = make_detention(2, None, ("escape", 5))
    assert time_limits.is_at_large([escaped, *others]) is expected
    assert time_limits.is_at_large([*others, escaped]) is expected


def test_limit_covers_the_earlier_provisional_detentions_of_the_case():
    case, other = object(), object()
    last = make_detention(20, case=case)
    before = make_detention(5, 9, case=case)
    others = [
        make_detention(20, case=case), make_detention(25, case=case), make_detention(5, case=other), make_detention(5),
        make_detention(5, case=case, voided_at=day(6)), make_detention(5, case=case, kind="sentence"),
    ]  # fmt: skip
    assert time_limits.list_earlier([last, before, *others], last) == [before]
    assert time_limits.list_earlier([before], make_detention(20, case=case, kind="sentence")) == []


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
        SimpleNamespace(
            arrived_at=datetime(2026, 3, 5, 9),
            ended_at=datetime(2026, 3, 6, 8),
            outcome=outcome,
            arrest=first,
        ),
        SimpleNamespace(
            arrived_at=datetime(2026, 3, 6, 9), outcome=None, arrest=first if same_arrest else second
        ),
    ]
    assert len(group_custodies(reversed(custodies))) == groups
    custodies[0].ended_at = datetime(2026, 3, 4, 9)
    custodies[0].arrived_at = datetime(2026, 3, 3, 9)
    assert len(group_custodies(custodies)) == groups, "two days later"
    custodies[1].arrived_at += timedelta(minutes=1)
    assert len(group_custodies(custodies)) == (1 if same_arrest else 2)


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
