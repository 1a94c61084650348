"""Programs ask with a token: named, shown once, for reading or also for writing, ended with its user."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import ApiToken
from app.kernel.text import dates
from tests.accounts.login import enrol, signed_in, user_named

TOKEN = re.compile(r"ecr_[0-9a-f]{8}_[\w-]{40,}")


@pytest.fixture
def browser(app, db_session):
    """The clerk's browser, whose session has passed the second step."""
    client = signed_in(app)
    enrol(client, "clerk.bb")
    return client


def make(browser, writes=False, days=30):
    answer = browser.send(
        "/my-account/tokens", {"name": "Statistics", "days": str(days), "writes": "1" * writes}
    )
    return TOKEN.search(answer.text)[0]


def ask(app, token, path="/api/v1/places/", method="GET", **more):
    return app.test_client().open(path, method=method, headers={"Authorization": f"Bearer {token}"}, **more)


def test_a_token_asks_in_the_name_of_its_user_and_is_shown_once(app, browser, db_session, each_database):
    token = make(browser)
    assert ask(app, token).status_code == 200
    assert token not in browser.get("/my-account/").text
    row = db_session.scalar(select(ApiToken))
    assert token.split("_", 2)[2] not in (row.secret_hash, row.mark, row.name)


def test_a_form_of_a_token_that_is_sent_again_makes_no_second_one(browser, db_session, each_database):
    (box,) = browser.page("/my-account/").all("input", name="once")
    form = {"name": "Statistics", "days": "30", "writes": "", "once": box["value"]}
    assert TOKEN.search(browser.send("/my-account/tokens", form).text)
    again = browser.send("/my-account/tokens", form)
    assert again.status_code == 302 and "Statistics" in browser.page("/my-account/").all(css="amber")[0].text
    assert db_session.scalar(select(func.count()).select_from(ApiToken)) == 1


def test_a_token_opens_the_api_only(app, browser):
    token = make(browser)
    assert ask(app, token, "/case/list/").status_code == 302
    assert ask(app, token, "/my-account/").status_code == 302


def test_a_token_has_the_rights_of_its_user_and_no_more(app, db_session):
    browser = signed_in(app, "auditor")
    enrol(browser, "auditor")
    assert ask(app, make(browser), "/api/v1/persons/").status_code == 403


def test_a_token_for_reading_does_not_write(app, browser):
    body = {"json": {}}
    assert ask(app, make(browser), "/api/v1/supplements/", "POST", **body).status_code == 403
    assert ask(app, make(browser, writes=True), "/api/v1/supplements/", "POST", **body).status_code == 422


def test_a_token_for_reading_may_search(app, browser):
    assert ask(app, make(browser), "/api/v1/places/search", "POST", json={}).status_code == 200


def test_a_token_ends_on_its_day(app, browser, db_session):
    token = make(browser)
    db_session.execute(update(ApiToken).values(expires_at=dates.now() - timedelta(minutes=1)))
    db_session.commit()
    assert ask(app, token).status_code == 401


def test_the_user_ends_his_token_and_nobody_elses(app, browser, db_session):
    token, other = make(browser), signed_in(app, "clerk.pp")
    row = db_session.scalar(select(ApiToken.id))
    other.send(f"/my-account/tokens/{row}/end")
    assert ask(app, token).status_code == 200
    browser.send(f"/my-account/tokens/{row}/end")
    assert ask(app, token).status_code == 401


@pytest.mark.parametrize(
    "change",
    [lambda user: setattr(user, "active", False), lambda user: setattr(user, "roles", [])],
    ids=["disabled", "roles"],
)
def test_tokens_end_with_what_ends_sessions(app, browser, db_session, change):
    token = make(browser)
    change(user_named("clerk.bb"))
    db_session.commit()
    assert ask(app, token).status_code == 401


def test_no_token_without_the_second_step(app):
    answer = signed_in(app).send("/my-account/tokens", {"name": "x", "days": "30"})
    assert answer.status_code == 403 and not TOKEN.search(answer.text)


@pytest.mark.parametrize("token", ["", "ecr_", "ecr_00000000_x", "ecr__", "a.b.c", "sst_abc", "\x00"])
def test_what_is_no_token_opens_nothing(app, token):
    assert ask(app, token).status_code == 401


def test_five_wrong_secrets_shut_a_token(app, browser):
    token = make(browser)
    for _ in range(5):
        assert ask(app, token[:-3] + "AAA").status_code == 401
    assert ask(app, token).status_code == 401


def test_a_session_that_writes_through_the_api_needs_its_form_token(app, browser):
    assert browser.post("/api/v1/supplements/", json={}).status_code == 400
    headers = {"Authorization": f"Bearer {make(browser, writes=True)}"}
    assert browser.post("/api/v1/supplements/", json={}, headers=headers).status_code == 400
    assert (
        browser.post("/api/v1/supplements/", json={}, headers={"Origin": "https://evil.invalid"}).status_code
        == 400
    )
