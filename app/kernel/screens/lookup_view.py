"""The endpoint that finds records for the lookup fields of all forms."""

from flask import abort, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access

from app.kernel.audit import access_log
from app.kernel.schema.lookups import MAX_QUERY_LENGTH, get_lookup
from app.kernel.text import khmer


class LookupView(BaseView):
    """The endpoint of the lookups of all forms."""

    route_base = "/lookup"
    default_view = "find"
    class_permission_name = "Lookup"

    @expose("/<name>", methods=["GET", "POST"])
    @has_access
    def find(self, name):
        try:
            lookup = get_lookup(name)
        except KeyError:
            abort(404)
        if lookup.private and request.method != "POST":
            abort(405)
        resource = "Person" if lookup.private else lookup.resource
        if resource and not self.appbuilder.sm.has_access("can_list", resource):
            abort(403)
        text = _normalize_query((request.form if lookup.private else request.args).get("q", ""))
        if lookup.private:
            return self._find_people(name, lookup, text)
        response = jsonify(items=lookup.find(text) if text else lookup.list_choices(), more=False)
        response.headers["Cache-Control"] = "private, max-age=300"
        return response

    def _find_people(self, name, lookup, text):
        """Log the search for people and return the items. The draft of a case entry counts as its purpose."""
        draft = (
            request.form.get("draft", "")[:40] if self.appbuilder.sm.has_access("can_save", "Entry") else ""
        )
        if not draft:
            access_log.require_purpose()
        items = lookup.find(text) if text else []
        if text:
            # A protected person of a case is shown without a name, so there is no one to log.
            people = [item.pop("about") for item in items if "about" in item]
            access_log.log_suggestions(name, text, people, draft)
        else:
            access_log.finish_suggestions()
        response = jsonify(items=items, more=False)
        response.headers["Cache-Control"] = "no-store"
        return response


def _normalize_query(query):
    try:
        return khmer.normalize(query[:MAX_QUERY_LENGTH])
    except khmer.InvalidText:
        return ""
