"""Signing in, out, and what a user keeps."""

from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select, text

from app.accounts import actions, demo_users
from app.accounts.models import User
from tests.html_pages import Page


def sign_in(client, username="clerk.bb", password=demo_users.PASSWORD, **more):
    return client.send("/login/", {"username": username, "password": password}, **more)


def test_a_visitor_is_led_to_the_sign_in_in_khmer(client):
    answer = client.get("/person/list/")
    assert answer.status_code == 302 and "/login/" in answer.location
    page = client.page("/login/")
    assert page.all("html")[0]["lang"] == "km"
    assert page.by_id("password")["type"] == "password"


@pytest.mark.parametrize(
    ("username", "_name", "role", "unit", "_told"), demo_users.USERS, ids=[u[0] for u in demo_users.USERS]
)
def test_every_demo_user_signs_in_and_sees_a_first_page(client, username, _name, role, unit, _told):
    assert sign_in(client, username).status_code == 302
    assert client.page("/").all("main")


def test_a_user_signs_in_on_either_database_and_goes_where_he_wanted(client, each_database):
    answer = client.send(
        "/login/?next=/place/list/", {"username": "clerk.bb", "password": demo_users.PASSWORD}
    )
    assert answer.location.endswith("/place/list/")
    assert client.get("/place/list/").status_code == 200


@pytest.mark.parametrize(
    ("username", "password"), [("clerk.bb", "wrong"), ("nobody", "wrong"), ("clerk.bb", ""), ("", "")]
)
def test_a_wrong_sign_in_says_the_same_whoever_it_was(client, username, password):
    answer = sign_in(client, username, password, follow_redirects=True)
    page = Page.of(answer)
    assert "/login" in answer.request.path
    assert page.all(role="status") or page.all("p", css="say")
    assert client.get("/").status_code == 302


def test_it_does_not_tell_whether_the_name_or_the_password_was_wrong(app):
    def said(username):
        answer = sign_in(app.test_client(), username, "wrong", follow_redirects=True)
        return Page.of(answer).all("main")[0].text

    assert said("clerk.bb") == said("nobody.at.all")


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
def test_signing_in_leads_to_no_other_site(client, target):
    answer = client.send(f"/login/?next={target}", {"username": "clerk.bb", "password": demo_users.PASSWORD})
    assert answer.status_code == 302
    there = urlsplit(urljoin("http://localhost/login/", answer.location))
    assert (there.scheme, there.netloc) == ("http", "localhost")


def test_signing_out_ends_the_session(client):
    sign_in(client)
    client.send("/logout/")
    assert client.get("/case/list/").status_code == 302


def test_no_link_of_another_page_signs_anybody_out(client):
    sign_in(client)
    assert [form["action"] for form in client.page("/logout/").all("form", method="post")] == ["/logout/"]
    assert (
        client.post("/logout/").status_code == 400
    )  # a form of another site, without the token of this session
    assert client.get("/case/list/").status_code == 200


def test_whoever_is_out_already_is_led_away(client):
    assert client.get("/logout/").status_code == client.send("/logout/").status_code == 302


def test_a_user_who_is_switched_off_is_out_at_the_next_page(clerk, db_session):
    assert clerk.get("/case/list/").status_code == 200
    db_session.execute(text("UPDATE ab_user SET active = false WHERE username = 'clerk.bb'"))
    db_session.commit()
    assert clerk.get("/case/list/").status_code == 302


def test_a_role_that_is_taken_ends_the_session_with_the_next_page(clerk, client_as, db_session):
    user = db_session.scalars(select(User).where(User.username == "clerk.bb")).unique().one()
    user.roles = []
    db_session.commit()
    assert "/login/" in clerk.get("/case/list/").location
    assert client_as("clerk.bb").get("/case/list/").status_code == 403


def test_the_roles_of_a_group_count_too(client_as, db_session, app):
    manager = app.extensions["appbuilder"].sm
    group = manager.add_group("Readers", "Readers", "", [manager.find_role("Manager")])
    user = db_session.scalars(select(User).where(User.username == "auditor")).unique().one()
    assert client_as("auditor").get("/case/list/").status_code == 403
    user.groups = [group]
    db_session.commit()
    assert client_as("auditor").get("/case/list/").status_code == 200


def test_the_language_is_kept_with_the_user(client, client_as, db_session):
    sign_in(client)
    assert (
        client.get("/lang/en", headers={"Referer": "http://localhost/place/list/"}).location == "/place/list/"
    )
    assert db_session.scalar(select(User.language).where(User.username == "clerk.bb")) == "en"
    assert client_as("clerk.bb").page("/").all("html")[0]["lang"] == "en"  # another browser
    assert client_as("manager").page("/").all("html")[0]["lang"] == "km"


def test_a_language_that_is_none_is_not_found(clerk):
    assert clerk.get("/lang/fr").status_code == 404


def test_a_new_user_is_one_with_a_unit_a_role_and_a_good_password(app, db_session, client):
    said = actions.create_user("new.clerk", "សុខ ថ្មី", "Investigator", "PC-02", "four plain words here")
    assert said is None
    user = db_session.scalars(select(User).where(User.username == "new.clerk")).unique().one()
    assert (user.unit_code, user.language, [role.name for role in user.roles]) == (
        "PC-02",
        "km",
        ["Investigator"],
    )
    assert sign_in(client, "new.clerk", "four plain words here").status_code == 302


def test_nobody_becomes_an_administrator_through_the_screens_of_the_framework(client_as, db_session):
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


def test_there_is_no_token_for_a_password_alone(client):
    answer = client.post(
        "/api/v1/security/login",
        json={"username": "admin", "password": demo_users.PASSWORD, "provider": "db"},
    )
    assert answer.status_code in (400, 404) and "access_token" not in answer.text
    assert client.post("/api/v1/security/login", headers={"X-CSRFToken": client.token}).status_code == 404
