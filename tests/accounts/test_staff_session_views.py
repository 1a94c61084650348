"""An administrator ends the sessions of his people, and opens a name that was shut."""

from tests.accounts.login import is_in, sign_in, signed_in, user_named


def page_of(username):
    return f"/staff-sessions/{user_named(username).id}"


def test_an_administrator_ends_all_sessions_of_a_person(app, client_as, db_session):
    clerk, other, admin = signed_in(app), signed_in(app, "clerk.pp"), client_as("admin")
    assert "127.0.0.1" in admin.page(page_of("clerk.bb")).text
    assert admin.send(f"{page_of('clerk.bb')}/end").status_code == 302
    assert not is_in(clerk) and is_in(other)


def test_an_administrator_opens_a_name_that_was_shut(app, client_as, db_session):
    for _ in range(5):
        sign_in(app.test_client(), "clerk.bb", "wrong")
    admin = client_as("admin")
    assert admin.page(page_of("clerk.bb")).all("form", action=f"{page_of('clerk.bb')}/open")
    admin.send(f"{page_of('clerk.bb')}/open")
    assert is_in(signed_in(app))


def test_nobody_else_ends_them(app, client_as, db_session):
    clerk = signed_in(app)
    for username, status in (("clerk.pp", 403), ("chief.bb", 403), ("admin.crim", 404)):
        assert client_as(username).send(f"{page_of('clerk.bb')}/end").status_code == status
    assert is_in(clerk)


def test_the_page_leads_back_to_the_person(client_as, db_session):
    (crumbs,) = client_as("admin").page(page_of("clerk.bb")).all("nav", css="crumbs")
    assert crumbs.all("a")[0]["href"] == f"/staff/show/{user_named('clerk.bb').id}"
