"""FAB views in this system: the sign-in form after an error, and the list of roles."""

import pytest

from tests.html_pages import Page


@pytest.mark.parametrize("password", ["wrong", ""])
def test_failed_sign_in_keeps_user_name_in_form(client, password):
    answer = client.send(
        "/login/?next=/place/list/", {"username": "clerk.bb", "password": password}, follow_redirects=True
    )
    page = Page.from_response(answer)
    assert page.by_id("username")["value"] == "clerk.bb"
    assert not page.by_id("password").get("value")


def test_sign_in_after_failure_keeps_requested_page(client):
    client.send("/login/?next=/place/list/", {"username": "clerk.bb", "password": "wrong"})
    answer = client.send(
        "/login/?next=/place/list/", {"username": "clerk.bb", "password": "demo-ecrime-2026"}
    )
    assert answer.location.endswith("/place/list/")


def test_role_list_shows_permissions(client_as):
    page = client_as("admin", "en").page("/roles/list/")
    rows = {row.all("td")[0].text: row.text for row in page.all("tr", data_row=True)}
    assert "Reads: " in rows["Auditor"] and "Places" in rows["Auditor"]
    assert "People" not in rows["Auditor"].split("Reads: ")[1]
    assert "Cases · People" in rows["Investigator"].split("Reads, adds and changes: ")[1]
    assert "Supplements" in rows["Investigator"].split("Reads and adds: ")[1]
