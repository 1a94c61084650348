"""Offence families of a unit and provinces of a court: checkboxes with labels, saved as comma-separated codes."""

import pytest
from sqlalchemy import text

from app.accounts.staff_models import StaffRequest
from app.kernel.database import versioned_cache
from app.reference.models import Court, Unit
from tests.html_pages import Page

FAMILIES = "/scope-changes/unit/CD-BRD"
PROVINCES = "/court/edit/CFI-02"
REASON = {"reason": "តាមប្រកាសថ្មី"}  # of a requested change


@pytest.fixture
def twg(client_as):
    return client_as("twg")


def filled(page):
    """Return the values that a browser would submit for the form on that page."""
    return {name: values for name, values in page.typed().items() if name not in ("q", "csrf_token")}


def checkboxes_of(page, name):
    """Return {value: label} of the checkboxes, and the checked values."""
    boxes = page.all("input", type="checkbox", name=name)
    labels = {box["value"]: box.parent.text for box in boxes}
    return labels, [box["value"] for box in boxes if "checked" in box.attributes]


def test_checkboxes_show_labels_of_codes(twg):
    labels, checked = checkboxes_of(twg.page(FAMILIES), "families")
    assert labels["drugs"] == "គ្រឿងញៀន" and "," not in "".join(labels.values())
    assert checked and set(checked) <= set(labels)
    labels, checked = checkboxes_of(twg.page(PROVINCES), "area")
    assert len(labels) == 25 and labels["02"] == "ខេត្តបាត់ដំបង" and labels["12"] == "រាជធានីភ្នំពេញ"
    assert "02" in checked
    assert list(labels)[: len(checked)] == checked, "checked values must be visible without scrolling"


def test_checked_values_are_saved_as_codes_and_shown_as_labels(twg, db_session):
    assert twg.send(PROVINCES, filled(twg.page(PROVINCES)) | {"area": ["15", "02"]}).status_code == 302
    assert db_session.get(Court, "CFI-02").area == "02,15"
    assert "ខេត្តបាត់ដំបង · ខេត្តពោធិ៍សាត់" in twg.page("/court/show/CFI-02").text


def test_checked_values_are_requested_as_codes_and_shown_as_labels(twg, db_session):
    sent = filled(twg.page(FAMILIES)) | {"families": ["weapons", "drugs"]} | REASON
    assert twg.send(FAMILIES, sent).status_code == 302
    (request,) = db_session.query(StaffRequest)
    assert sorted(request.changes["families"][1].split(",")) == ["drugs", "weapons"]
    page = twg.page(FAMILIES)
    assert "គ្រឿងញៀន" in page.text and "weapons" not in page.text


def test_nothing_checked_clears_optional_or_reports_required(twg, db_session):
    sent = filled(twg.page(FAMILIES)) | REASON
    del sent["families"]
    assert twg.send(FAMILIES, sent).status_code == 302
    (request,) = db_session.query(StaffRequest)
    assert request.changes["families"][1] is None
    sent = filled(twg.page(PROVINCES))
    del sent["area"]
    page = Page.from_response(twg.send(PROVINCES, sent), 422)
    assert page.by_id("area-bad").text and db_session.get(Court, "CFI-02").area


def test_retired_code_stays_checked_and_is_not_offered(twg, db_session):
    unit = db_session.get(Unit, "CD-BRD")
    unit.families = "property,drugs"
    db_session.execute(
        text("UPDATE code SET valid_to = '2020-01-01' WHERE list = 'offence_family' AND key = 'drugs'")
    )
    versioned_cache.bump(db_session, "codes")
    db_session.commit()
    labels, checked = checkboxes_of(twg.page(FAMILIES), "families")
    assert labels["drugs"] == "គ្រឿងញៀន" and sorted(checked) == ["drugs", "property"]
    assert "drugs" not in checkboxes_of(twg.page("/unit/add"), "families")[0]
    assert twg.send(FAMILIES, filled(twg.page(FAMILIES)) | {"area": "02"} | REASON).status_code == 302
    (request,) = db_session.query(StaffRequest)
    assert set(request.changes) == {"area_code"}


def test_api_accepts_comma_separated_codes(twg, db_session):
    unit = {"code": "X-1", "name_km": "អង្គភាព", "name_en": "Unit", "kind": "post"}
    headers = {"X-CSRFToken": twg.token}
    response = twg.post("/api/v1/units/", json=unit | {"families": " weapons , drugs,"}, headers=headers)
    assert response.status_code == 201
    assert sorted(response.json["result"]["families"].split(",")) == ["drugs", "weapons"]


def test_prison_province_rejects_a_district(twg, db_session):
    found = twg.get("/lookup/province?q=02").json["items"]
    assert [one["text"] for one in found] == ["ខេត្តបាត់ដំបង"]
    code = db_session.scalar(text("SELECT code FROM prison ORDER BY code"))
    url = f"/scope-changes/prison/{code}"
    page = Page.from_response(twg.send(url, filled(twg.page(url)) | {"province": "0201"}), 422)
    assert page.by_id("province-bad").text
