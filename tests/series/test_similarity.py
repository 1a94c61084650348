"""Similar cases: planted series are found, and countries without any have none."""

import random
from dataclasses import replace
from datetime import date, timedelta

from app.series.similarity import (
    CaseFacts,
    Shares,
    compare,
    compute_score,
    find_common,
    find_limit,
    find_series,
    split_text,
)

FIRST = date(2026, 1, 1)
METHODS, PLACES, DISTRICTS = range(12), range(10), range(8)


def make_case(rng, number):
    """Return a random case: frequent methods and places, hours that follow the method, objects."""
    method = rng.choices(METHODS, [1 / (rank + 1) for rank in METHODS])[0]
    kind = method * 3 % 10 if rng.random() < 0.5 else rng.choice(PLACES)
    hour = None if rng.random() < 0.08 else int(rng.gauss(22 if method % 2 else 11, 4)) % 24
    district = rng.choices(DISTRICTS, [1 / (rank + 1) for rank in DISTRICTS])[0]
    return CaseFacts(
        number, FIRST + timedelta(rng.randrange(120)), hour, f"m{method}", f"m{method}{rng.choice('ab')}", None, f"p{kind}",
        f"d{district}", f"d{district}c{rng.randrange(6)}", (11.5 + district * 0.1, 104.9),
        frozenset(rng.sample(("phone", "cash", "motorcycle", "gold"), rng.randrange(3))),
    )  # fmt: skip


def make_country(rng, size):
    return [make_case(rng, number) for number in range(size)]


def plant_series(rng, first_id, method):
    district = rng.randrange(2, 8)
    return [
        CaseFacts(
            first_id + number, FIRST + timedelta(10 + number * 7), 2 + rng.randrange(-1, 2), f"m{method}", f"m{method}a",
            None, "p7", f"d{district}", f"d{district}c{rng.randrange(3)}", (11.5 + district * 0.1, 104.9), frozenset({"gold"}),
        )
        for number in range(6)
    ]  # fmt: skip


def test_three_planted_series_are_found_without_other_cases():
    for seed, size in ((1, 40), (2, 120), (3, 200)):
        rng = random.Random(seed)
        planted = plant_series(rng, size, 5 + seed)
        found = find_series([*make_country(rng, size), *planted])
        ids = {case.id for case in planted}
        assert len(found) == 1 and len(ids & {case.id for case in found[0]}) >= 4
        assert len({case.id for case in found[0]} - ids) <= 2


def test_countries_without_series_have_at_most_one_in_twenty():
    rng = random.Random(4)
    false = sum(bool(find_series(make_country(rng, 80))) for _country in range(20))
    assert false <= 1


def test_terms_say_what_agrees_and_differs():
    rng = random.Random(5)
    country = make_country(rng, 100)
    one = replace(country[0], id=1000, method="rare", means="rare", text=split_text("កាត់ទ្វារដែកដោយកាំបិត"))
    other = replace(one, id=1001, place_kind="other", hour=None, day=one.day + timedelta(7))
    terms = {term.name: term for term in compare(one, other, Shares([*country, one, other]))}
    assert terms["way"].agrees and terms["text"].agrees and not terms["place_kind"].agrees
    assert terms["place_kind"].points == 0 and "hour" not in terms, "an unknown hour says nothing"
    assert terms["way"].points > 3, "a rare way says much"
    assert terms["commune"].points > 0 and terms["district"].points == 0, "a commune includes its district"


def test_distance_and_days_cost_points():
    case = CaseFacts(1, FIRST, 2, "m", "n", point=(11.5, 104.9))
    near = replace(case, id=2)
    far = replace(case, id=3, point=(11.6, 104.9))  # 11 km
    late = replace(case, id=4, day=FIRST + timedelta(30))
    shares = Shares([case, near, far, late])
    scores = [compute_score(case, other, ()) for other in (near, far, late)]
    assert scores[0] == 0 and -2.3 < scores[1] < -2.1 and scores[2] == -1
    assert compare(case, far, shares)


def test_common_codes_with_their_share():
    group = [CaseFacts(number, FIRST, 13, "m", None, place_kind="p") for number in range(4)]
    others = [CaseFacts(10 + number, FIRST, 3, "x", None, place_kind="p") for number in range(4)]
    common = find_common(group, [*group, *others])
    assert common["method"] == {"value": "m", "percent": 50} and common["place_kind"]["percent"] == 100
    assert common["hour"] == {"value": 12, "percent": 50} and "means" not in common


def test_limit_rises_with_the_cases_and_bears_none():
    assert find_series([]) == []
    assert find_limit([CaseFacts(1, FIRST)]) < find_limit([CaseFacts(number, FIRST) for number in range(50)])
