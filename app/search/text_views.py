"""The page of free text: narratives, ways of working, supplements and marks. What is typed may be a name, so it travels as one."""

from flask import request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.kernel.audit import access_log
from app.kernel.screens.search_tokens import new_slip, read_slip
from app.search import free_text
from app.search.query import Question, text_of

SOURCE = "text"


class TextView(BaseView):
    """Searches the texts of cases, supplements and marks in the reader's part."""

    route_base = "/texts"
    default_view = "search"
    class_permission_name = "Person"
    method_permission_name = {"search": "list"}

    @expose("/", methods=["GET", "POST"])
    @has_access
    def search(self):
        slip = "" if request.method == "POST" else request.args.get("slip", "")
        text = text_of(request.form) if not slip else Question.kept(read_slip(slip)).text
        found, keeping = None, ()
        if text:
            access_log.need_purpose()
            if not slip:
                slip, keeping = new_slip(Question(text=text).payload)
            found = free_text.find(text, _older(request.args.get("older", "")))
        if found is not None:
            ids = {
                kind: [one.id for one in getattr(found, kind)] for kind in ("cases", "supplements", "marks")
            }
            people = list(dict.fromkeys(one.person_id for one in found.marks))
            access_log.searched(SOURCE, text, people, keeping, **ids)
        elif keeping:
            slip = ""  # nothing was asked, so nothing is kept
        return self.render_template(
            "search/texts.html", title=gettext("Search in texts"), text=text, found=found, slip=slip,
            address=url_for("TextView.search", slip=slip) if slip else "",
            older=url_for("TextView.search", slip=slip, older="-".join(map(str, found.older))) if found and found.older else "",
        )  # fmt: skip


def _older(typed):
    """Where an earlier answer stopped, as its link says; None for anything else."""
    ids = typed.split("-")
    if len(ids) != len(free_text.KINDS) or not all(one.isdecimal() and len(one) < 10 for one in ids):
        return None
    return tuple(map(int, ids))
