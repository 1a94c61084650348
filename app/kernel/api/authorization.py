"""Authorization of API requests, and the language of their responses."""

from functools import wraps

from flask import abort, current_app, request
from flask_babel import gettext
from flask_login import current_user

from app.kernel.api.fab_patches import get_permission_name
from app.kernel.api.serialization import LANGUAGE_ARGUMENT
from app.kernel.schema.display import reader_language


def authorize(permission, resource, parameters=()):
    """Abort the request with 401, 403 or 400 if the user, the right, the language or a parameter is invalid.

    `parameters` are the query parameters that are allowed besides the language; None if the list checks them itself.
    """
    if not current_user.is_authenticated:
        abort(401)
    if not current_app.extensions["appbuilder"].sm.has_access(permission, resource):
        abort(403)
    if request.args.get(LANGUAGE_ARGUMENT, reader_language()) not in current_app.config["LANGUAGES"]:
        abort(400, gettext("The API answers in Khmer (km) or English (en)."))
    unknown = [] if parameters is None else sorted(request.args.keys() - {LANGUAGE_ARGUMENT, *parameters})
    if unknown:
        abort(400, gettext("This address does not accept the parameter «%(word)s».", word=unknown[0]))


def authorized(method, parameters=()):
    """Decorate an API method to require sign-in and its permission.

    FAB's own decorator would also accept a bearer token.
    """

    @wraps(method)
    def wrapped(self, *args, **kwargs):
        authorize(f"can_{get_permission_name(method)}", self.class_permission_name, parameters)
        return method(self, *args, **kwargs)

    return wrapped
