"""What a signed-in user must do before anything else, and what happens to a form whose session has ended."""

from flask import abort, current_app, g, redirect, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from app.accounts import second_factor, sessions

ALWAYS = {"static", "appbuilder.static", "LocaleView.index", "SecondStepView.ask"}
DOORS = {"login", "logout", "oauth_authorized", "acs", "slo", "metadata"}  # of whatever view FAB signs in by
OWN_PASSWORD = {"OwnPasswordView.this_form_get", "OwnPasswordView.this_form_post"}
OWN_FACTOR = {"AccountView.enrol", "AccountView.confirm", "FreshSignInView.ask"}


def init_app(app):
    """Called after the guard against foreign forms, which asks first."""
    app.before_request(_hold_back)


def _hold_back():
    if not request.endpoint or request.endpoint in ALWAYS or request.endpoint.rpartition(".")[2] in DOORS:
        return None
    if not current_user.is_authenticated:
        if (
            request.method == "POST"
            and sessions.NAME_IN_COOKIE in session
            and not request.path.startswith("/api/")
        ):
            raise CSRFError(gettext("The session has ended."))  # the page that keeps what was typed
        # A script of an open page asks on after its session has ended. FAB would lead it to the door and write a
        # sentence for it into the cookie, over the cookie of whoever signs in beside it in that second.
        if request.accept_mimetypes.best == "application/json" and _needs_a_right():
            abort(401)
        # FAB's own doors (a directory, another server) know of no second step, and lead past it to a page.
        if request.method == "GET" and not request.path.startswith("/api/") and sessions.waiting():
            return redirect(url_for("SecondStepView.ask", next=request.full_path.removesuffix("?")))
        return None
    user, row = current_user, g.get("sign_in")
    ours = current_app.appbuilder.sm.keeps_passwords
    if ours and user.must_change_password and request.endpoint not in OWN_PASSWORD:
        return _first(
            "OwnPasswordView.this_form_get",
            gettext("Somebody else has set this password. Choose one of your own."),
        )
    held = row is not None and not row.second_factor and request.endpoint not in OWN_PASSWORD | OWN_FACTOR
    if held and second_factor.needed_by(_roles()):
        return _first("AccountView.enrol", gettext("This role needs the second step. Set it up first."))
    return None


def _needs_a_right():
    """FAB marks so whatever it judges: a page, and what a script asks of it."""
    return hasattr(current_app.view_functions[request.endpoint], "_permission_name")


def _roles():
    return current_app.appbuilder.sm.held_by_reader().role_names


def _first(endpoint, sentence):
    if request.path.startswith("/api/"):
        abort(403, sentence)
    return redirect(url_for(endpoint))
