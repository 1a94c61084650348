"""What a reader is told when a page cannot be given: what happened and what to do, in one's own language.

A program (under /api/, or whoever accepts JSON first) is told the same sentence as JSON.
"""

import json
import secrets
from urllib.parse import urlsplit

from flask import current_app, g, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import BadRequest, HTTPException, ServiceUnavailable, default_exceptions

from app.accounts.reauthentication import NotFresh
from app.extensions import db
from app.kernel.audit.recorder import NotWritten
from app.kernel.concurrency.database_errors import NOT_WRITTEN

TITLES = {
    400: _("Request not understood"),
    401: _("Not signed in"),
    403: _("No right to this page"),
    404: _("Page not found"),
    405: _("Page not usable in this way"),
    413: _("Too large"),
    429: _("Too many requests"),
    500: _("Fault in the register"),
    503: _("Not possible now"),
}
SENTENCES = {
    400: _("This request cannot be understood. Go back and try again."),
    401: _("Sign in first."),
    403: _("There is no right to open this page. Ask the administrator of the unit."),
    404: _("There is no such page. Check the address, or begin at the first page."),
    405: _("This page cannot be used in this way. Begin at the first page."),
    413: _("What was sent is too large. Send fewer or smaller files."),
    429: _("Too many requests in a short time. Wait a minute, then try again."),
    500: _("The register has a fault. Try again, or report the number %(number)s."),
    503: NOT_WRITTEN,
}


def init_app(app):
    app.register_error_handler(HTTPException, tell)
    app.register_error_handler(CSRFError, tell_open_too_long)
    app.register_error_handler(NotFresh, tell_not_fresh)
    app.register_error_handler(NotWritten, tell_not_written)
    app.register_error_handler(DataError, tell_unfit)
    app.register_error_handler(500, tell_fault)


def tell(error):
    """Any HTTP error. A sentence that the code gave when it raised the error wins over ours."""
    if error.response is not None or error.code is None:
        return error
    usual = default_exceptions.get(error.code)
    if error.description and (usual is None or error.description != usual.description):
        return _answer(error, str(error.description))
    return _answer(error, str(SENTENCES.get(error.code, SENTENCES[400])))


def tell_fault(error):
    """A fault of ours: the reader gets a number, which stands in the log after the trace, and nothing else."""
    number = secrets.token_hex(3).upper()
    current_app.logger.error("Fault %s in %s", number, request.endpoint)
    if (
        "_login_user" not in g
    ):  # the database may be what failed: Flask-Login must not ask it for the user again
        g._login_user = current_app.login_manager.anonymous_user()
    # Without the menu, which asks the database as well.
    return _answer(error, str(SENTENCES[500]) % {"number": number}, "appbuilder/500.html")


def tell_not_written(error):
    """The log could not be written, so nothing is shown and nothing was done; `kernel.audit` has told the log file."""
    if "_login_user" not in g:
        g._login_user = current_app.login_manager.anonymous_user()
    return _answer(ServiceUnavailable(), str(NOT_WRITTEN), "appbuilder/500.html")


def tell_unfit(_error):
    """The database was asked with what no column of it holds: a NUL, a number without end. No fault of ours."""
    db.session.rollback()
    current_app.logger.warning("What was sent fits into no column: %s", request.endpoint)
    return tell(BadRequest())


def tell_open_too_long(error):
    """A form without a valid token: its page lay open too long. What was typed can be sent once more.

    Only what a page of ours sent is offered again, never another site's form, and no password.
    """
    ours = urlsplit(request.headers.get("Origin", request.host_url)).netloc == request.host
    sentence = gettext("The page was open too long, so nothing was saved yet.")
    return _kept(error, sentence, gettext("Page open too long"), _typed() if ours else [])


def tell_not_fresh(error):
    """An act of weight, sent when the password was given too long ago: it waits on this page until it is given again."""
    sentence = gettext("This act needs the password once more, so nothing was done yet.")
    again = url_for("FreshSignInView.ask")
    return _kept(error, sentence, gettext("Confirm who you are"), _typed(), again=again)


def _typed():
    """What the form held, as pairs; nothing of a form with a password."""
    typed = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    return [] if any("password" in name for name, _value in typed) else typed


def _kept(error, sentence, title, typed, **more):
    had_files = bool(request.files)
    return _answer(
        error, sentence, "open_too_long.html", title=title, typed=typed, had_files=had_files, **more
    )


def _answer(error, sentence, template="appbuilder/404.html", title=None, **more):
    response = error.get_response()  # keeps Allow, Retry-After and the like
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        response.content_type = "application/json; charset=utf-8"
        response.set_data(json.dumps({"message": sentence}, ensure_ascii=False))
        return response
    appbuilder = current_app.extensions["appbuilder"]
    title = title or TITLES.get(error.code, TITLES[400])
    page = render_template(template, appbuilder=appbuilder, title=title, sentence=sentence, **more)
    response.content_type = "text/html; charset=utf-8"
    response.set_data(page)
    return response
