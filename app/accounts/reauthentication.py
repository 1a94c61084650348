"""Reauthentication: sensitive actions require the password again unless it was given within 10 minutes."""

from datetime import timedelta
from functools import wraps

from flask import g, redirect, request, url_for
from werkzeug.exceptions import Forbidden

from app.kernel.text import dates

FRESH_FOR = timedelta(minutes=10)


class ReauthenticationRequired(Forbidden):
    """The form is refused until the password is given again. The error page keeps what was typed."""


def is_sign_in_fresh():
    """Return whether this session's password (and second factor) was given within 10 minutes."""
    row = g.get("sign_in")
    return row is not None and dates.now() - row.authenticated_at < FRESH_FOR


def require_fresh_sign_in(method):
    """Decorate a view method, below `@has_access`, so that it requires a recent sign-in.

    A GET request is redirected to the password form and back. A POST is answered with status 403 and a page that
    keeps what was typed: it opens the password form in another window, and a button sends the form again.
    """

    @wraps(method)
    def wrapper(*args, **kwargs):
        if is_sign_in_fresh():
            return method(*args, **kwargs)
        if request.method in ("GET", "HEAD"):
            return redirect(url_for("ReauthenticationView.confirm", next=request.full_path.removesuffix("?")))
        raise ReauthenticationRequired()

    return wrapper
