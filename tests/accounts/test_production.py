"""Production settings: protected cookies, and no unneeded endpoints."""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from flask import request

from app import create_app
from tests.accounts.login import open_signed_in_client, sign_in
from tests.house.source_files import PROJECT

SHOWN = (
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE",
    "SECOND_FACTOR",
)


def read_config(**variables):
    words = f"import config, json; print(json.dumps({{name: getattr(config, name) for name in {SHOWN}}}))"
    done = subprocess.run(
        [sys.executable, "-c", words],
        cwd=PROJECT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_production_cookie_is_secure_and_host_only():
    assert read_config(ECRIME_ENV="production") == {
        "SESSION_COOKIE_NAME": "__Host-ecrime",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SECOND_FACTOR": "required",
    }


def test_demo_offers_second_factor_without_requiring_it():
    assert read_config(ECRIME_ENV="demo")["SECOND_FACTOR"] == "offered"
    assert read_config(ECRIME_ENV="demo", ECRIME_SECOND_FACTOR="required")["SECOND_FACTOR"] == "required"


def test_cookies_are_http_only_and_same_site(app):
    answer = sign_in(app.test_client())
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert (
            "HttpOnly" in cookie
            and "SameSite=Lax" in cookie
            and "Path=/" in cookie
            and "Domain" not in cookie
        )


@pytest.mark.parametrize(
    "path",
    ["/register/", "/registeruser/list/", "/swagger/v1", "/api/v1/_openapi", "/api/v1/security/login", "/console",
     "/api/v1/security/users/", "/api/v1/security/api_keys/", "/.git/config", "/api/v1/security/refresh"],
)  # fmt: skip
def test_unneeded_endpoints_do_not_exist(app, path):
    for client in (app.test_client(), open_signed_in_client(app, "admin")):
        assert client.get(path).status_code in (401, 404)


@pytest.mark.parametrize("host", ["evil.invalid", "evil.invalid:80", "localhost.evil.invalid"])
def test_spoofed_host_never_redirects_to_other_sites(app, host):
    headers = {"Host": host, "X-Forwarded-Host": host}
    for path in ("/", "/login/", "/case/list/", "/logout/", "/lang/en"):
        answer = app.test_client().get(path, headers=headers)
        assert urlsplit(answer.headers.get("Location", "")).netloc == ""
    client = app.test_client()
    client.page("/login/")
    there = client.get("/case/list/", headers=headers).location
    answer = sign_in(client, next=there)
    assert answer.location in ("/", "/case/list/")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.invalid",
        "/\\evil.invalid",
        "https://evil.invalid",
        "///evil.invalid",
        "/%09/evil.invalid",
        "\thttps://evil.invalid",
    ],
)
def test_second_factor_never_redirects_to_other_sites(app, target):
    client = open_signed_in_client(app)
    answer = client.get("/login/", query_string={"next": target})
    assert answer.status_code == 302
    assert answer.location.startswith("/") and not answer.location.startswith(("//", "/\\"))


def test_proxy_headers_of_browser_are_ignored(app):
    client = open_signed_in_client(app)
    client.send("/logout/")
    sign_in(
        client, headers={"X-Forwarded-For": "10.9.8.7", "X-Real-IP": "10.9.8.7", "X-Remote-User": "admin"}
    )
    text = client.get("/my-account/").text
    assert "10.9.8.7" not in text and "clerk.bb" in text


def test_one_configured_proxy_is_trusted(app):
    proxied = create_app(
        SECRET_KEY=app.config["SECRET_KEY"], SQLALCHEMY_DATABASE_URI="sqlite://", TRUSTED_PROXIES=1
    )
    seen = []
    proxied.before_request_funcs[None].insert(0, lambda: seen.append(request.remote_addr))
    proxied.test_client().get("/static/none", headers={"X-Forwarded-For": "10.9.8.7"})
    assert seen == ["10.9.8.7"]


def test_sign_in_settings_come_from_operator_file(tmp_path, stand_ins):
    file = tmp_path / "sign_in.py"
    file.write_text("AUTH_TYPE = 2\nAUTH_LDAP_SERVER = 'ldap://ldap.invalid'\nSECRET_KEY = 'not taken'\n")
    app = create_app(SECRET_KEY="x" * 40, SQLALCHEMY_DATABASE_URI="sqlite://", SIGN_IN_SETTINGS=str(file))
    assert app.config["AUTH_LDAP_SERVER"] == "ldap://ldap.invalid" and app.config["SECRET_KEY"] == "x" * 40
    assert app.config["AUTH_TYPE"] == 2 and "SignInView.login" in app.view_functions
