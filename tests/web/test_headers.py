"""The headers and the promises of every answer: nothing inline, nothing kept, GET writes nothing, tokens everywhere."""

import re

import pytest

from tests.crawling import hashes, pages
from tests.sample_rows import a_registered_case, a_registered_person, with_photo, written_by

DEMO = (
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


@pytest.fixture
def filled(db_session):
    with written_by("clerk.bb"):
        a_registered_case(people=[(with_photo(a_registered_person()), "suspect")])
        db_session.commit()


def check(answer):
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
        answer.content_type.startswith(("text/html; charset=utf-8", "application/json"))
        or answer.status_code < 300
    )


def test_every_page_carries_the_headers_and_is_kept_by_no_browser(app, client_as, filled, db_session):
    admin, clerk = client_as("admin"), client_as("clerk.bb")
    for url in pages(app, db_session):
        for browser in (admin, clerk):
            answer = browser.get(url)
            check(answer)
            assert answer.status_code < 500, f"{url}: {answer.status_code}"
            assert (
                "no-store" in answer.headers["Cache-Control"] or "private" in answer.headers["Cache-Control"]
            ), url


@pytest.mark.parametrize(
    ("url", "status"),
    [("/no-such-page", 404), ("/case/show/999999", 404), ("/case/list/?page_CaseView=x", 400)],
)
def test_pages_of_errors_carry_the_headers_too(clerk, url, status):
    answer = clerk.get(url)
    assert answer.status_code == status
    check(answer)


def test_a_fault_tells_a_number_and_nothing_else(app, clerk, monkeypatch, caplog):
    def breaks(*_args, **_kwargs):
        raise RuntimeError("SELECT secret FROM a_table")

    monkeypatch.setitem(app.view_functions, "AboutView.page", breaks)
    answer = clerk.get("/about-the-data/")
    assert answer.status_code == 500
    check(answer)
    assert (
        "secret" not in answer.text and "Traceback" not in answer.text and "RuntimeError" not in answer.text
    )
    number = caplog.messages[-1].split()[1]
    assert number in answer.text


@pytest.mark.parametrize(
    "users", [pytest.param(("clerk.bb",), id="a clerk"), pytest.param(DEMO, id="all", marks=pytest.mark.slow)]
)
def test_no_get_writes_anything(app, client_as, filled, db_session, users, each_database):
    # The language a user chose, what was typed to search, and the log of looks.
    kept = {"ab_user", "search_slip", "audit_event", "audit_payload", "audit_head"}
    before = hashes(db_session, kept)
    browsers = [client_as(user) for user in users]
    for url in pages(app, db_session):
        for browser in browsers:
            browser.get(url)
    assert hashes(db_session, kept) == before


IN_PLACE_OF = {"entity": "case", "name": "person", "token": "t", "what": "case"}


def test_every_post_needs_a_token(app, client_as, filled, db_session):
    before = hashes(db_session)
    admin = client_as("twg")
    asked = 0
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods & {"POST", "PUT", "PATCH", "DELETE"}):
            url = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda part: IN_PLACE_OF.get(part[1], "1"), rule.rule)
            answer = admin.open(
                url, method=method, data={"username": "x"} if not url.startswith("/api") else b"{}"
            )
            assert answer.status_code == 400, f"{method} {url}: {answer.status_code}"
            asked += 1
    assert asked > 40
    assert hashes(db_session) == before


def test_a_form_without_a_token_offers_what_was_typed_once_more_but_no_password(clerk):
    answer = clerk.post("/person/search", data={"_flt_0_surname_km": "សុខ"})
    assert answer.status_code == 400 and "សុខ" in answer.text
    answer = clerk.post("/login/", data={"username": "clerk.bb", "password": "a-secret-word"})
    assert answer.status_code == 400 and "a-secret-word" not in answer.text


def test_the_cookie_of_the_session_is_no_scripts_business(client):
    cookie = client.get("/login/").headers["Set-Cookie"]
    assert cookie.startswith("ecrime=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_files_of_the_look_are_kept_a_year_under_a_name_with_a_hash(client):
    page = client.page("/login/")
    style = next(link["href"] for link in page.all("link", rel="stylesheet"))
    answer = client.get(style)
    assert answer.status_code == 200 and "max-age=31536000" in answer.headers["Cache-Control"]
    assert client.get("/static/../config.py").status_code == 404
