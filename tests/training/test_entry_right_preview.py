"""Who would lose the right to enter data: planners see the country, an administrator one unit and those below it."""

import pytest

PREVIEW = "/certificate/preview"


def list_units(browser):
    page = browser.page(PREVIEW)
    return {row.all("td")[2].text for row in page.all("tr") if row.all("td")}


@pytest.mark.parametrize("admin", ["admin.bb", "admin.crim"])
def test_unit_administrator_sees_the_accounts_of_the_own_units(client_as, db_session, admin, each_database):
    country, own = list_units(client_as("planning", "en")), list_units(client_as(admin, "en"))
    assert own and own < country
    page = client_as(admin, "en").page(PREVIEW)
    assert "clerk.pp" not in page.text and ("clerk.bb" in page.text) == (admin == "admin.bb")


def test_administrator_sees_the_preview_and_revokes_nothing(client_as, db_session):
    browser = client_as("admin", "en")
    assert list_units(browser) == list_units(client_as("planning", "en"))
    assert not browser.page(PREVIEW).all("form", action="/certificate/revoke")
    assert browser.send("/certificate/revoke", {"number": "EC-1", "reason": "x"}).status_code == 403
    assert PREVIEW in browser.page("/training/list/").html


def test_other_officers_do_not_see_the_preview(client_as, db_session):
    for name in ("clerk.bb", "chief.bb", "auditor"):
        assert client_as(name).get(PREVIEW).status_code == 403
