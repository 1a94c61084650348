"""API tokens: named, shown once, read-only or read-write, ended with the user's account."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import ApiToken
from app.kernel.text import dates
from tests.accounts.login import enrol_second_factor, find_user, open_signed_in_client

TOKEN = re.compile(r"ecr_[0-9a-f]{8}_[\w-]{40,}")


@pytest.fixture
def browser(app, db_session):
    """The browser of a clerk after sign-in with the second factor."""
    client = open_signed_in_client(app)
    enrol_second_factor(client, "clerk.bb")
    return client


def create_token(browser, writes=False, days=30):
    answer = browser.send(
        "/my-account/tokens", {"name": "Statistics", "days": str(days), "writes": "1" * writes}
    )
    return TOKEN.search(answer.text)[0]


def call_api(app, token, path="/api/v1/places/", method="GET", **more):
    return app.test_client().open(path, method=method, headers={"Authorization": f"Bearer {token}"}, **more)


def test_token_gives_access_and_is_shown_once(app, browser, db_session, each_database):
    token = create_token(browser)
    assert call_api(app, token).status_code == 200
    assert token not in browser.get("/my-account/").text
    row = db_session.scalar(select(ApiToken))
    assert token.split("_", 2)[2] not in (row.secret_hash, row.public_id, row.name)


def test_token_form_sent_twice_creates_one_token(browser, db_session, each_database):
    (box,) = browser.page("/my-account/").all("input", name="idempotency_key")
    form = {"name": "Statistics", "days": "30", "writes": "", "idempotency_key": box["value"]}
    assert TOKEN.search(browser.send("/my-account/tokens", form).text)
    again = browser.send("/my-account/tokens", form)
    assert again.status_code == 302 and "Statistics" in browser.page("/my-account/").all(css="amber")[0].text
    assert db_session.scalar(select(func.count()).select_from(ApiToken)) == 1


def test_token_gives_access_to_api_only(app, browser):
    token = create_token(browser)
    assert call_api(app, token, "/case/list/").status_code == 302
    assert call_api(app, token, "/my-account/").status_code == 302


def test_token_has_only_permissions_of_its_user(app, db_session):
    browser = open_signed_in_client(app, "auditor")
    enrol_second_factor(browser, "auditor")
    assert call_api(app, create_token(browser), "/api/v1/persons/").status_code == 403


def test_token_read_only_cannot_write(app, browser):
    body = {"json": {}}
    assert call_api(app, create_token(browser), "/api/v1/supplements/", "POST", **body).status_code == 403
    assert (
        call_api(app, create_token(browser, writes=True), "/api/v1/supplements/", "POST", **body).status_code
        == 422
    )


def test_token_read_only_may_search(app, browser):
    assert call_api(app, create_token(browser), "/api/v1/places/search", "POST", json={}).status_code == 200


def test_token_expired_is_refused(app, browser, db_session):
    token = create_token(browser)
    db_session.execute(update(ApiToken).values(expires_at=dates.now() - timedelta(minutes=1)))
    db_session.commit()
    assert call_api(app, token).status_code == 401


def test_user_ends_own_token_only(app, browser, db_session):
    token, other = create_token(browser), open_signed_in_client(app, "clerk.pp")
    row = db_session.scalar(select(ApiToken.id))
    other.send(f"/my-account/tokens/{row}/end")
    assert call_api(app, token).status_code == 200
    browser.send(f"/my-account/tokens/{row}/end")
    assert call_api(app, token).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        lambda user: setattr(user, "active", False),
        lambda user: setattr(user, "roles", []),
        lambda user: setattr(user, "password", "scrypt:1:1:1$a$b"),
        lambda user: setattr(user, "unit_code", "PC-12"),
    ],
    ids=["disabled", "roles", "password", "unit"],
)
def test_account_change_ends_tokens(app, browser, db_session, change):
    token = create_token(browser)
    change(find_user("clerk.bb"))
    db_session.commit()
    assert call_api(app, token).status_code == 401


def test_token_creation_requires_second_factor(app):
    answer = open_signed_in_client(app).send("/my-account/tokens", {"name": "x", "days": "30"})
    assert answer.status_code == 403 and not TOKEN.search(answer.text)


@pytest.mark.parametrize("token", ["", "ecr_", "ecr_00000000_x", "ecr__", "a.b.c", "sst_abc", "\x00"])
def test_token_malformed_is_refused(app, token):
    assert call_api(app, token).status_code == 401


def test_token_after_five_wrong_secrets_is_locked(app, browser):
    token = create_token(browser)
    for _ in range(5):
        assert call_api(app, token[:-3] + "AAA").status_code == 401
    assert call_api(app, token).status_code == 401


def test_session_writing_by_api_requires_csrf_token(app, browser):
    assert browser.post("/api/v1/supplements/", json={}).status_code == 400
    headers = {"Authorization": f"Bearer {create_token(browser, writes=True)}"}
    assert browser.post("/api/v1/supplements/", json={}, headers=headers).status_code == 400
    assert (
        browser.post("/api/v1/supplements/", json={}, headers={"Origin": "https://evil.invalid"}).status_code
        == 400
    )
