"""File uploads by programs: the file is stored and a token is returned, to be sent with the record that uses it."""

from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.security.decorators import permission_name
from flask_login import current_user

from app.kernel.api.authorization import authorize
from app.kernel.api.problem_details import invalid_values_response
from app.kernel.api.request_body import build_problem_list
from app.kernel.api.serialization import json_response
from app.kernel.files import store, views

_upload_rights = [("can_save", "Entry")]


def allow_uploads_for(right, resource):
    """Let users with this right upload files, because one of their actions needs them."""
    _upload_rights.append((right, resource))


class UploadsApi(BaseApi):
    """The counterpart of /file/upload for programs."""

    resource_name, class_permission_name = "uploads", "Entry"
    csrf_exempt = False

    @expose("/", methods=["POST"])
    @permission_name("save")
    def post(self):
        """Store the multipart field `file` and return its token."""
        has_access = self.appbuilder.sm.has_access
        authorize(*next((one for one in _upload_rights if has_access(*one)), _upload_rights[0]))
        try:
            name, stored = views.receive_upload(with_attachments=True)
        except store.FileRefused as error:
            return invalid_values_response({"file": build_problem_list(error)})
        token = store.create_token(stored, current_user.id)
        return json_response(
            {"result": {"token": token, "name": name, "mime": stored.mime, "size": stored.size}}, 201
        )
