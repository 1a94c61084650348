"""An administrator ends the sessions of users and unlocks user names."""

from tests.accounts.login import find_user, is_signed_in, open_signed_in_client, sign_in


def get_page_url(username):
    return f"/staff-sessions/{find_user(username).id}"


def test_administrator_ends_all_sessions_of_user(app, client_as, db_session):
    clerk, other, admin = (
        open_signed_in_client(app),
        open_signed_in_client(app, "clerk.pp"),
        client_as("admin"),
    )
    assert "127.0.0.1" in admin.page(get_page_url("clerk.bb")).text
    assert admin.send(f"{get_page_url('clerk.bb')}/end").status_code == 302
    assert not is_signed_in(clerk) and is_signed_in(other)


def test_administrator_unlocks_user_name(app, client_as, db_session):
    for _ in range(5):
        sign_in(app.test_client(), "clerk.bb", "wrong")
    admin = client_as("admin")
    assert admin.page(get_page_url("clerk.bb")).all("form", action=f"{get_page_url('clerk.bb')}/unlock")
    admin.send(f"{get_page_url('clerk.bb')}/unlock")
    assert is_signed_in(open_signed_in_client(app))


def test_others_cannot_end_sessions(app, client_as, db_session):
    clerk = open_signed_in_client(app)
    for username, status in (("clerk.pp", 403), ("chief.bb", 403), ("admin.crim", 404)):
        assert client_as(username).send(f"{get_page_url('clerk.bb')}/end").status_code == status
    assert is_signed_in(clerk)


def test_sessions_page_links_to_user(client_as, db_session):
    (crumbs,) = client_as("admin").page(get_page_url("clerk.bb")).all("nav", css="crumbs")
    assert crumbs.all("a")[0]["href"] == f"/staff/show/{find_user('clerk.bb').id}"
