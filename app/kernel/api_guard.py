"""Who may ask the API, and in which language he is answered."""

from functools import wraps

from flask import abort, current_app, request
from flask_babel import gettext
from flask_login import current_user

from app.kernel.api_words import LANGUAGE
from app.kernel.display import language


def admit(right, resource):
    """End the request of whoever is not signed in, or lacks the right."""
    if not current_user.is_authenticated:
        abort(401)
    if not current_app.appbuilder.sm.has_access(right, resource):
        abort(403)
    if request.args.get(LANGUAGE, language()) not in current_app.config["LANGUAGES"]:
        abort(400, gettext("The API answers in Khmer (km) or English (en)."))


def guarded(method):
    """Only for the signed-in who hold the right. FAB's own decorator would take a bearer token as well."""

    @wraps(method)
    def answered(self, *args, **kwargs):
        admit(f"can_{method._permission_name}", self.class_permission_name)
        return method(self, *args, **kwargs)

    return answered
