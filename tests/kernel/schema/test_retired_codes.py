"""Retired codes can be used in a filter, marked as retired, and cannot be selected elsewhere."""

import pytest
from sqlalchemy import text

from app.kernel.database import versioned_cache
from app.kernel.schema import code_lists
from tests.html_pages import Page
from tests.kernel.screens.test_filters import cases, search  # noqa: F401  (three cases in Battambang)

RETIRED = "UPDATE code SET valid_to = '2020-01-01' WHERE list = :list AND key = :key"


@pytest.fixture
def manager(client_as):
    return client_as("manager")


@pytest.fixture
def cases_with_retired_codes(db_session, cases):  # noqa: F811
    """Retire a value of a short and of a long list after cases use them; return the numbers of the cases."""
    for list_name, key in (("case_status", "unsolved"), ("place_kind", "market")):
        db_session.execute(text(RETIRED), {"list": list_name, "key": key})
    versioned_cache.bump(db_session, "codes")
    db_session.commit()
    return cases


def test_filter_select_lists_retired_code_last_and_marked(manager, cases_with_retired_codes):
    (select,) = manager.page("/case/list/").all("select", name="_flt_0_status")
    labels = {option["value"]: option.text for option in select.all("option")}
    assert list(labels)[-1] == "unsolved" and labels["unsolved"].endswith("(លែងជាធរមាន)")
    assert not labels["open"].endswith("(លែងជាធរមាន)")


def test_filter_by_retired_code_finds_records(manager, cases_with_retired_codes):
    numbers, page = search(manager, "case", _flt_0_status="unsolved")
    assert set(numbers) == set(cases_with_retired_codes[2:])
    assert "(លែងជាធរមាន)" in page.all("span", css="chip")[0].text


def test_filter_lookup_finds_retired_code_but_form_does_not(manager, cases_with_retired_codes):
    (box,) = manager.page("/case/list/").all("input", name="_flt_0_place_kind__text")
    url = box["data-lookup"]
    (item,) = manager.get(f"{url}?q=ផ្សារ").json["items"]
    assert item["id"] == "market" and item["detail"] == "លែងជាធរមាន"
    assert manager.get("/lookup/code.place_kind?q=ផ្សារ").json["items"] == []
    for typed in (item["text"], "market"):
        form = {"_flt_0_place_kind": "market"} if typed == "market" else {"_flt_0_place_kind__text": typed}
        assert "(លែងជាធរមាន)" in search(manager, "case", **form)[1].all("span", css="chip")[0].text


def test_entry_form_does_not_offer_retired_code(client_as, cases_with_retired_codes):
    page = client_as("clerk.bb").page("/case/list/")
    entry = client_as("clerk.bb").get("/entry/", follow_redirects=True)
    assert page.all("option", value="unsolved")
    assert not Page(entry.text).all("option", value="unsolved")


def test_filter_by_unknown_code_is_rejected(manager, cases_with_retired_codes):
    manager.page("/case/list/?_flt_0_status=never", status=400)


def test_new_code_without_a_position_comes_last(db_session):
    db_session.execute(text("UPDATE code SET position = 0 WHERE list = 'case_status' AND key = 'open'"))
    versioned_cache.bump(db_session, "codes")
    db_session.commit()
    assert [*code_lists.keys("case_status")][-1] == "open"
