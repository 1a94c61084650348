"""Error pages: what happened and what to do, in the reader's language.

A program (a request under /api/, or one that prefers JSON) receives the same message as a problem (RFC 9457).
"""

import secrets
from urllib.parse import urlsplit

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import BadRequest, HTTPException, ServiceUnavailable, default_exceptions

from app.accounts.reauthentication import ReauthenticationRequired
from app.kernel.api.problem_details import set_problem
from app.kernel.audit.recorder import AuditWriteFailed
from app.kernel.concurrency.database_errors import AUDIT_UNAVAILABLE, status_and_message
from app.kernel.database.transactions import rollback
from app.kernel.flask_login_patches import set_anonymous_if_unknown

TITLES = {
    400: _("Invalid request"),
    401: _("Not signed in"),
    403: _("No permission for this page"),
    404: _("Page not found"),
    405: _("Page not usable in this way"),
    413: _("Too large"),
    429: _("Too many requests"),
    500: _("System error"),
    503: _("Not possible now"),
}
MESSAGES = {
    400: _("This request cannot be understood. Go back and try again."),
    401: _("Sign in first."),
    403: _("You do not have permission to open this page. Ask your unit administrator."),
    404: _("Page not found. Check the address, or start from the home page."),
    405: _("This page cannot be used in this way. Start from the home page."),
    413: _("The upload is too large. Send fewer or smaller files."),
    429: _("Too many requests in a short time. Wait a minute, then try again."),
    500: _("An error occurred in E-Crime. Try again, or report the number %(number)s."),
    503: AUDIT_UNAVAILABLE,
}


def init_app(app):
    app.register_error_handler(HTTPException, handle_http_error)
    app.register_error_handler(CSRFError, handle_csrf_error)
    app.register_error_handler(ReauthenticationRequired, handle_stale_sign_in)
    app.register_error_handler(AuditWriteFailed, handle_audit_failure)
    app.register_error_handler(DataError, handle_data_error)
    app.register_error_handler(500, handle_server_error)


def handle_http_error(error):
    """Return the page of an HTTP error. A message given by the code that raised the error replaces the default one."""
    if error.response is not None or error.code is None:
        return error
    takes_forms = request.method == "GET" and "POST" in (getattr(error, "valid_methods", None) or ())
    if takes_forms and (url := _find_page_of_action()):
        return redirect(url)
    default = default_exceptions.get(error.code)
    if error.description and (default is None or error.description != default.description):
        return _error_response(error, str(error.description))
    return _error_response(error, str(MESSAGES.get(error.code, MESSAGES[400])))


def _find_page_of_action():
    """Return the URL of the record whose page sends a form to this address, or None.

    The browser asks for it when the reader changes the language of a rejected form.
    """
    try:
        endpoint, values = current_app.create_url_adapter(request).match(method="POST")
        return url_for(f"{endpoint.partition('.')[0]}.show", pk=values["pk"])
    except (HTTPException, LookupError, ValueError):  # a wrong key, or an action of no record
        return None


def handle_server_error(error):
    """Return the page of an unexpected error: it shows only a number, which is in the log after the traceback."""
    number = secrets.token_hex(3).upper()
    current_app.logger.error("Error %s in %s", number, request.endpoint)
    # The database may have failed: Flask-Login must not load the user from it again.
    set_anonymous_if_unknown()
    # Without the menu, which also needs the database.
    return _error_response(error, str(MESSAGES[500]) % {"number": number}, "appbuilder/500.html")


def handle_audit_failure(error):
    """Return the page for a failed audit log: nothing was shown or done. `kernel.audit` has logged the error."""
    set_anonymous_if_unknown()
    _status, message = status_and_message(error, request.endpoint)
    return _error_response(ServiceUnavailable(), str(message), "appbuilder/500.html")


def handle_data_error(_error):
    """Return a 400 page for values that no database column can hold: a NUL character, an endless number."""
    rollback()
    current_app.logger.warning("A value fits into no database column: %s", request.endpoint)
    return handle_http_error(BadRequest())


def handle_csrf_error(error):
    """Return the page for a form without a valid CSRF token, usually because its page expired. It can be sent again.

    Only a form of our own pages is offered again, never one of another site, and no password.
    """
    is_own_form = urlsplit(request.headers.get("Origin", request.host_url)).netloc == request.host
    message = gettext("This page was open too long, so nothing was saved yet.")
    return _resubmit_page(error, message, gettext("Page expired"), _submitted_values() if is_own_form else [])


def handle_stale_sign_in(error):
    """Return the page for a sensitive action that needs the password again; the form is sent after it is confirmed."""
    message = gettext("This action needs your password again, so nothing was done yet.")
    again = url_for("ReauthenticationView.confirm")
    return _resubmit_page(error, message, gettext("Confirm your identity"), _submitted_values(), again=again)


def _submitted_values():
    """Return the submitted values as pairs; empty for a form with a password."""
    submitted = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    return [] if any("password" in name for name, _value in submitted) else submitted


def _resubmit_page(error, message, title, submitted, **more):
    had_files = bool(request.files)
    return _error_response(
        error, message, "page_expired.html", title=title, typed=submitted, had_files=had_files, **more
    )


def _error_response(error, message, template="appbuilder/404.html", title=None, **more):
    response = error.get_response()  # keeps headers such as Allow and Retry-After
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        return set_problem(response, error.code, message)
    appbuilder = current_app.extensions["appbuilder"]
    title = title or TITLES.get(error.code, TITLES[400])
    page = render_template(template, appbuilder=appbuilder, title=title, sentence=message, **more)
    response.content_type = "text/html; charset=utf-8"
    response.set_data(page)
    return response
