"""The suggestions of the search field while the user types: persons, cases, orders, letters, exhibits and places as links."""

from functools import partial

from flask import url_for
from flask_babel import gettext

from app.search import record_lookup, result_cards
from app.search.query import SearchQuery

MAX_PEOPLE, MAX_PER_GROUP = 6, 3


def find_suggestions(text):
    """Return (items, ids of the persons among them). An item without `url` is outside the user's area."""
    found = result_cards.find_cards(SearchQuery(text=text).with_birth_year, limit=MAX_PEOPLE, brief=True)
    items = _group(gettext("People"), [_person_item(card, text) for card in found.cards])
    for title, find, endpoint in (
        (gettext("Cases"), record_lookup.find_cases, "CaseView.show"),
        (
            gettext("Court orders"),
            partial(record_lookup.find_orders, only_registered=True),
            "CourtOrderView.show",
        ),
        (gettext("Letters"), record_lookup.find_letters, "LetterView.show"),
        (gettext("Exhibits"), record_lookup.find_exhibits, "ExhibitView.show"),
        (gettext("Places"), record_lookup.find_places, "PlaceView.show"),
    ):
        items += _group(title, [{**one, "url": url_for(endpoint, pk=one["id"])} for one in find(text)])
    return items, [*found.ids, *(one.pop("about") for one in items if one.get("about"))]


def _group(title, items):
    items = items if len(items) <= MAX_PEOPLE else items[:MAX_PER_GROUP]
    if items:
        items[0]["group"] = title
    return items


def _person_item(card, text):
    return {
        "text": card.name,
        "mark": _find_mark(card.name, text),
        "second": card.latin,
        "second_mark": _find_mark(card.latin, text),
        "detail": card.facts,
        "code": card.number,
        "icon": "user",
        "face": card.face_url,
        "status": card.status and card.status.text,
        "url": card.url,
        "outside": card.url is None,
    }


def _find_mark(shown, text):
    start = shown.casefold().find(text.casefold())
    return [start, start + len(text)] if start >= 0 else None
