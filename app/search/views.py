"""The quick search: one box on every page, asked by POST so that no name stands in a URL.

An answer is shown at once, in the very request that asks; the token of its slip is its address from then on, so that
the back button and a reload find it again.
"""

from flask import g, jsonify, make_response, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel.audit import access_log
from app.kernel.screens.search_tokens import new_slip, read_slip
from app.name_search.query import why_nobody
from app.search import filter_form_html, record_lookup, result_cards, saved_searches, suggestions
from app.search.query import Question, text_of

QUICK, WIDER = "quick", "wider"  # what the log calls the first answer and the second
BANDS = {
    "number": (_("Same number"), _("The same digits and letters")),
    "same": (_("Same name"), _("The same letters")),
    "sounds": (_("Sounds alike"), _("A word differs a little, or the names change places")),
    "possible": (_("Possible"), _("Alike to the ear only: compare with care")),
}


class SearchView(BaseView):
    """Persons by name, document, telephone or number; cases by number; things by plate; places by name."""

    route_base = "/find"
    default_view = "search"
    class_permission_name = "Person"
    method_permission_name = {"search": "list", "more": "list", "suggest": "list"}

    @expose("/", methods=["GET", "POST"])
    @has_access
    def search(self):
        question, boxes, slip = self._asked()
        if not question.text:
            return self._page(question, boxes, slip, saved=saved_searches.of(g.user))
        access_log.need_purpose()
        keeping = ()
        if not slip:
            slip, keeping = new_slip(question.payload)
        wider = "wider" in request.args
        found = result_cards.answer(question)
        if wider:
            found = result_cards.Answer(
                found.cards + result_cards.answer(question, True, found.ids).cards, found.more
            )
        cases, orders = record_lookup.cases(question.text), record_lookup.orders(question.text)
        things = record_lookup.things(question.text)
        beside = {
            name: [int(one["id"]) for one in items] for name, items in (("cases", cases), ("orders", orders))
        }
        beside["things"] = [thing.id for thing in things]
        access_log.searched(QUICK, question.text, found.ids, keeping, **beside)
        places = record_lookup.places(question.text)
        return self._page(
            question, boxes, slip, found=found, cases=cases, orders=orders, things=things, places=places, wider=wider
        )  # fmt: skip

    @expose("/more", methods=["POST"])
    @has_access
    def more(self):
        """Those who sound alike, a moment after the first answer: a part of its page."""
        access_log.need_purpose()
        question = Question.kept(read_slip(request.form.get("slip", "")))
        known = {int(one) for one in request.form.getlist("shown") if one.isdecimal()}
        found = result_cards.answer(question, wider=True, known=known)
        access_log.searched(WIDER, question.text, found.ids)
        page = make_response(render_template("search/more.html", found=found, bands=BANDS))
        page.headers["Cache-Control"] = "no-store"
        return page

    @expose("/suggest", methods=["POST"])
    @has_access
    def suggest(self):
        """What the box of the bar proposes while somebody types; an empty text says that it was left."""
        text = text_of(request.form)
        if not text:
            access_log.left()
            return jsonify(items=[])
        access_log.need_purpose()
        items, people = suggestions.of(text)
        access_log.suggested(QUICK, text, people)
        answer = jsonify(items=items)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _asked(self):
        """(the question, its filter boxes, the token of its slip) of this request."""
        if request.method == "POST":
            question, boxes = Question.read(request.form)
            drop = request.form.get("drop", "").split()
            return (
                (question.without(*drop), question.without(*drop).boxes, "")
                if drop
                else (question, boxes, "")
            )
        token = request.args.get("slip", "")
        question = Question.kept(read_slip(token)) if token else Question()
        return question, question.boxes, token

    def _page(self, question, boxes, slip, **values):
        values = {
            "found": None,
            "cases": (),
            "orders": (),
            "things": (),
            "places": (),
            "wider": False,
        } | values
        return self.render_template(
            "search/answer.html", title=gettext("Search"), question=question, boxes=boxes, slip=slip,
            filter_boxes=filter_form_html.drawn(question, boxes) if question.text else "",
            unnamed=why_nobody(question.text), is_number=any(map(str.isdigit, question.text)),
            bands=BANDS, address=url_for("SearchView.search", slip=slip) if slip else "", **values,
        )  # fmt: skip
