"""The change feed: another system follows the changes without reading all records again."""

from functools import partial

from flask import current_app, request
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.security.decorators import permission_name

from app.kernel.api.authorization import authorized
from app.kernel.api.record_api import RecordApi
from app.kernel.api.serialization import json_response
from app.kernel.audit import change_feed
from app.kernel.schema.display import NO_FIELD
from app.kernel.schema.fields import fields_of
from app.kernel.schema.record import Record
from app.kernel.text import dates

END = "end"  # asks for the current cursor only: a client that already has all records starts there


class ChangesApi(BaseApi):
    """Lists which records were written: keys and versions. The content is read from the endpoint of the record."""

    resource_name, class_permission_name = "changes", "Changes"
    csrf_exempt = False

    @expose("/", methods=["GET"])
    @partial(authorized, parameters=("after",))
    @permission_name("get")
    def get_list(self):
        """Return the changes after a cursor."""
        after = request.args.get("after", "")
        if after == END:
            return _feed_response([], change_feed.latest_cursor(), False)
        cursor = change_feed.Cursor.parse(after) if after else change_feed.Cursor()
        return _feed_response(*change_feed.changes_since(cursor, find_readable_resources()))


def find_readable_resources():
    """Return model → resource name of every API that the reader may read."""
    appbuilder = current_app.extensions["appbuilder"]
    return {
        api.datamodel.obj: api.resource_name
        for api in appbuilder.baseviews
        if isinstance(api, RecordApi)
        and issubclass(api.datamodel.obj, Record)
        and appbuilder.sm.has_access("can_get", api.class_permission_name)
    }


def _find_public_number(record):
    """Return the number of a record, or None if it has none or if it is personal, as that of an identity card."""
    is_personal = fields_of(type(record)).get("number", NO_FIELD).private
    return None if is_personal else getattr(record, "number", None)


def _feed_response(changes, cursor, more):
    names = find_readable_resources()
    result = [
        {
            "resource": names[type(change.record)],
            "id": change.record.id,
            "number": _find_public_number(change.record),
            "version": change.record.version,
            "change": change.kind,
            "at": dates.format_iso(change.at.replace(microsecond=0)),
        }
        for change in changes
    ]
    return json_response({"result": result, "next": str(cursor), "more": more})
