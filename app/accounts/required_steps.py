"""Steps that a user must complete before any other page, and the answer to requests after a session has ended."""

from flask import abort, current_app, g, redirect, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from app.accounts import second_factor, sessions

ALWAYS_ALLOWED = {"static", "appbuilder.static", "LocaleView.index", "SecondFactorView.enter_code"}
SIGN_IN_ENDPOINTS = {
    "login",
    "logout",
    "oauth_authorized",
    "acs",
    "slo",
    "metadata",
}  # of every sign-in view of FAB
PASSWORD_ENDPOINTS = {"OwnPasswordView.this_form_get", "OwnPasswordView.this_form_post"}
SECOND_FACTOR_ENDPOINTS = {
    "AccountView.enrol",
    "AccountView.confirm",
    "AccountView.new_passkey",
    "AccountView.add_passkey",
    "ReauthenticationView.confirm",
}


def init_app(app):
    """Register the check of each request. Call it after the CSRF protection, which must run first."""
    app.before_request(_redirect_to_required_step)


def _redirect_to_required_step():
    """Return the redirect to the step that the user must complete first, or None."""
    endpoint = request.endpoint
    if not endpoint or endpoint in ALWAYS_ALLOWED or endpoint.rpartition(".")[2] in SIGN_IN_ENDPOINTS:
        return None
    if not current_user.is_authenticated:
        return _answer_signed_out()
    if _must_change_password() and endpoint not in PASSWORD_ENDPOINTS:
        return _redirect_first(
            "OwnPasswordView.this_form_get",
            gettext("This password was set by another user. Choose your own password."),
        )
    if endpoint not in PASSWORD_ENDPOINTS | SECOND_FACTOR_ENDPOINTS and _must_set_up_second_factor():
        return _redirect_first(
            "AccountView.enrol", gettext("This role requires two-step verification. Set it up first.")
        )
    return None


def _answer_signed_out():
    """Answer a request without a session where FAB's own redirect to the sign-in form would be wrong."""
    is_api = request.path.startswith("/api/")
    if request.method == "POST" and sessions.TOKEN_COOKIE_KEY in session and not is_api:
        raise CSRFError(gettext("The session has ended."))  # its error page keeps what was typed
    # An open page continues to poll after its session has ended. FAB would redirect it and write a message into the
    # cookie. That would overwrite the cookie of a user who signs in in the same browser at that moment.
    if request.accept_mimetypes.best == "application/json" and _requires_permission():
        abort(401)
    # FAB's other sign-in views (directory, other server) do not know the second factor and redirect to a page.
    if request.method == "GET" and not is_api and sessions.find_pending_session():
        return redirect(url_for("SecondFactorView.enter_code", next=request.full_path.removesuffix("?")))
    return None


def _must_change_password():
    return current_app.appbuilder.sm.stores_passwords and current_user.must_change_password


def _must_set_up_second_factor():
    row = g.get("sign_in")
    if row is None or row.second_factor:
        return False
    return second_factor.is_required_for(current_app.appbuilder.sm.get_reader_permissions().role_names)


def _requires_permission():
    """Return whether FAB protects this endpoint by a permission."""
    return hasattr(current_app.view_functions[request.endpoint], "_permission_name")


def _redirect_first(endpoint, sentence):
    if request.path.startswith("/api/"):
        abort(403, sentence)
    return redirect(url_for(endpoint))
