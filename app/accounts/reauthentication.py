"""Before an act of weight the password is asked for again, unless it was given within ten minutes."""

from datetime import timedelta
from functools import wraps

from flask import g, redirect, request, url_for
from werkzeug.exceptions import Forbidden

from app.kernel.text import dates

FRESH_FOR = timedelta(minutes=10)


class NotFresh(Forbidden):
    """What was sent waits until the password has been given again; its page keeps all that was typed."""


def fresh():
    """Whether the password (and the second factor) of this session was given within ten minutes."""
    row = g.get("sign_in")
    return row is not None and dates.now() - row.proved_at < FRESH_FOR


def needs_fresh_sign_in(method):
    """Decorates a view's method, below `@has_access`.

    A page is led to the question and back. What is sent (POST) is answered by a page with status 403 that keeps
    what was typed: it opens the question in another window, and a button sends everything once more.
    """

    @wraps(method)
    def asked(*args, **kwargs):
        if fresh():
            return method(*args, **kwargs)
        if request.method in ("GET", "HEAD"):
            return redirect(url_for("FreshSignInView.ask", next=request.full_path.removesuffix("?")))
        raise NotFresh()

    return asked
