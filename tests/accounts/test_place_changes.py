"""Places are maintained on screen: names and point by one officer, the first and the last day by two."""

from datetime import date

import pytest

from app.accounts.staff_models import StaffRequest
from app.extensions import db
from app.reference.models import Place
from tests.accounts.test_scope_changes import NOTE, REASON
from tests.audit_review.conftest import log  # noqa: F401

COMMUNE, URL = "020310", "/place/edit/020310"


@pytest.fixture
def twg(client_as, db_session):
    """The browser of the technical working group, which maintains the places."""
    return client_as("twg", "en")


def find_place():
    db.session.expire_all()
    return db.session.get(Place, COMMUNE)


def edit(browser, **values):
    form = {name: typed[-1] for name, typed in browser.page(URL).typed().items()}
    return browser.send(URL, form | values)


def list_found(browser, text):
    return [row["id"] for row in browser.get("/lookup/place", query_string={"q": text}).json["items"]]


def test_renamed_place_is_found_by_its_new_and_by_its_former_name(twg, client_as, log, each_database):  # noqa: F811
    former = find_place().name_en
    assert edit(twg, name_en="Zvolenska", latitude="13.1", longitude="103.2").status_code == 302
    place = find_place()
    assert (place.name_en, place.latitude, place.longitude) == ("Zvolenska", 13.1, 103.2)
    clerk = client_as("clerk.bb", "en")
    assert COMMUNE in list_found(clerk, "Zvolenska") and COMMUNE in list_found(clerk, former)
    (event,) = [one for one in log("record.changed") if one.entity == "place"]
    assert event.before["name_en"] == former and event.after["name_en"] == "Zvolenska"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name_km": ""}, "name_km"),
        ({"latitude": "13.1", "longitude": ""}, "longitude"),
        ({"latitude": "", "longitude": "103.2"}, "latitude"),
        ({"latitude": "103.2", "longitude": "13.1"}, "latitude"),
        ({"latitude": "13.1", "longitude": "17"}, "longitude"),
    ],
)
def test_wrong_value_is_refused_at_its_field(twg, values, field):
    before = find_place().name_km, find_place().latitude
    refused = edit(twg, name_en="Zvolenska", **values)
    assert refused.status_code == 422 and "Zvolenska" in refused.text
    assert f'id="{field}-error"' in refused.text or f'aria-describedby="{field}' in refused.text
    assert (find_place().name_km, find_place().latitude) == before


def test_other_officers_do_not_edit_places(client_as):
    for username in ("clerk.bb", "chief.bb", "admin"):
        assert client_as(username).get(URL).status_code in (302, 403), username


def test_last_day_of_a_place_needs_two_officers(twg, client_as, each_database):
    assert not twg.page(URL).all("input", name="valid_to")
    day = {"valid_from": "", "valid_to": "01/02/2026", "reason": REASON}
    assert twg.send(f"/scope-changes/place/{COMMUNE}", day).status_code == 302
    assert find_place().valid_to is None
    request = db.session.query(StaffRequest).one().id
    decision = {"decision": "yes", "note": NOTE}
    assert twg.send(f"/staff-requests/decide/{request}", decision).status_code in (302, 403, 404, 422)
    assert find_place().valid_to is None
    assert client_as("admin", "en").send(f"/staff-requests/decide/{request}", decision).status_code == 302
    assert find_place().valid_to == date(2026, 2, 1)
