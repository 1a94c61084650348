"""Families of a unit and provinces of a court: ticked by their words, kept as codes with commas."""

import pytest
from sqlalchemy import text

from app.kernel.database import versioned_cache
from app.reference.models import Court, Unit
from tests.html_pages import Page

FAMILIES = "/unit/edit/CD-BRD"
PROVINCES = "/court/edit/CFI-02"


@pytest.fixture
def twg(client_as):
    return client_as("twg")


def filled(page):
    """What a browser would send back of the form on that page."""
    return {name: values for name, values in page.typed().items() if name not in ("q", "csrf_token")}


def words_of(page, box):
    """What can be ticked, in words, and what is."""
    ticks = page.all("input", type="checkbox", name=box)
    words = {tick["value"]: tick.parent.text for tick in ticks}
    return words, [tick["value"] for tick in ticks if "checked" in tick.attributes]


def test_families_and_provinces_are_ticked_by_their_words(twg):
    words, ticked = words_of(twg.page(FAMILIES), "families")
    assert words["drugs"] == "គ្រឿងញៀន" and "," not in "".join(words.values())
    assert ticked and set(ticked) <= set(words)
    words, ticked = words_of(twg.page(PROVINCES), "area")
    assert len(words) == 25 and words["02"] == "ខេត្តបាត់ដំបង" and words["12"] == "រាជធានីភ្នំពេញ"
    assert "02" in ticked
    assert list(words)[: len(ticked)] == ticked, "what is ticked is seen without scrolling"


def test_what_is_ticked_is_kept_as_codes_in_the_order_of_the_list_and_shown_in_words(twg, db_session):
    for url, ticked in ((FAMILIES, {"families": ["weapons", "drugs"]}), (PROVINCES, {"area": ["15", "02"]})):
        assert twg.send(url, filled(twg.page(url)) | ticked).status_code == 302
    assert db_session.get(Court, "CFI-02").area == "02,15"
    assert sorted(db_session.get(Unit, "CD-BRD").families.split(",")) == ["drugs", "weapons"]
    assert "ខេត្តបាត់ដំបង · ខេត្តពោធិ៍សាត់" in twg.page("/court/show/CFI-02").text
    page = twg.page("/unit/show/CD-BRD")
    assert "គ្រឿងញៀន" in page.text and "weapons" not in page.text


def test_a_list_of_which_nothing_is_ticked_is_emptied_or_asked_for(twg, db_session):
    sent = filled(twg.page(FAMILIES))
    del sent["families"]
    assert twg.send(FAMILIES, sent).status_code == 302
    assert db_session.get(Unit, "CD-BRD").families is None
    sent = filled(twg.page(PROVINCES))
    del sent["area"]
    page = Page.of(twg.send(PROVINCES, sent), 422)
    assert page.by_id("area-bad").text and db_session.get(Court, "CFI-02").area


def test_a_family_that_is_no_longer_in_force_stays_ticked_where_it_is_and_is_offered_nowhere_else(
    twg, db_session
):
    unit = db_session.get(Unit, "CD-BRD")
    unit.families = "property,drugs"
    db_session.execute(
        text("UPDATE code SET valid_to = '2020-01-01' WHERE list = 'offence_family' AND key = 'drugs'")
    )
    versioned_cache.bump(db_session, "codes")
    db_session.commit()
    words, ticked = words_of(twg.page(FAMILIES), "families")
    assert words["drugs"] == "គ្រឿងញៀន" and sorted(ticked) == ["drugs", "property"]
    assert "drugs" not in words_of(twg.page("/unit/add"), "families")[0]
    assert twg.send(FAMILIES, filled(twg.page(FAMILIES)) | {"name_en": "Border"}).status_code == 302
    assert db_session.get(Unit, "CD-BRD").families == "property,drugs"


def test_a_program_sends_codes_with_commas_as_before(twg, db_session):
    unit = {"code": "X-1", "name_km": "អង្គភាព", "name_en": "Unit", "kind": "post"}
    headers = {"X-CSRFToken": twg.token}
    answer = twg.post("/api/v1/units/", json=unit | {"families": " weapons , drugs,"}, headers=headers)
    assert answer.status_code == 201
    assert sorted(answer.json["result"]["families"].split(",")) == ["drugs", "weapons"]


def test_the_province_of_a_prison_is_no_district(twg, db_session):
    found = twg.get("/lookup/province?q=02").json["items"]
    assert [one["text"] for one in found] == ["ខេត្តបាត់ដំបង"]
    code = db_session.scalar(text("SELECT code FROM prison ORDER BY code"))
    url = f"/prison/edit/{code}"
    page = Page.of(twg.send(url, filled(twg.page(url)) | {"province": "0201"}), 422)
    assert page.by_id("province-bad").text
