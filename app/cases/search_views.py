"""The quick search: one box on every page, asked by POST so that no name stands in a URL."""

from flask import request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from sqlalchemy import select

from app.cases import lookups as case_lookups
from app.cases.models import Exhibit
from app.extensions import db
from app.kernel import khmer, looking
from app.kernel.lookups import LONGEST
from app.names import lookups as person_lookups


class SearchView(BaseView):
    """Persons by name, document or number; cases by number; things by plate."""

    route_base = "/find"
    default_view = "search"
    class_permission_name = "Person"
    method_permission_name = {"search": "list"}

    @expose("/", methods=["GET", "POST"])
    @has_access
    def search(self):
        try:
            text = khmer.normal(request.form.get("q", "")[:LONGEST])
        except khmer.Refused:
            text = ""
        if text:
            looking.need_purpose()
        people = person_lookups.find(text) if text else []
        cases = case_lookups.find(text) if any(ch.isdigit() for ch in khmer.latin_digits(text)) else []
        things = _things(text)
        if text:
            found = {"cases": [int(case["id"]) for case in cases], "things": [thing.id for thing in things]}
            looking.searched("quick", text, [one.pop("about") for one in people], **found)
        return self.render_template(
            "cases/search.html",
            title=gettext("Search"),
            text=text,
            people=people,
            cases=cases,
            things=things,
        )


def _things(text):
    plate = khmer.latin_digits(text).upper()
    if len(plate) < 3:
        return []
    rows = select(Exhibit).where(Exhibit.plate >= plate, Exhibit.plate < plate + "~").limit(8)
    return db.session.scalars(rows).all()
