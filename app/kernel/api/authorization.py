"""Who may ask the API, and in which language he is answered."""

from functools import wraps

from flask import abort, current_app, request
from flask_babel import gettext
from flask_login import current_user

from app.kernel.api.serialization import LANGUAGE
from app.kernel.schema.display import language


def admit(right, resource, asked=()):
    """End the request of whoever is not signed in, lacks the right, or asks by words that are not understood here.

    `asked` are the words that may stand in the address beside the language; None where a list judges them itself.
    """
    if not current_user.is_authenticated:
        abort(401)
    if not current_app.appbuilder.sm.has_access(right, resource):
        abort(403)
    if request.args.get(LANGUAGE, language()) not in current_app.config["LANGUAGES"]:
        abort(400, gettext("The API answers in Khmer (km) or English (en)."))
    unknown = [] if asked is None else sorted(request.args.keys() - {LANGUAGE, *asked})
    if unknown:
        abort(400, gettext("This address does not know the word «%(word)s».", word=unknown[0]))


def guarded(method, asked=()):
    """Only for the signed-in who hold the right. FAB's own decorator would take a bearer token as well."""

    @wraps(method)
    def answered(self, *args, **kwargs):
        admit(f"can_{method._permission_name}", self.class_permission_name, asked)
        return method(self, *args, **kwargs)

    return answered
