"""The suggestions of the search field while the user types: persons, cases, orders, exhibits and places as links."""

from flask import url_for
from flask_babel import gettext

from app.search import record_lookup, result_cards
from app.search.query import SearchQuery

MAX_PEOPLE, MAX_PER_GROUP = 6, 3


def find_suggestions(text):
    """Return (items, ids of the persons among them). An item without `url` is outside the user's area."""
    found = result_cards.find_cards(SearchQuery(text=text).with_birth_year, limit=MAX_PEOPLE, brief=True)
    items = _group(gettext("People"), [_person_item(card, text) for card in found.cards])
    items += _group(
        gettext("Cases"), [_linked_item(one, "CaseView.show") for one in record_lookup.find_cases(text)]
    )
    items += _group(
        gettext("Court orders"),
        [_linked_item(one, "CourtOrderView.show") for one in record_lookup.find_orders(text)],
    )
    items += _group(gettext("Exhibits"), [_exhibit_item(one) for one in record_lookup.find_exhibits(text)])
    items += _group(
        gettext("Places"), [_linked_item(one, "PlaceView.show") for one in record_lookup.find_places(text)]
    )
    return items, found.ids


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
        "url": card.url,
        "outside": card.url is None,
    }


def _linked_item(item, endpoint):
    return {**item, "url": url_for(endpoint, pk=item["id"])}


def _exhibit_item(exhibit):
    return {
        "text": exhibit.plate or exhibit.serial or exhibit.phone or exhibit.kind,
        "detail": exhibit.description or "",
        "icon": "package",
        "url": url_for("ExhibitView.show", pk=exhibit.id),
    }


def _find_mark(shown, text):
    start = shown.casefold().find(text.casefold())
    return [start, start + len(text)] if start >= 0 else None
