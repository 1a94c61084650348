"""A browser without a screen: it signs in as a demo user and sends the token that every form must carry."""

import hashlib
from contextvars import Context
from functools import cache

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from flask_login.utils import _create_identifier
from itsdangerous import URLSafeTimedSerializer

from app.extensions import db
from tests import sign_ins
from tests.html_pages import Page


@cache
def _get_identifier(user_agent):
    """Return the name that Flask-Login gives to a browser."""
    with Flask(__name__).test_request_context(headers={"User-Agent": user_agent}):
        return _create_identifier()


class RegisterClient(FlaskClient):
    """Flask's client. `send` posts like a page of the application; `get` and `post` add nothing."""

    def open(self, *args, **kwargs):
        # An open context of the test would lend its session and its `g` to the request.
        response = Context().run(super().open, *args, **kwargs)
        if has_app_context():
            db.session.expire_all()
        return response

    def sign_in(self, username, language=None):
        """Sign in as that user. The sign-in page has tests of its own; this reuses or writes the session."""
        Context().run(self._write_session, username)
        browser = _get_identifier(self.environ_base["HTTP_USER_AGENT"])
        with self.session_transaction() as session:
            session |= {"_user_id": sign_ins.get_session_token(username), "_fresh": True, "_id": browser}
            if language:
                session["locale"] = language
        return self

    def _write_session(self, username):
        with self.application.app_context():
            sign_ins.write_session(username)

    @property
    def token(self):
        """Return a form token of this session."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", hashlib.sha1(b"one session of a test").hexdigest())
        return URLSafeTimedSerializer(self.application.secret_key, salt="wtf-csrf-token").dumps(raw)

    def send(self, url, data=None, **kwargs):
        """POST a form with its token."""
        return self.post(url, data={"csrf_token": self.token, **(data or {})}, **kwargs)

    def page(self, url, status=200, **kwargs):
        """Return the parsed page at `url`, which must answer with `status`."""
        return Page.from_response(self.get(url, **kwargs), status)
