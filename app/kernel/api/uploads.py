"""File uploads by programs: the file is stored and a token is returned, to be sent with the record that uses it."""

from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import ValidationError

from app.kernel.api.actions import AddRowAction
from app.kernel.api.authorization import authorize
from app.kernel.api.problem_details import invalid_values_response
from app.kernel.api.request_body import BodyForm, build_problem_list
from app.kernel.api.serialization import json_response
from app.kernel.files import store, views
from app.kernel.forms.inputs import TextField
from app.kernel.forms.validators import Required

_upload_rights = {("can_save", "Entry"): None}  # of users whose actions need files, in order


class ScanBody(BodyForm):
    """Request body of a scan: the code that /api/v1/uploads/ returned for the file."""

    file = TextField(_("File"), [Required()])
    stored = None

    def validate_file(self, field):
        stored = store.verify_token(field.data or "", current_user.id)
        if stored is None or stored.is_attachment:
            raise ValidationError(
                gettext("This file was not sent from your account. Send the file first, then use its code.")
            )
        self.stored = stored

    def populate(self, record, formdata):
        for name, value in self.stored.columns.items() if self.stored else ():
            setattr(record, name, value)


class ScanAction(AddRowAction):
    """Add a scan or a photo to a record at any time, with the right to edit the record. The record does not change."""

    form = ScanBody

    def __init__(self, name, row_api, link, resource, **fixed):
        super().__init__(name, row_api, link, (), fixed)
        self.resource = resource
        _upload_rights[self.right] = None

    @property
    def right(self):
        return "can_edit", self.resource


class UploadsApi(BaseApi):
    """The counterpart of /file/upload for programs."""

    resource_name, class_permission_name = "uploads", "Entry"
    csrf_exempt = False

    @expose("/", methods=["POST"])
    @permission_name("save")
    def post(self):
        """Store the multipart field `file` and return its token."""
        has_access = self.appbuilder.sm.has_access
        authorize(*next((one for one in _upload_rights if has_access(*one)), next(iter(_upload_rights))))
        try:
            name, stored = views.receive_upload(with_attachments=True)
        except store.FileRefused as error:
            return invalid_values_response({"file": build_problem_list(error)})
        token = store.create_token(stored, current_user.id)
        return json_response(
            {"result": {"token": token, "name": name, "mime": stored.mime, "size": stored.size}}, 201
        )
