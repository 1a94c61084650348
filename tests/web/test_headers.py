"""Guarantees of every response: security headers, no caching, no writes by GET, CSRF tokens for writes."""

import re

import pytest

from app.accounts import demo_users
from tests import nightly
from tests.crawling import find_pages, hashes
from tests.prepared import prepared
from tests.role_pages import is_asked_by
from tests.sample_rows import acting_as, add_photo, add_registered_case, make_registered_person

DEMO_USERS = (
    "clerk.bb",
    "investigator.bb",
    "chief.bb",
    "admin.drugs",
    "manager",
    "planning",
    "twg",
    "auditor",
    "admin",
)

# Thumbnails, the rows of the own jobs, and lists of the reference data; sign-out clears them.
# The chosen language, search tokens and the access log.
CHANGED_BY_GET = {"ab_user", "search_token", "audit_event", "audit_payload", "audit_head"}

KEPT_UNTIL_SIGN_OUT = ("/file/", "/jobs/rows", "/lookup/")


@prepared
def filled(db_session):
    with acting_as("clerk.bb"):
        add_registered_case(people=[(add_photo(make_registered_person()), "suspect")])
        db_session.commit()


def assert_secure_headers(answer):
    policy = answer.headers["Content-Security-Policy"]
    if "sandbox" not in policy:  # a file
        assert "script-src 'self';" in policy and "style-src 'self';" in policy
        assert (
            "frame-ancestors 'none'" in policy
            and "base-uri 'none'" in policy
            and "object-src 'none'" in policy
        )
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert (
        answer.content_type.startswith(
            ("text/html; charset=utf-8", "application/json", "application/problem+json")
        )
        or answer.status_code < 300
    )


def assert_safe(url, answer):
    """The answer has the headers, and a browser does not cache it."""
    assert_secure_headers(answer)
    assert answer.status_code in {200, 302, 400, 403, 404, 422}, f"{url}: {answer.status_code}"
    cached = answer.headers["Cache-Control"]
    assert "no-store" in cached or (url.startswith(KEPT_UNTIL_SIGN_OUT) and "private" in cached), url


@pytest.mark.nightly(name="matrix")
def test_every_page_has_headers_is_not_cached_and_writes_nothing(app, client_as, filled, db_session):
    """The admin asks for the pages that the clerk may not open. `test_get_writes_nothing` asks for all pages."""
    before = hashes(db_session, CHANGED_BY_GET)
    browsers = client_as("clerk.bb"), client_as("admin")
    opened = 0
    for _rule, url in nightly.some_of(find_pages(app, db_session)):
        for browser in browsers:
            answer = browser.get(url)
            assert_safe(url, answer)
            if answer.status_code == 200:
                opened += 1
                break
    assert opened > 20, "a refused page proves nothing about its headers"
    assert hashes(db_session, CHANGED_BY_GET) == before


@pytest.mark.parametrize(
    ("url", "status"),
    [("/no-such-page", 404), ("/case/show/999999", 404), ("/case/list/?page_CaseView=x", 400)],
)
def test_error_pages_have_headers(clerk, url, status):
    answer = clerk.get(url)
    assert answer.status_code == status
    assert_secure_headers(answer)


def test_server_error_shows_only_number(app, clerk, monkeypatch, caplog):
    def breaks(*_args, **_kwargs):
        raise RuntimeError("SELECT secret FROM a_table")

    monkeypatch.setitem(app.view_functions, "AboutView.page", breaks)
    answer = clerk.get("/about-the-data/")
    assert answer.status_code == 500
    assert_secure_headers(answer)
    assert (
        "secret" not in answer.text and "Traceback" not in answer.text and "RuntimeError" not in answer.text
    )
    number = caplog.messages[-1].split()[1]
    assert number in answer.text


@pytest.mark.slow
@pytest.mark.nightly(name="matrix")
@pytest.mark.parametrize(
    ("database", "users"),
    [
        pytest.param("postgresql", ("clerk.bb",), id="a clerk on PostgreSQL"),
        pytest.param("sqlite", DEMO_USERS, id="all"),
    ],
    indirect=["database"],
)
def test_get_writes_nothing(app, client_as, filled, db_session, users):
    before = hashes(db_session, CHANGED_BY_GET)
    browsers = {role: client_as(user) for user, _name, role, *_rest in demo_users.USERS if user in users}
    pages_today = enumerate(find_pages(app, db_session))
    for number, (rule, url) in pages_today if len(users) > 1 else nightly.some_of(pages_today, days=3):
        for role, browser in browsers.items():
            if is_asked_by(role, number, "GET", rule, browsers, parts=2):
                assert_safe(url, browser.get(url))
    assert hashes(db_session, CHANGED_BY_GET) == before


PATH_VALUES = {"entity": "case", "name": "person", "token": "t", "what": "case"}


def test_every_post_needs_csrf_token(app, client_as, filled, db_session):
    before = hashes(db_session)
    admin = client_as("twg")
    sent = 0
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods & {"POST", "PUT", "PATCH", "DELETE"}):
            url = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda part: PATH_VALUES.get(part[1], "1"), rule.rule)
            answer = admin.open(
                url, method=method, data={"username": "x"} if not url.startswith("/api") else b"{}"
            )
            assert answer.status_code == 400, f"{method} {url}: {answer.status_code}"
            sent += 1
    assert sent > 40
    assert hashes(db_session) == before


def test_form_without_token_offers_input_but_no_password(clerk):
    answer = clerk.post("/person/search", data={"_flt_0_surname_km": "សុខ"})
    assert answer.status_code == 400 and "សុខ" in answer.text
    answer = clerk.post("/login/", data={"username": "clerk.bb", "password": "a-secret-word"})
    assert answer.status_code == 400 and "a-secret-word" not in answer.text


def test_session_cookie_is_http_only(client):
    cookie = client.get("/login/").headers["Set-Cookie"]
    assert cookie.startswith("ecrime=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_hashed_style_is_cached_for_a_year(client):
    page = client.page("/login/")
    style = next(link["href"] for link in page.all("link", rel="stylesheet"))
    answer = client.get(style)
    assert answer.status_code == 200 and "max-age=31536000" in answer.headers["Cache-Control"]
    assert client.get("/static/../config.py").status_code == 404
