"""What is retired in a code list can be asked for in a filter, marked as such, and chosen nowhere else."""

import pytest
from sqlalchemy import text

from app.kernel.database import versioned_cache
from tests.html_pages import Page
from tests.kernel.screens.test_filters import cases, found  # noqa: F401  (three cases in Battambang)

RETIRED = "UPDATE code SET valid_to = '2020-01-01' WHERE list = :list AND key = :key"


@pytest.fixture
def manager(client_as):
    return client_as("manager")


@pytest.fixture
def retired(db_session, cases):  # noqa: F811
    """Values of a short list and of a long one, retired after cases were entered with them; the cases' numbers."""
    for list_name, key in (("case_status", "unsolved"), ("place_kind", "market")):
        db_session.execute(text(RETIRED), {"list": list_name, "key": key})
    versioned_cache.bump(db_session, "codes")
    db_session.commit()
    return cases


def test_a_short_list_offers_what_is_retired_last_and_marked(manager, retired):
    (box,) = manager.page("/case/list/").all("select", name="_flt_0_status")
    words = {option["value"]: option.text for option in box.all("option")}
    assert list(words)[-1] == "unsolved" and words["unsolved"].endswith("(លែងជាធរមាន)")
    assert not words["open"].endswith("(លែងជាធរមាន)")


def test_records_that_bear_it_are_found_and_the_chip_says_that_it_is_retired(manager, retired):
    numbers, page = found(manager, "case", _flt_0_status="unsolved")
    assert set(numbers) == set(retired[2:])
    assert "(លែងជាធរមាន)" in page.all("span", css="chip")[0].text


def test_a_long_list_finds_what_is_retired_in_a_filter_alone(manager, retired):
    (box,) = manager.page("/case/list/").all("input", name="_flt_0_place_kind__text")
    url = box["data-lookup"]
    (line,) = manager.get(f"{url}?q=ផ្សារ").json["items"]
    assert line["id"] == "market" and line["detail"] == "លែងជាធរមាន"
    assert manager.get("/lookup/code.place_kind?q=ផ្សារ").json["items"] == []
    for typed in (line["text"], "market"):
        form = {"_flt_0_place_kind": "market"} if typed == "market" else {"_flt_0_place_kind__text": typed}
        assert "(លែងជាធរមាន)" in found(manager, "case", **form)[1].all("span", css="chip")[0].text


def test_forms_offer_it_no_more(client_as, retired):
    page = client_as("clerk.bb").page("/case/list/")
    entry = client_as("clerk.bb").get("/entry/", follow_redirects=True)
    assert page.all("option", value="unsolved")
    assert not Page(entry.text).all("option", value="unsolved")


def test_what_is_in_no_list_is_refused_as_before(manager, retired):
    manager.page("/case/list/?_flt_0_status=never", status=400)
