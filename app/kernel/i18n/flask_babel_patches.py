"""Private names of Flask-Babel that this project uses."""

from flask import g
from flask_babel import get_locale

from app.kernel.patch_guard import require_version

require_version("flask-babel", "4.0.")

# The object behind the proxy: the proxy looks it up again for each attribute.
_current_g = g._get_current_object


def cached_locale():
    """Return the locale of this request from Flask-Babel's own cache if it is set; None outside an application.

    `get_locale` looks for its extension first. Each cell of a list asks. Gain: 10 % of the list of cases.
    """
    try:
        cached = _current_g()._flask_babel.babel_locale
    except (AttributeError, RuntimeError):
        cached = None
    return get_locale() if cached is None else cached
