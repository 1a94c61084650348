"""The libraries the whole register shares; each is bound to an application in `create_app`."""

from flask import request, session
from flask_appbuilder import AppBuilder
from flask_appbuilder.models.sqla import Model
from flask_appbuilder.utils.legacy import get_sqla_class
from flask_compress import Compress
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect


class FormsOfOurs(CSRFProtect):
    """Every change carries the token of a page of ours, in the API too; only a program without a session needs none.

    No page of another site can send the header of a program's token, nor a browser without being told to.
    """

    def protect(self, **options):
        program = request.headers.get("Authorization", "")[:7].lower() == "bearer "
        if program and "_user_id" not in session and request.path.startswith("/api/"):
            return
        super().protect(**options)


class CompressRefusalsToo(Compress):
    """Flask-Compress sends whatever is no success as it is; a refused form is a whole page, with all that was typed."""

    def after_request(self, response):
        if response is None or response.status_code < 400:
            return super().after_request(response)
        status, response.status_code = response.status_code, 200
        response = super().after_request(response)
        response.status_code = status
        return response


# One metadata for FAB's tables and ours, so that one migration chain owns them all.
db = get_sqla_class()(metadata=Model.metadata)
migrate = Migrate()
csrf = FormsOfOurs()
compress = CompressRefusalsToo()


def new_appbuilder(**options) -> AppBuilder:
    """A fresh AppBuilder: FAB keeps state on it, so every application gets its own."""
    return AppBuilder(**options)
