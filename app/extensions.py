"""The shared Flask extensions; `create_app` binds each of them to an application."""

from flask import request, session
from flask_appbuilder.models.sqla import Model
from flask_appbuilder.utils.legacy import get_sqla_class
from flask_compress import Compress
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect


class CsrfProtection(CSRFProtect):
    """CSRF protection that exempts API requests with a bearer token and without a session.

    All other changes need the CSRF token of a page, in the API too. A page of another site cannot make a browser send the
    Authorization header.
    """

    def protect(self, **options):
        has_bearer_token = request.headers.get("Authorization", "")[:7].lower() == "bearer "
        if has_bearer_token and "_user_id" not in session and request.path.startswith("/api/"):
            return
        super().protect(**options)


class CompressAllStatuses(Compress):
    """Compresses error responses as well.

    Flask-Compress compresses successful responses only, but a rejected form is a complete page with all its input.
    """

    def after_request(self, response):
        if response is None or response.status_code < 400:
            return super().after_request(response)
        status, response.status_code = response.status_code, 200
        response = super().after_request(response)
        response.status_code = status
        return response


# FAB's tables and ours share one metadata object, so that one migration chain covers both.
db = get_sqla_class()(metadata=Model.metadata)
migrate = Migrate()
csrf = CsrfProtection()
compress = CompressAllStatuses()
