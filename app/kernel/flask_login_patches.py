"""Private names of Flask-Login that this project uses."""

from flask import current_app, g

from app.kernel.patch_guard import require_version

require_version("flask-login", "0.6.")


def set_request_user(user):
    """Make `user` the current user of this context without a session: for jobs, and after the second factor."""
    current_app.extensions["appbuilder"].sm.lm._update_request_context_with_user(user)


def set_anonymous_if_unknown():
    """Make the current user anonymous if no user was loaded yet: an error page must not query a failed database."""
    if "_login_user" not in g:
        set_request_user(None)
