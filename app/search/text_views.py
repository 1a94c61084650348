"""The page of the text search. The text may be a name, so it is never part of a URL."""

from flask import request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.kernel.audit import access_log
from app.kernel.screens.search_tokens import load_search, prepare_search
from app.search import free_text
from app.search.query import SearchQuery, read_text

SOURCE = "text"


class TextView(BaseView):
    """Searches the texts of cases, supplements and marks in the reader's area."""

    route_base = "/text-search"
    default_view = "search"
    class_permission_name = "Person"
    method_permission_name = {"search": "list"}

    @expose("/", methods=["GET", "POST"])
    @has_access
    def search(self):
        token = "" if request.method == "POST" else request.args.get("search", "")
        text = read_text(request.form) if not token else SearchQuery.from_payload(load_search(token)).text
        found, new_rows = None, ()
        if text:
            access_log.require_purpose()
            if not token:
                token, new_rows = prepare_search(SearchQuery(text=text).payload)
            found = free_text.search_texts(text, _parse_older(request.args.get("older", "")))
        if found is not None:
            ids = {
                kind: [one.id for one in getattr(found, kind)] for kind in ("cases", "supplements", "marks")
            }
            people = list(dict.fromkeys(one.person_id for one in found.marks))
            access_log.log_search(SOURCE, text, people, new_rows, **ids)
        elif new_rows:
            token = ""  # no search took place, so nothing is stored
        return self.render_template(
            "search/text_search.html", title=gettext("Search in texts"), text=text, found=found, token=token,
            address=url_for("TextView.search", search=token) if token else "",
            older=url_for("TextView.search", search=token, older="-".join(map(str, found.older))) if found and found.older else "",
        )  # fmt: skip


def _parse_older(typed):
    """Return the ids where an earlier search stopped, as its link has them, or None for any other text."""
    ids = typed.split("-")
    if len(ids) != len(free_text.KINDS) or not all(one.isdecimal() and len(one) < 10 for one in ids):
        return None
    return tuple(map(int, ids))
