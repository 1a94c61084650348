"""The feed of changes: how another system follows the register without asking for all of it again."""

from functools import partial

from flask import current_app, request
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.security.decorators import permission_name

from app.kernel.api.authorization import guarded
from app.kernel.api.record_api import RecordApi
from app.kernel.api.serialization import answer
from app.kernel.audit import change_feed
from app.kernel.schema.record import Record

END = "end"  # asks for a cursor alone: whoever has read everything already follows from there


class ChangesApi(BaseApi):
    """Tells which records were written: keys and versions, nothing of their content. That is read at the record."""

    resource_name, class_permission_name = "changes", "Changes"
    csrf_exempt = False

    @expose("/", methods=["GET"])
    @partial(guarded, asked=("after",))
    @permission_name("get")
    def get_list(self):
        """The changes after a cursor."""
        after = request.args.get("after", "")
        if after == END:
            return _told([], change_feed.end(), False)
        cursor = change_feed.Cursor.of(after) if after else change_feed.Cursor()
        return _told(*change_feed.since(cursor, followed()))


def followed():
    """model → the word of its API, of everything that the reader may read there."""
    may = current_app.appbuilder.sm.has_access
    return {
        api.datamodel.obj: api.resource_name
        for api in current_app.appbuilder.baseviews
        if isinstance(api, RecordApi)
        and issubclass(api.datamodel.obj, Record)
        and may("can_get", api.class_permission_name)
    }


def _told(found, cursor, more):
    names = followed()
    result = [
        {
            "resource": names[type(one.record)],
            "id": one.record.id,
            "number": getattr(one.record, "number", None),
            "version": one.record.version,
            "change": one.kind,
            "at": one.at.isoformat(timespec="seconds"),
        }
        for one in found
    ]
    return answer({"result": result, "next": str(cursor), "more": more})
