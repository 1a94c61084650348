"""The quick search: one field on every page. It is sent by POST, so that no name is part of a URL.

The result is shown in the response to the POST. Its search token becomes the URL of the page, so that the back button
and a reload show it again.
"""

from flask import g, jsonify, make_response, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.cases.exhibit_codes import parse_code
from app.kernel.audit import access_log
from app.kernel.screens.search_tokens import load_search, prepare_search
from app.name_search.query import explain_missing_name
from app.search import filter_form_html, record_lookup, result_cards, saved_searches, suggestions
from app.search.exhibit_cards import find_exhibit_cards
from app.search.query import SearchQuery, read_text

QUICK, WIDER = "quick", "wider"  # the sources of the first and of the wider search in the audit log
BANDS = {
    "number": (_("Same number"), _("The same digits and letters")),
    "same": (_("Same name"), _("The same letters")),
    "sounds": (_("Sounds alike"), _("Slightly different spelling, or names in reverse order")),
    "possible": (_("Possible"), _("Similar only in sound; compare carefully")),
}


class SearchView(BaseView):
    """Persons by name, document, telephone or number; cases by number; exhibits by plate; places by name."""

    route_base = "/find"
    default_view = "search"
    class_permission_name = "Person"
    method_permission_name = {"search": "list", "more": "list", "suggest": "list"}

    @expose("/", methods=["GET", "POST"])
    @has_access
    def search(self):
        query, filter_form, token = self._read_query()
        if parse_code(query.text):
            return redirect(url_for("ExhibitCustodyView.scan", code=query.text[-60:]))
        letters = record_lookup.find_letters(query.text)
        if len(letters) == 1:
            return redirect(url_for("LetterView.show", pk=letters[0]["id"]))
        if not query.text:
            return self._page(query, filter_form, token, saved=saved_searches.list_saved_searches(g.user))
        access_log.require_purpose()
        new_rows = ()
        if not token:
            token, new_rows = prepare_search(query.payload)
        wider = "wider" in request.args
        found = result_cards.find_cards(query)
        if wider:
            found = result_cards.CardList(
                found.cards + result_cards.find_cards(query, True, found.ids).cards, found.more
            )
        cases, orders = record_lookup.find_cases(query.text), record_lookup.find_orders(query.text)
        exhibits = record_lookup.find_exhibits(query.text)
        exhibit_cards = find_exhibit_cards(query.text)
        access_log.log_search(
            QUICK, query.text, [*found.ids, *filter(None, (one["about"] for one in orders))], new_rows,
            **{name: [int(one["id"]) for one in items]
               for name, items in (("cases", cases), ("orders", orders), ("exhibits", exhibits))},
            exhibit_cards=[card.id for card in exhibit_cards],
        )  # fmt: skip
        places = record_lookup.find_places(query.text)
        return self._page(
            query, filter_form, token, found=found, cases=cases, orders=orders, exhibits=exhibits,
            exhibit_cards=exhibit_cards, places=places, wider=wider,
        )  # fmt: skip

    @expose("/more", methods=["POST"])
    @has_access
    def more(self):
        """Return the HTML of more names that sound alike, requested after the first result."""
        access_log.require_purpose()
        query = SearchQuery.from_payload(load_search(request.form.get("search", "")))
        known = {int(one) for one in request.form.getlist("shown") if one.isdecimal()}
        found = result_cards.find_cards(query, wider=True, known=known)
        access_log.log_search(WIDER, query.text, found.ids)
        page = make_response(render_template("search/more_results.html", found=found, bands=BANDS))
        page.headers["Cache-Control"] = "no-store"
        return page

    @expose("/suggest", methods=["POST"])
    @has_access
    def suggest(self):
        """Return suggestions while the user types. An empty text means that the field was left."""
        text = read_text(request.form)
        if not text:
            access_log.finish_suggestions()
            return jsonify(items=[])
        access_log.require_purpose()
        items, people = suggestions.find_suggestions(text)
        access_log.log_suggestions(QUICK, text, people)
        answer = jsonify(items=items)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _read_query(self):
        """Return (the query, its filter form, its search token) of this request."""
        if request.method == "POST":
            query, filter_form = SearchQuery.from_form(request.form)
            drop = request.form.get("drop", "").split()
            return (
                (query.without(*drop), query.without(*drop).filter_form, "")
                if drop
                else (query, filter_form, "")
            )
        token = request.args.get("search", "")
        query = SearchQuery.from_payload(load_search(token)) if token else SearchQuery()
        return query, query.filter_form, token

    def _page(self, query, filter_form, token, **values):
        values = {
            "found": None,
            "cases": (),
            "orders": (),
            "exhibits": (),
            "exhibit_cards": (),
            "places": (),
            "wider": False,
        } | values
        return self.render_template(
            "search/results.html", title=gettext("Search"), query=query, filter_form=filter_form, token=token,
            filter_html=filter_form_html.render_filters(query, filter_form) if query.text else "",
            unnamed=explain_missing_name(query.text), is_number=any(map(str.isdigit, query.text)),
            bands=BANDS, address=url_for("SearchView.search", search=token) if token else "", **values,
        )  # fmt: skip
