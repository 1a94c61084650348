"""Sign-in, sign-out and the user's language."""

from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select, text

from app.accounts import actions, demo_users
from app.accounts.models import User
from tests.html_pages import Page


def sign_in(client, username="clerk.bb", password=demo_users.PASSWORD, **more):
    return client.send("/login/", {"username": username, "password": password}, **more)


def test_visitor_is_redirected_to_khmer_sign_in(client):
    answer = client.get("/person/list/")
    assert answer.status_code == 302 and "/login/" in answer.location
    page = client.page("/login/")
    assert page.all("html")[0]["lang"] == "km"
    assert page.by_id("password")["type"] == "password"


@pytest.mark.parametrize(
    ("username", "_name", "role", "unit", "_description"),
    demo_users.USERS,
    ids=[u[0] for u in demo_users.USERS],
)
def test_demo_user_signs_in_and_gets_first_page(client, username, _name, role, unit, _description):
    assert sign_in(client, username).status_code == 302
    assert client.page("/").all("main")


def test_sign_in_redirects_to_requested_page(client, each_database):
    answer = client.send(
        "/login/?next=/place/list/", {"username": "clerk.bb", "password": demo_users.PASSWORD}
    )
    assert answer.location.endswith("/place/list/")
    assert client.get("/place/list/").status_code == 200


@pytest.mark.parametrize(
    ("username", "password"), [("clerk.bb", "wrong"), ("nobody", "wrong"), ("clerk.bb", ""), ("", "")]
)
def test_failed_sign_in_shows_message_and_no_access(client, username, password):
    answer = sign_in(client, username, password, follow_redirects=True)
    page = Page.from_response(answer)
    assert "/login" in answer.request.path
    assert page.all(role="status") or page.all("p", css="message")
    assert client.get("/").status_code == 302


def test_failed_sign_in_does_not_reveal_known_names(app):
    def read_message(username):
        answer = sign_in(app.test_client(), username, "wrong", follow_redirects=True)
        return Page.from_response(answer).all("main")[0].text

    assert read_message("clerk.bb") == read_message("nobody.at.all")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.invalid/",
        "//evil.invalid/",
        "http:evil.invalid",
        "\\\\evil.invalid",
        "javascript:alert(1)",
    ],
)
def test_sign_in_never_redirects_to_other_sites(client, target):
    answer = client.send(f"/login/?next={target}", {"username": "clerk.bb", "password": demo_users.PASSWORD})
    assert answer.status_code == 302
    there = urlsplit(urljoin("http://localhost/login/", answer.location))
    assert (there.scheme, there.netloc) == ("http", "localhost")


def test_sign_out_ends_session(client):
    sign_in(client)
    client.send("/logout/")
    assert client.get("/case/list/").status_code == 302


def test_sign_out_clears_the_cache_of_the_browser(client):
    sign_in(client)
    assert client.send("/logout/").headers["Clear-Site-Data"] == '"cache"'


def test_sign_out_requires_post_with_csrf_token(client):
    sign_in(client)
    assert [form["action"] for form in client.page("/logout/").all("form", method="post")] == ["/logout/"]
    assert (
        client.post("/logout/").status_code == 400
    )  # a form of another site, without the CSRF token of this session
    assert client.get("/case/list/").status_code == 200


def test_sign_out_without_session_redirects(client):
    assert client.get("/logout/").status_code == client.send("/logout/").status_code == 302


def test_deactivated_user_loses_access_at_next_page(clerk, db_session):
    assert clerk.get("/case/list/").status_code == 200
    db_session.execute(text("UPDATE ab_user SET active = false WHERE username = 'clerk.bb'"))
    db_session.commit()
    assert clerk.get("/case/list/").status_code == 302


def test_removed_role_ends_session_at_next_page(clerk, client_as, db_session):
    user = db_session.scalars(select(User).where(User.username == "clerk.bb")).unique().one()
    user.roles = []
    db_session.commit()
    assert "/login/" in clerk.get("/case/list/").location
    assert client_as("clerk.bb").get("/case/list/").status_code == 403


def test_group_roles_give_permissions(client_as, db_session, app):
    manager = app.extensions["appbuilder"].sm
    group = manager.add_group("Readers", "Readers", "", [manager.find_role("Manager")])
    user = db_session.scalars(select(User).where(User.username == "auditor")).unique().one()
    assert client_as("auditor").get("/case/list/").status_code == 403
    user.groups = [group]
    db_session.commit()
    assert client_as("auditor").get("/case/list/").status_code == 200


def test_language_is_stored_with_user(client, client_as, db_session):
    sign_in(client)
    assert (
        client.get("/lang/en", headers={"Referer": "http://localhost/place/list/"}).location == "/place/list/"
    )
    assert db_session.scalar(select(User.language).where(User.username == "clerk.bb")) == "en"
    assert client_as("clerk.bb").page("/").all("html")[0]["lang"] == "en"  # another browser
    assert client_as("manager").page("/").all("html")[0]["lang"] == "km"


def test_unknown_language_is_not_found(clerk):
    assert clerk.get("/lang/fr").status_code == 404


def test_created_user_has_unit_and_role_and_signs_in(app, db_session, client):
    problem = actions.create_user("new.clerk", "សុខ ថ្មី", "Investigator", "PC-02", "four plain words here")
    assert problem is None
    user = db_session.scalars(select(User).where(User.username == "new.clerk")).unique().one()
    assert (user.unit_code, user.language, [role.name for role in user.roles]) == (
        "PC-02",
        "km",
        ["Investigator"],
    )
    assert sign_in(client, "new.clerk", "four plain words here").status_code == 302


def test_fab_views_cannot_create_administrator(client_as, db_session):
    for user in ("admin.crim", "admin", "twg"):
        browser = client_as(user)
        for url in (
            "/users/add",
            "/users/edit/1",
            "/roles/add",
            "/roles/edit/1",
            "/resetpassword/form?pk=1",
            "/groups/add",
        ):
            assert browser.get(url).status_code in (302, 403, 404), f"{user}: {url}"
            assert browser.send(url, {"username": "evil", "roles": "1"}).status_code in (302, 403, 404), (
                f"{user}: {url}"
            )
    assert db_session.scalar(select(User.id).where(User.username == "evil")) is None


def test_fab_login_api_is_disabled(client):
    answer = client.post(
        "/api/v1/security/login",
        json={"username": "admin", "password": demo_users.PASSWORD, "provider": "db"},
    )
    assert answer.status_code in (400, 404) and "access_token" not in answer.text
    assert client.post("/api/v1/security/login", headers={"X-CSRFToken": client.token}).status_code == 404
