"""FAB's own screens as the register shows them: the sign-in after a mistake, the list of roles."""

import pytest

from tests.html_pages import Page


@pytest.mark.parametrize("password", ["wrong", ""])
def test_the_user_name_stays_where_the_password_was_wrong(client, password):
    answer = client.send(
        "/login/?next=/place/list/", {"username": "clerk.bb", "password": password}, follow_redirects=True
    )
    page = Page.of(answer)
    assert page.by_id("username")["value"] == "clerk.bb"
    assert not page.by_id("password").get("value")


def test_who_signs_in_after_a_mistake_still_goes_where_he_wanted(client):
    client.send("/login/?next=/place/list/", {"username": "clerk.bb", "password": "wrong"})
    answer = client.send(
        "/login/?next=/place/list/", {"username": "clerk.bb", "password": "demo-ecrime-2026"}
    )
    assert answer.location.endswith("/place/list/")


def test_the_list_of_roles_says_what_each_may_do(client_as):
    page = client_as("admin", "en").page("/roles/list/")
    rows = {row.all("td")[0].text: row.text for row in page.all("tr", data_row=True)}
    assert "Reads: " in rows["Auditor"] and "Places" in rows["Auditor"]
    assert "People" not in rows["Auditor"].split("Reads: ")[1]
    assert "Reads, adds and changes: Enter an offence · Cases · People" in rows["Investigator"]
    assert "Supplements" in rows["Investigator"].split("Reads and adds: ")[1]
