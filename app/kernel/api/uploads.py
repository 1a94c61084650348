"""How the file of a program comes in: it is kept, and a word for it is given, to be sent with what registers it."""

from flask import current_app
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.security.decorators import permission_name
from flask_login import current_user

from app.kernel.api.authorization import admit
from app.kernel.api.request_body import refused
from app.kernel.api.serialization import answer
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.files import store, views

_takers = [("can_save", "Entry")]


def takes(right, resource):
    """Whoever holds this right may send files too: one of his acts takes them."""
    _takers.append((right, resource))


class UploadsApi(BaseApi):
    """What /file/upload is to a page, for the token of a program."""

    resource_name, class_permission_name = "uploads", "Entry"
    csrf_exempt = False

    @expose("/", methods=["POST"])
    @permission_name("save")
    def post(self):
        """Keep the multipart field `file`."""
        may = current_app.appbuilder.sm.has_access
        admit(*next((one for one in _takers if may(*one)), _takers[0]))
        try:
            name, stored = views.received()
        except store.FileRefused as refusal:
            return answer({"errors": {"file": refused(refusal)}}, UNPROCESSABLE)
        token = store.sign(stored, current_user.id)
        return answer(
            {"result": {"token": token, "name": name, "mime": stored.mime, "size": stored.size}}, 201
        )
